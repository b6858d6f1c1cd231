//! What the type of a support tells of the map from unconstrained numbers onto it.

use super::AnyBijection;

/// The way from unconstrained numbers to the values of a support.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[doc(hidden)]
pub enum Onto {
    /// A bijection that the type alone gives.
    Map(AnyBijection),
    /// One between bounds that the distribution's parameters give.
    Bounds,
    /// There is none: the values are integers.
    Integers,
    /// There is none that is known.
    #[default]
    Unknown,
}

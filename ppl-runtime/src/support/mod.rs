//! Supports: where a distribution's values live, and the bijection from unconstrained space to there.

/// The kind of value that a support holds: [`Continuous`] or [`Integer`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Integer, NaturalNumber, Support};
///
/// fn counts<S: Support<Kind = Integer>>(_: S) -> &'static str { S::NAME }
/// assert_eq!(counts(NaturalNumber), "NaturalNumber");
/// ```
pub trait Kind: 'static {}

/// Values with a density and derivatives.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Continuous, Positive, Support};
///
/// fn differentiable<S: Support<Kind = Continuous>>(_: S) -> bool { true }
/// assert!(differentiable(Positive));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Continuous {}

/// Integer values.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Boolean, Integer, Support};
///
/// fn enumerable<S: Support<Kind = Integer>>(_: S) -> bool { true }
/// assert!(enumerable(Boolean));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Integer {}

impl Kind for Continuous {}
impl Kind for Integer {}

/// The set that the values of a distribution lie in, as a type.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{RealLine, Support};
///
/// assert_eq!(RealLine::NAME, "RealLine");
/// ```
pub trait Support: 'static {
    /// Whether its values are continuous or integers.
    type Kind: Kind;
    /// The name users read in messages.
    const NAME: &'static str;

    /// Returns the way from unconstrained numbers to its values.
    #[doc(hidden)]
    fn onto() -> Onto {
        Onto::Unknown
    }
}

/// Defines the unit type that names a support: with the way to its values where that is no bijection of its own type.
macro_rules! support {
    (@onto Continuous) => { $crate::support::Onto::Map(Self.into()) };
    (@onto Integer) => { $crate::support::Onto::Integers };
    (@onto $kind:ident $onto:ident) => { $crate::support::Onto::$onto };
    ($(#[$doc:meta])* $name:ident: $kind:ident $(, $onto:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl $crate::support::Support for $name {
            type Kind = $crate::support::$kind;
            const NAME: &'static str = stringify!($name);

            fn onto() -> $crate::support::Onto {
                support!(@onto $kind $($onto)?)
            }
        }
    };
}

mod bijection;
mod within;

mod bounded;
mod circle;
mod point;
mod pointwise;
mod positive;
mod real;
mod softplus;
mod tanh;
mod unit_interval;

mod contrasts;
mod correlation_cholesky;
mod covariance_cholesky;
mod ordered;
mod positive_ordered;
mod rowwise;
mod simplex;
mod sum_to_zero;
mod unit_vector;

mod any;
mod integers;
#[cfg(test)]
mod laws;
mod onto;
mod plain;

pub(crate) use any::Map;
pub use any::{AnyBijection, Constraint};
pub use bijection::Bijection;
pub use bounded::{Bounded, Interval};
pub use circle::Circle;
pub use correlation_cholesky::CorrelationCholesky;
pub use covariance_cholesky::CovarianceCholesky;
pub use integers::{Boolean, Counts, Endless, Finite, NaturalNumber};
pub use onto::Onto;
pub use ordered::Ordered;
pub use plain::Plain;
pub use point::Point;
pub use positive::Positive;
pub use positive_ordered::PositiveOrdered;
pub use real::RealLine;
pub use simplex::Simplex;
pub use softplus::Softplus;
pub use sum_to_zero::SumToZero;
pub(crate) use sum_to_zero::sums_to_zero;
pub use tanh::Tanh;
pub use unit_interval::UnitInterval;
pub use unit_vector::UnitVector;
pub(crate) use unit_vector::{has_unit_length, length};
pub use within::Within;

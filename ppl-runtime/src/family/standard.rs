//! Families whose members are one member, shifted and stretched.

/// How the members of a family of numbers are images of a standard one.
///
/// The numbers are places among the [parameters](super::Univariate::PARAMETERS).
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Standard, Univariate, normal::NormalFamily};
///
/// assert_eq!(NormalFamily::STANDARD, Standard::LocationScale { loc: 0, scale: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// They are not.
    No,
    /// `loc + scale * x`, where `x` is the member with location zero and scale one.
    LocationScale {
        /// The place of the location.
        loc: usize,
        /// The place of the scale.
        scale: usize,
    },
    /// `exp(loc + scale * x)`.
    LogLocationScale {
        /// The place of the location of the logarithm.
        loc: usize,
        /// The place of the scale of the logarithm.
        scale: usize,
    },
    /// `scale * x`, where `x` is the member with scale one.
    Scale {
        /// The place of the scale.
        scale: usize,
    },
    /// `x / rate`, where `x` is the member with rate one.
    Rate {
        /// The place of the rate.
        rate: usize,
    },
}

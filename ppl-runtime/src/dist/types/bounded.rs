//! Distributions over an interval or a circle.

use super::continuous::*;

continuous! {
    /// The uniform distribution between `low` and `high`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The density is `1 / (high - low)` between the bounds, both included.
    ///
    /// # Errors
    ///
    /// `low` must be below `high`, and both finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::uniform::UniformFamily;
    ///
    /// // The density, its source and its moments are those of the family `UniformFamily`.
    /// assert_eq!(UniformFamily::mean([1.0_f64, 3.0]), 2.0);
    /// ```
    Uniform(low: L, high: H) = crate::family::uniform::UniformFamily, 2, Bounded, Some(Tag::Uniform), truncatable;
    /// The beta distribution with `alpha` and `beta` (mean `alpha / (alpha + beta)`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `alpha - 1` and `beta - 1` count like successes and failures seen.
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::beta::BetaFamily;
    ///
    /// // The density, its source and its moments are those of the family `BetaFamily`.
    /// assert_eq!(BetaFamily::mean([1.0_f64, 3.0]), 0.25);
    /// ```
    Beta(alpha: A, beta: B) = crate::family::beta::BetaFamily, 2, UnitInterval, Some(Tag::Beta);
    /// The von Mises distribution of an angle in radians, with mean direction `loc` and `concentration`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// Angles lie between `-pi` and `pi`; a large concentration is one over a variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `concentration` not negative.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::von_mises::VonMisesFamily;
    ///
    /// // The density, its source and its moments are those of the family `VonMisesFamily`.
    /// use ppl_runtime::family::Need;
    /// let flat = VonMisesFamily::log_density(1.0_f64, [0.0, 1e-300], Need::NONE).log;
    /// assert!((flat + (2.0 * std::f64::consts::PI).ln()).abs() < 1e-14);
    /// ```
    VonMises(loc: L, concentration: C) = crate::family::von_mises::VonMisesFamily, 2, Circle, None;
}

//! Distributions between bounds, of which one may be infinite, or over a circle.

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
    Uniform(low: L, high: H) = crate::family::uniform::UniformFamily, 2, Bounded, Some(Tag::Uniform), ends_at_high;
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
    Beta(alpha: A, beta: B) = crate::family::beta::BetaFamily, 2, UnitInterval, Some(Tag::Beta), ends_at_one;
    /// The Pareto distribution with the minimum `scale` and the tail index `shape`: of `scale e^(z / shape)`, where `z` is exponential
    /// with mean one.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is in units of the value, and the least one. Of the values above any `x`, the share `2^-shape` lies above `2 x`; there
    /// is a mean where `shape` exceeds one, a variance where it exceeds two.
    ///
    /// # Supports
    ///
    /// The minimum is known when the program runs only, so the support is [`Bounded`](crate::support::Bounded): a guide answers with a
    /// `Pareto` or with a `Truncated`, whose lower bound is no less.
    ///
    /// # Errors
    ///
    /// `scale` and `shape` must be positive. As with every bound, `scale` may not depend on a site whose gradient is pathwise:
    /// the gradient would miss the jump of the density there.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::pareto::ParetoFamily;
    ///
    /// // The density, its source and its moments are those of the family `ParetoFamily`.
    /// assert_eq!(ParetoFamily::mean([2.0_f64, 3.0]), 3.0);
    /// ```
    Pareto(scale: S, shape: C) = crate::family::pareto::ParetoFamily, 2, Bounded, None;
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

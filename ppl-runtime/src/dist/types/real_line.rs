//! Distributions over the real line.

use super::continuous::*;

continuous! {
    /// The normal distribution with mean `loc` and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is a standard deviation, not a variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::normal::NormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `NormalFamily`.
    /// assert_eq!(NormalFamily::variance([1.0_f64, 2.0]), 4.0);
    /// ```
    Normal(loc: L, scale: S) = crate::family::normal::NormalFamily, 2, RealLine, Some(Tag::Normal), truncatable;
    /// The Cauchy distribution with median `loc` and half width at half maximum `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// There is no mean and no variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::cauchy::CauchyFamily;
    ///
    /// // The density, its source and its moments are those of the family `CauchyFamily`.
    /// assert!(CauchyFamily::mean([0.0_f64, 1.0]).is_nan());
    /// assert_eq!(CauchyFamily::cdf(0.0_f64, [0.0, 1.0]), Some(0.5));
    /// ```
    Cauchy(loc: L, scale: S) = crate::family::cauchy::CauchyFamily, 2, RealLine, None, truncatable;
    /// The Laplace distribution with median `loc` and mean absolute deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The variance is `2 scale^2`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::laplace::LaplaceFamily;
    ///
    /// // The density, its source and its moments are those of the family `LaplaceFamily`.
    /// assert_eq!(LaplaceFamily::variance([1.0_f64, 3.0]), 18.0);
    /// ```
    Laplace(loc: L, scale: S) = crate::family::laplace::LaplaceFamily, 2, RealLine, Some(Tag::Laplace), truncatable;
    /// The logistic distribution with mean `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The standard deviation is `pi scale / sqrt(3)`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::logistic::LogisticFamily;
    ///
    /// // The density, its source and its moments are those of the family `LogisticFamily`.
    /// assert_eq!(LogisticFamily::cdf(1.0_f64, [1.0, 3.0]), Some(0.5));
    /// ```
    Logistic(loc: L, scale: S) = crate::family::logistic::LogisticFamily, 2, RealLine, None, truncatable;
    /// The Gumbel distribution (of maxima) with mode `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `loc` is the mode; the mean is larger by `0.5772 scale`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::gumbel::GumbelFamily;
    ///
    /// // The density, its source and its moments are those of the family `GumbelFamily`.
    /// let at_mode = GumbelFamily::cdf(1.0_f64, [1.0, 3.0]).unwrap();
    /// assert!((at_mode - (-1.0_f64).exp()).abs() < 1e-15);
    /// ```
    Gumbel(loc: L, scale: S) = crate::family::gumbel::GumbelFamily, 2, RealLine, None, truncatable;
    /// Student's t with `df` degrees of freedom, median `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is no standard deviation: the variance is `scale^2 df / (df - 2)` for `df > 2`.
    ///
    /// # Errors
    ///
    /// `df` and `scale` must be positive, and `loc` finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::student_t::StudentTFamily;
    ///
    /// // The density, its source and its moments are those of the family `StudentTFamily`.
    /// let variance = StudentTFamily::variance([4.0_f64, 0.0, 1.0]);
    /// assert!((variance - 2.0).abs() < 1e-15);
    /// ```
    StudentT(df: D, loc: L, scale: S) = crate::family::student_t::StudentTFamily, 3, RealLine, None;
}

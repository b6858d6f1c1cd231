//! Distributions over positive numbers.

use super::continuous::*;

continuous! {
    /// The distribution of `exp(z)`, where `z` is normal with mean `loc` and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `loc` and `scale` are the mean and the standard deviation of the natural logarithm.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::log_normal::LogNormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `LogNormalFamily`.
    /// let mean = LogNormalFamily::mean([0.0_f64, 1.0]);
    /// assert!((mean - 0.5_f64.exp()).abs() < 1e-14);
    /// ```
    LogNormal(loc: L, scale: S) = crate::family::log_normal::LogNormalFamily, 2, Positive, Some(Tag::LogNormal), truncatable;
    /// The distribution of `|z|`, where `z` is normal with mean 0 and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is the standard deviation of the normal before its sign is dropped.
    ///
    /// # Errors
    ///
    /// `scale` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::half_normal::HalfNormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `HalfNormalFamily`.
    /// let mean = HalfNormalFamily::mean([1.0_f64]);
    /// assert!((mean - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-14);
    /// ```
    HalfNormal(scale: S) = crate::family::half_normal::HalfNormalFamily, 1, Positive, Some(Tag::HalfNormal);
    /// The distribution of `|z|`, where `z` is Cauchy with median 0 and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is the median.
    ///
    /// # Errors
    ///
    /// `scale` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::half_cauchy::HalfCauchyFamily;
    ///
    /// // The density, its source and its moments are those of the family `HalfCauchyFamily`.
    /// let half = HalfCauchyFamily::cdf(5.0_f64, [5.0]).unwrap();
    /// assert!((half - 0.5).abs() < 1e-15);
    /// ```
    HalfCauchy(scale: S) = crate::family::half_cauchy::HalfCauchyFamily, 1, Positive, None;
    /// The distribution of `|z|`, where `z` is Student's t with `df` degrees of freedom, median 0 and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is that of [`StudentT`](crate::dist::StudentT), no standard deviation; far out the density falls like
    /// `x^-(df + 1)`.
    ///
    /// # Errors
    ///
    /// `df` and `scale` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::half_student_t::HalfStudentTFamily;
    ///
    /// // The density, its source and its moments are those of the family `HalfStudentTFamily`.
    /// let mean = HalfStudentTFamily::mean([4.0_f64, 3.0]);
    /// assert!((mean - 3.0).abs() < 1e-14);
    /// ```
    HalfStudentT(df: D, scale: S) = crate::family::half_student_t::HalfStudentTFamily, 2, Positive, None;
    /// The exponential distribution with `rate` (mean `1 / rate`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `rate` is a rate, the reciprocal of a scale.
    ///
    /// # Errors
    ///
    /// `rate` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::exponential::ExponentialFamily;
    ///
    /// // The density, its source and its moments are those of the family `ExponentialFamily`.
    /// assert_eq!(ExponentialFamily::mean([4.0_f64]), 0.25);
    /// ```
    Exponential(rate: R) = crate::family::exponential::ExponentialFamily, 1, Positive, Some(Tag::Exponential), truncatable;
    /// The gamma distribution with shape `concentration` and `rate` (mean `concentration / rate`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `rate` is a rate, the reciprocal of a scale.
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::gamma::GammaFamily;
    ///
    /// // The density, its source and its moments are those of the family `GammaFamily`.
    /// assert_eq!(GammaFamily::mean([3.0_f64, 4.0]), 0.75);
    /// ```
    Gamma(concentration: C, rate: R) = crate::family::gamma::GammaFamily, 2, Positive, Some(Tag::Gamma);
    /// The distribution of `1 / z`, where `z` is gamma with shape `concentration` and rate `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is a scale of the values themselves (mean `scale / (concentration - 1)`).
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::inverse_gamma::InverseGammaFamily;
    ///
    /// // The density, its source and its moments are those of the family `InverseGammaFamily`.
    /// assert_eq!(InverseGammaFamily::mean([3.0_f64, 4.0]), 2.0);
    /// ```
    InverseGamma(concentration: C, scale: S) = crate::family::inverse_gamma::InverseGammaFamily, 2, Positive, Some(Tag::InverseGamma);
    /// The Weibull distribution with `scale` and `shape`: of `scale e^(1 / shape)`, where `e` is exponential with mean one.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is in units of the value: 63.2% of the mass lie below it, whatever the shape.
    ///
    /// # Errors
    ///
    /// `scale` and `shape` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::weibull::WeibullFamily;
    ///
    /// // The density, its source and its moments are those of the family `WeibullFamily`.
    /// let below_scale = WeibullFamily::cdf(2.0_f64, [2.0, 0.7]).unwrap();
    /// assert!((below_scale - (1.0 - (-1.0_f64).exp())).abs() < 1e-15);
    /// ```
    Weibull(scale: S, shape: C) = crate::family::weibull::WeibullFamily, 2, Positive, None;
}

//! Distributions over 0 and 1, and over counts.

use super::parameterised::*;

parameterised! {
    /// The Bernoulli distribution: 1 with the given probability, else 0.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Errors
    ///
    /// The probability must lie between zero and one; log-odds must be finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::bernoulli::BernoulliProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `BernoulliProbsFamily`.
    /// assert_eq!(BernoulliProbsFamily::mean([0.25_f64]), 0.25);
    /// ```
    Bernoulli: Discrete on Boolean, true, BernoulliParameters {
        /// Returns the distribution by the probability of 1.
        new(probs: P) = Probs(1, crate::family::bernoulli::BernoulliProbsFamily, numbers(crate::family::bernoulli::BernoulliLogitsFamily), Some(Tag::BernoulliProbs));
        /// Returns the distribution by the log-odds of 1, exact in both tails.
        logits(logits: P) = Logits(1, crate::family::bernoulli::BernoulliLogitsFamily, numbers, Some(Tag::BernoulliLogits));
    }
    /// The Poisson distribution of a count.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The rate is the mean and the variance.
    ///
    /// # Errors
    ///
    /// The rate must not be negative.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::poisson::PoissonFamily;
    ///
    /// // The density, its source and its moments are those of the family `PoissonFamily`.
    /// assert_eq!(PoissonFamily::variance([2.5_f64]), 2.5);
    /// ```
    Poisson: Discrete on NaturalNumber, true, PoissonParameters {
        /// Returns the distribution by its rate (the mean).
        new(rate: P) = Rate(1, crate::family::poisson::PoissonFamily, inflatable, Some(Tag::Poisson));
        /// Returns the distribution by the natural logarithm of its rate.
        log_rate(log_rate: P) = LogRate(1, crate::family::poisson::PoissonLogRateFamily, inflatable, Some(Tag::PoissonLogRate));
    }
    /// The number of failures before the first success.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// Counts begin at 0; the mean is `(1 - probs) / probs`.
    ///
    /// # Errors
    ///
    /// The probability must be positive and at most one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::geometric::GeometricFamily;
    ///
    /// // The density, its source and its moments are those of the family `GeometricFamily`.
    /// assert_eq!(GeometricFamily::mean([0.25_f64]), 3.0);
    /// ```
    Geometric: Discrete on NaturalNumber, true, GeometricParameters {
        /// Returns the distribution by the probability of a success.
        new(probs: P) = Probs(1, crate::family::geometric::GeometricFamily, inflatable(crate::family::geometric_logits::GeometricLogitsFamily), Some(Tag::Geometric));
        /// Returns the distribution of the number of failures before the first success, by the log-odds of a success.
        ///
        /// # Examples
        ///
        /// ```
        /// use ppl_runtime::family::Univariate;
        /// use ppl_runtime::family::geometric_logits::GeometricLogitsFamily;
        ///
        /// assert_eq!(GeometricLogitsFamily::mean([0.0_f64]), 1.0);
        /// ```
        logits(logits: P) = Logits(1, crate::family::geometric_logits::GeometricLogitsFamily, inflatable, Some(Tag::GeometricLogits));
    }
    /// The number of successes in `total_count` trials.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Errors
    ///
    /// The count must be a natural number, the probability lie between zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::binomial::BinomialProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `BinomialProbsFamily`.
    /// assert_eq!(BinomialProbsFamily::mean([8.0_f64, 0.25]), 2.0);
    /// ```
    Binomial: Discrete on Finite, true, BinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, crate::family::binomial::BinomialProbsFamily, inflatable(crate::family::binomial::BinomialLogitsFamily), None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, crate::family::binomial::BinomialLogitsFamily, inflatable, None);
    }
    /// The number of successes before `total_count` failures, where a trial succeeds with probability `probs`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The mean is `total_count probs / (1 - probs)`; `total_count` need not be an integer.
    ///
    /// # Errors
    ///
    /// The count must be positive, the probability lie between zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::negative_binomial::NegativeBinomialProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `NegativeBinomialProbsFamily`.
    /// assert!((NegativeBinomialProbsFamily::mean([3.0_f64, 0.5]) - 3.0).abs() < 1e-15);
    /// ```
    NegativeBinomial: Discrete on NaturalNumber, true, NegativeBinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, crate::family::negative_binomial::NegativeBinomialProbsFamily, inflatable(crate::family::negative_binomial::NegativeBinomialLogitsFamily), None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, crate::family::negative_binomial::NegativeBinomialLogitsFamily, inflatable, None);
    }
    /// The number of successes in `total_count` trials whose probability is drawn from a beta distribution.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The mean is `total_count alpha / (alpha + beta)`.
    ///
    /// # Errors
    ///
    /// The count must be a natural number, `alpha` and `beta` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Univariate;
    /// use ppl_runtime::family::beta_binomial::BetaBinomialFamily;
    ///
    /// // The density, its source and its moments are those of the family `BetaBinomialFamily`.
    /// assert!((BetaBinomialFamily::mean([8.0_f64, 1.0, 3.0]) - 2.0).abs() < 1e-15);
    /// ```
    BetaBinomial: Discrete on Finite, true, BetaBinomialParameters {
        /// Returns the distribution by the parameters of the beta distribution.
        new(total_count: N, alpha: A, beta: B) = Counts(3, crate::family::beta_binomial::BetaBinomialFamily, inflatable, None);
    }
}

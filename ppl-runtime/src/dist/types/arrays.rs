//! Distributions over categories, and over arrays that have a density as a whole.

use super::parameterised::*;
use crate::estimator::HasPathwise;

parameterised! {
    /// One of `0..K`.
    ///
    /// # Shapes
    ///
    /// A value is one integer; the parameter is a vector `[K]`. One of more dimensions, `[.., K]`, is of independent members: a value is then an array of
    /// integers, `[..]`.
    ///
    /// # Errors
    ///
    /// Probabilities must not be negative and must sum to one; log-probabilities must be finite or `-inf`, and not all `-inf`. An entry of observed data that is
    /// missing, or none of `0..K`, is named with its site and element.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::categorical::CategoricalProbsFamily;
    ///
    /// let probs = [0.25_f64, 0.75];
    /// assert!(CategoricalProbsFamily::contains(&[1.0], [&probs], [&[2]]));
    /// assert!(!CategoricalProbsFamily::contains(&[2.0], [&probs], [&[2]]));
    /// ```
    Categorical: Discrete on Finite, false, CategoricalParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(probs: P) = Probs(1, crate::family::categorical::CategoricalProbsFamily, table(Table::OfProbs), Some(Tag::CategoricalProbs));
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(logits: P) = Logits(1, crate::family::categorical::CategoricalLogitsFamily, table(Table::OfLogits), Some(Tag::CategoricalLogits));
    }
    /// One of `0..K`, by a predictor and `[K - 1]` increasing cutpoints on the logistic scale.
    ///
    /// # Shapes
    ///
    /// A value is one integer; the predictor is a scalar, the cutpoints are `[K - 1]`. Predictors `[..]`, or cutpoints `[.., K - 1]`, are of independent members: a
    /// value is then `[..]`. Either may have no more than its own dimensions, and then stands for every member.
    ///
    /// # Errors
    ///
    /// The cutpoints must increase.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::ordered_logistic::OrderedLogisticFamily;
    ///
    /// assert!(OrderedLogisticFamily::check([&[0.0_f64], &[1.0, 0.5]], [&[], &[2]]).is_err());
    /// ```
    OrderedLogistic: Discrete on Finite, false, OrderedLogisticParameters {
        /// Returns the distribution by the predictor and the cutpoints.
        new(predictor: P, cutpoints: C) = Cutpoints(2, crate::family::ordered_logistic::OrderedLogisticFamily, arrays, None);
    }
    /// The counts of `K` categories in `total_count` trials.
    ///
    /// # Shapes
    ///
    /// A value is `[K]` counts that sum to `total_count`, which is one number. Totals `[..]`, or probabilities `[.., K]`, are of independent members: a value is then
    /// `[.., K]`. Either may have no more than its own dimensions, and then stands for every member.
    ///
    /// # Errors
    ///
    /// As for [`Categorical`]; the count must be a natural number.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::multinomial::MultinomialProbsFamily;
    ///
    /// let (total, probs) = ([4.0_f64], [0.25, 0.75]);
    /// let mut mean = [0.0; 2];
    /// MultinomialProbsFamily::mean_into([&total, &probs], [&[], &[2]], &mut mean);
    /// assert_eq!(mean, [1.0, 3.0]);
    /// ```
    Multinomial: Discrete on Counts, false, MultinomialParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(total_count: N, probs: P) = Probs(2, crate::family::multinomial::MultinomialProbsFamily, arrays, None);
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(total_count: N, logits: P) = Logits(2, crate::family::multinomial::MultinomialLogitsFamily, arrays, None);
    }
    /// The Dirichlet distribution of a vector of weights that sum to one.
    ///
    /// # Shapes
    ///
    /// A value is `[K]`, as the parameter is. One of more dimensions, `[.., K]`, is of independent members.
    ///
    /// # Errors
    ///
    /// Every concentration must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::dirichlet::DirichletFamily;
    ///
    /// let mut mean = [0.0_f64; 2];
    /// DirichletFamily::mean_into([&[1.0, 3.0]], [&[2]], &mut mean);
    /// assert_eq!(mean, [0.25, 0.75]);
    /// ```
    Dirichlet: Tensor on Simplex, false, DirichletParameters {
        /// Returns the distribution by its `[K]` concentrations.
        new(concentration: C) = Concentration(1, crate::family::dirichlet::DirichletFamily, arrays, Some(Tag::Dirichlet));
    }
    /// The multivariate normal distribution of a vector.
    ///
    /// # Shapes
    ///
    /// A value is `[n]`, the mean `[n]` and the factor `[n, n]`. Means `[.., n]`, or factors `[.., n, n]`, are of independent members: a value is then `[.., n]`. Either
    /// may have no more than its own dimensions, and then stands for every member.
    ///
    /// # Errors
    ///
    /// The factor must be lower triangular with a positive diagonal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::mvn_cholesky::MvNormalCholeskyFamily;
    ///
    /// let (loc, tril) = ([0.0_f64, 1.0], [2.0, 0.0, 1.0, 1.0]);
    /// let mut variance = [0.0; 2];
    /// MvNormalCholeskyFamily::variance_into([&loc, &tril], [&[2], &[2, 2]], &mut variance);
    /// assert_eq!(variance, [4.0, 2.0]);
    /// ```
    MultivariateNormal: Tensor on RealLine, false, MultivariateNormalParameters {
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its covariance.
        new(loc: L, scale_tril: S) = Cholesky(2, crate::family::mvn_cholesky::MvNormalCholeskyFamily, by_noise(crate::dist::own_draw::of_draw), Some(Tag::MultivariateNormal));
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its precision.
        precision(loc: L, precision_tril: S) = Precision(2, crate::family::mvn_precision::MvNormalPrecisionFamily, arrays, Some(Tag::MultivariateNormalPrecision));
    }
    /// The multivariate normal distribution of a vector whose numbers have noise of their own and share a few directions.
    ///
    /// # Shapes
    ///
    /// A value is `[n]`, the mean `[n]`; `rows` is `[1 + k, n]`: first the standard deviations `s` of the numbers' own noise, then `k` directions `w`, so that the
    /// covariance is `diag(s)^2 + w_1 w_1^T + .. + w_k w_k^T`. A draw and its density take `O(n k^2)` operations. More dimensions are of independent
    /// members, as for [`MultivariateNormal`].
    ///
    /// # Errors
    ///
    /// The first row must be positive, and there must be a direction.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::Structured;
    /// use ppl_runtime::family::low_rank_normal::LowRankNormalFamily;
    ///
    /// let (loc, rows) = ([0.0_f64, 1.0], [3.0, 1.0, 4.0, 2.0]);
    /// let mut variance = [0.0; 2];
    /// LowRankNormalFamily::variance_into([&loc, &rows], [&[2], &[2, 2]], &mut variance);
    /// assert_eq!(variance, [25.0, 5.0]);
    /// ```
    LowRankMultivariateNormal: Tensor on RealLine, false, LowRankMultivariateNormalParameters {
        /// Returns the distribution by its `[n]` mean and the `[1 + k, n]` scales and directions.
        new(loc: L, rows: R) = Rows(2, crate::family::low_rank_normal::LowRankNormalFamily, by_noise(crate::dist::own_draw::of_low_rank_draw), None);
    }
}

impl<E: Element> HasPathwise for Dirichlet<E> {}
impl<E: Element> HasPathwise for MultivariateNormal<E> {}
impl<E: Element> HasPathwise for LowRankMultivariateNormal<E> {}

//! Divergences between geometric distributions, by their probabilities and by log-odds.

use super::discrete::weighted;
use crate::element::Numeric;
use crate::kernel::math;

/// Returns the divergence of `Geometric(probs)` from another.
///
/// `ln(q / p) + (1 - q) / q ln((1 - q) / (1 - p))`. Where `q` is one its slope is infinite and given as zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::geometric_geometric;
///
/// let (value, ..) = geometric_geometric([1.0_f64], [0.5]);
/// assert_eq!(value, 2.0_f64.ln());
/// ```
pub fn geometric_geometric<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let one = E::one();
    let failures = (one - q) / q;
    let ln_ratio = math::ln_1p(-q) - math::ln_1p(-p);
    let value = math::ln(q / p) + weighted(failures, ln_ratio);
    let by_q = if q == one { E::zero() } else { -ln_ratio / (q * q) };
    (value, [by_q], [weighted(failures, (one - p).recip()) - p.recip()])
}

/// Returns the divergence of `Geometric(logits)` from another.
///
/// `ln(1 + e^-p) - ln(1 + e^-q) + e^-q (ln(1 + e^p) - ln(1 + e^q))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::geometric_logits_geometric_logits;
///
/// let (value, by_q, by_p) = geometric_logits_geometric_logits([30.0_f64], [30.0]);
/// assert_eq!((value, by_q), (0.0, [0.0]));
/// assert!(by_p[0].abs() < 1e-28);
/// ```
pub fn geometric_logits_geometric_logits<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let failures = math::exp(-q);
    let ln_ratio = math::softplus(p) - math::softplus(q);
    let value = math::softplus(-p) - math::softplus(-q) + weighted(failures, ln_ratio);
    let by_p = weighted(failures, math::sigmoid(p)) - math::sigmoid(-p);
    (value, [-weighted(failures, ln_ratio)], [by_p])
}

/// Returns the divergence of `Geometric(probs)` from one by `logits`. Where `q` is one its slope is infinite and given as zero.
///
/// `ln q + ln(1 + e^-p) + (1 - q) / q (ln(1 - q) + ln(1 + e^p))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::geometric_geometric_logits;
///
/// assert!(geometric_geometric_logits([0.5_f64], [0.0]).0.abs() < 1e-15);
/// ```
pub fn geometric_geometric_logits<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let failures = (E::one() - q) / q;
    let ln_ratio = math::ln_1p(-q) + math::softplus(p);
    let value = math::ln(q) + math::softplus(-p) + weighted(failures, ln_ratio);
    let by_q = if q == E::one() { E::zero() } else { -ln_ratio / (q * q) };
    (value, [by_q], [weighted(failures, math::sigmoid(p)) - math::sigmoid(-p)])
}

/// Returns the divergence of `Geometric(logits)` from one by `probs`.
///
/// `-ln(1 + e^-q) - ln p - e^-q (ln(1 + e^q) + ln(1 - p))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::geometric_logits_geometric;
///
/// assert!(geometric_logits_geometric([0.0_f64], [0.5]).0.abs() < 1e-15);
/// assert_eq!(geometric_logits_geometric([0.0], [1.0]).0, f64::INFINITY);
/// ```
pub fn geometric_logits_geometric<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let failures = math::exp(-q);
    let ln_ratio = -math::softplus(q) - math::ln_1p(-p);
    let value = -math::softplus(-q) - math::ln(p) + weighted(failures, ln_ratio);
    let by_p = weighted(failures, (E::one() - p).recip()) - p.recip();
    (value, [-weighted(failures, ln_ratio)], [by_p])
}

#[cfg(test)]
mod tests {
    use super::super::check::*;
    use super::*;
    use crate::family::check::sum;
    use crate::family::{Need, Univariate, geometric::GeometricFamily};

    #[test]
    fn divergences_are_sums() {
        for (q, p) in [([0.3_f64], [0.45_f64]), ([0.99], [0.9]), ([0.01], [0.02])] {
            let log = |x, p: [f64; 1]| GeometricFamily::log_density(x, p, Need::NONE).log;
            let expected = sum(|x| log(x, q).exp() * (log(x, q) - log(x, p)), 5000);
            let logit = |[p]: [f64; 1]| [p.ln() - (-p).ln_1p()];
            assert_divergence(geometric_geometric, q, p, expected);
            assert_divergence(geometric_logits_geometric_logits, logit(q), logit(p), expected);
            assert_divergence(geometric_geometric_logits, q, logit(p), expected);
            assert_divergence(geometric_logits_geometric, logit(q), p, expected);
            assert_zero_at_itself(geometric_geometric, q);
            assert_zero_at_itself(geometric_logits_geometric_logits, logit(q));
        }
    }

    #[test]
    fn certain_outcomes() {
        assert_eq!(geometric_geometric([1.0], [1.0]).0, 0.0);
        assert_eq!(geometric_geometric([0.5], [1.0]).0, f64::INFINITY);
        // -ln(sigmoid(-60)) of one failure in e^60 successes, and so on: both are as good as certain.
        let (value, ..) = geometric_logits_geometric_logits([60.0_f64], [70.0]);
        let failures = (-60.0_f64).exp();
        assert!((value - 9.0 * failures).abs() < 1e-3 * failures, "{value:e}");
    }
}

//! Divergences between families of one integer.

use crate::element::Numeric;
use crate::family::counting::half_deviance;
use crate::kernel::math;

/// Returns `weight * log`, zero where the weight is zero.
#[inline(always)]
pub(super) fn weighted<E: Numeric>(weight: E, log: E) -> E {
    if weight == E::zero() { E::zero() } else { weight * log }
}

/// Returns the divergence of `Bernoulli(probs)` from another.
///
/// `q ln(q / p) + (1 - q) ln((1 - q) / (1 - p))`. Where `q` is zero or one its slope is infinite and given as zero,
/// the limit of what reaches a logit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::bernoulli_probs_bernoulli_probs;
///
/// let (value, ..) = bernoulli_probs_bernoulli_probs([1.0_f64], [0.5]);
/// assert_eq!(value, 2.0_f64.ln());
/// assert_eq!(bernoulli_probs_bernoulli_probs([0.5], [0.0]).0, f64::INFINITY);
/// ```
pub fn bernoulli_probs_bernoulli_probs<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let one = E::one();
    let ones = math::ln(q) - math::ln(p);
    let zeros = math::ln_1p(-q) - math::ln_1p(-p);
    let value = weighted(q, ones) + weighted(one - q, zeros);
    let certain = q == E::zero() || q == one;
    let by_p = weighted(one - q, (one - p).recip()) - weighted(q, p.recip());
    (value, [if certain { E::zero() } else { ones - zeros }], [by_p])
}

/// Returns the divergence of a Bernoulli distribution from another, both given by `logits`.
///
/// `s(q) (q - p) + ln(1 + e^p) - ln(1 + e^q)` with the logistic function `s`, exact in both tails.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::bernoulli_logits_bernoulli_logits;
///
/// let (value, by_q, by_p) = bernoulli_logits_bernoulli_logits([1000.0], [-1000.0]);
/// assert_eq!((value, by_q, by_p), (1000.0, [0.0], [-1.0]));
/// ```
#[inline(always)]
pub fn bernoulli_logits_bernoulli_logits<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let (one, zero) = (math::sigmoid(q), math::sigmoid(-q));
    let ones = math::softplus(-p) - math::softplus(-q);
    let zeros = math::softplus(p) - math::softplus(q);
    // The difference of the two probabilities, taken between the small ones.
    let slope = if q > E::zero() { zero - math::sigmoid(-p) } else { math::sigmoid(p) - one };
    (one * ones + zero * zeros, [one * zero * (q - p)], [slope])
}

/// Returns the divergence of `Bernoulli(probs)` from a Bernoulli distribution by `logits`.
///
/// `q ln q + (1 - q) ln(1 - q) + q ln(1 + e^-p) + (1 - q) ln(1 + e^p)`. Where `q` is zero or one its slope is infinite and given as zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::bernoulli_probs_bernoulli_logits;
///
/// // Where the prior is as good as certain its log-odds still say how much.
/// let (value, ..) = bernoulli_probs_bernoulli_logits([0.0_f64], [800.0]);
/// assert_eq!(value, 800.0);
/// ```
pub fn bernoulli_probs_bernoulli_logits<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let one = E::one();
    let ones = math::ln(q) + math::softplus(-p);
    let zeros = math::ln_1p(-q) + math::softplus(p);
    let certain = q == E::zero() || q == one;
    let value = weighted(q, ones) + weighted(one - q, zeros);
    (value, [if certain { E::zero() } else { ones - zeros }], [math::sigmoid(p) - q])
}

/// Returns the divergence of a Bernoulli distribution by `logits` from `Bernoulli(probs)`.
///
/// `-s(q) (ln(1 + e^-q) + ln p) - s(-q) (ln(1 + e^q) + ln(1 - p))` with the logistic function `s`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::bernoulli_logits_bernoulli_probs;
///
/// assert!(bernoulli_logits_bernoulli_probs([0.0_f64], [0.5]).0.abs() < 1e-15);
/// assert_eq!(bernoulli_logits_bernoulli_probs([0.0], [1.0]).0, f64::INFINITY);
/// ```
pub fn bernoulli_logits_bernoulli_probs<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let (one, zero) = (math::sigmoid(q), math::sigmoid(-q));
    let ones = -math::softplus(-q) - math::ln(p);
    let zeros = -math::softplus(q) - math::ln_1p(-p);
    let by_p = weighted(zero, (E::one() - p).recip()) - weighted(one, p.recip());
    (weighted(one, ones) + weighted(zero, zeros), [weighted(one * zero, ones - zeros)], [by_p])
}

/// Returns the divergence of `Poisson(rate)` from another.
///
/// `q ln(q / p) + p - q`. Where `q` is zero its slope is infinite and given as zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::poisson_poisson;
///
/// let (value, _, by_p) = poisson_poisson([0.0], [3.0]);
/// assert_eq!((value, by_p), (3.0, [1.0]));
/// ```
pub fn poisson_poisson<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    if q == E::zero() {
        return (p, [E::zero()], [E::one()]);
    }
    let (ln_q, ln_p) = (math::ln(q), math::ln(p));
    (half_deviance(q, ln_q, p, ln_p), [ln_q - ln_p], [(p - q) / p])
}

#[cfg(test)]
mod tests {
    use super::super::check::*;
    use super::*;
    use crate::family::check::sum;
    use crate::family::{Need, Univariate};
    use crate::family::{bernoulli, poisson};

    fn total<F: Univariate<1>>(q: [f64; 1], p: [f64; 1], end: u32) -> f64 {
        sum(
            |x| {
                let [q, p] = [q, p].map(|p| F::log_density(x, p, Need::NONE).log);
                if q == f64::NEG_INFINITY { 0.0 } else { q.exp() * (q - p) }
            },
            end,
        )
    }

    #[test]
    fn divergences_are_sums() {
        for (q, p) in [([0.3], [0.45]), ([0.99], [0.9]), ([1e-3], [2e-3])] {
            let expected = total::<bernoulli::BernoulliProbsFamily>(q, p, 2);
            assert_divergence(bernoulli_probs_bernoulli_probs, q, p, expected);
            assert_zero_at_itself(bernoulli_probs_bernoulli_probs, q);
        }
        for (q, p) in [([0.3], [-0.45]), ([30.0], [0.9]), ([-6.0], [-3.0]), ([12.0], [15.0])] {
            let expected = total::<bernoulli::BernoulliLogitsFamily>(q, p, 2);
            assert_divergence(bernoulli_logits_bernoulli_logits, q, p, expected);
            assert_zero_at_itself(bernoulli_logits_bernoulli_logits, q);
        }
        for (q, p) in [([0.3_f64], [0.45_f64]), ([0.99], [0.9]), ([1e-3], [2e-3]), ([0.7], [0.6])] {
            let expected = total::<bernoulli::BernoulliProbsFamily>(q, p, 2);
            let logit = |[p]: [f64; 1]| [p.ln() - (-p).ln_1p()];
            let itself = [
                bernoulli_probs_bernoulli_logits(q, logit(q)).0,
                bernoulli_logits_bernoulli_probs(logit(q), q).0,
            ];
            assert!(itself.iter().all(|value| value.abs() < 1e-12), "{itself:?}");
            assert_divergence(bernoulli_probs_bernoulli_logits, q, logit(p), expected);
            assert_divergence(bernoulli_logits_bernoulli_probs, logit(q), p, expected);
        }
        for (q, p) in [([0.3], [0.45]), ([100.0], [103.0]), ([20.0], [7.0]), ([1e-3], [3.0])] {
            assert_divergence(poisson_poisson, q, p, total::<poisson::PoissonFamily>(q, p, 1000));
            assert_zero_at_itself(poisson_poisson, q);
        }
    }

    #[test]
    fn certain_outcomes() {
        assert_eq!(bernoulli_probs_bernoulli_probs([0.0], [0.0]).0, 0.0);
        assert_eq!(bernoulli_probs_bernoulli_probs([0.0], [0.25]).2, [4.0 / 3.0]);
        assert_eq!(bernoulli_probs_bernoulli_probs([1.0], [0.25]).2, [-4.0]);
        assert_eq!(bernoulli_probs_bernoulli_probs([0.5], [1.0]).0, f64::INFINITY);
        assert_eq!(poisson_poisson([0.5], [0.0]).0, f64::INFINITY);
    }
}

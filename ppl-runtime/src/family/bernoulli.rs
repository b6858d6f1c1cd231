//! The Bernoulli distribution, given the probability of one or its log-odds.

use super::Outcomes;
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Boolean;
use rand::{Rng, RngExt};

/// The Bernoulli distribution: one with probability `probs`, else zero.
///
/// # Density
///
/// `ln(probs)` at one, `ln(1 - probs)` at zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::bernoulli::BernoulliProbsFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// let density = BernoulliProbsFamily::log_density(1.0, [0.25], Need::ALL);
/// assert_eq!((density.log, density.by_parameter), (0.25_f64.ln(), [4.0]));
/// assert_eq!(BernoulliProbsFamily::log_density(0.5, [0.25], Need::NONE).log, f64::NEG_INFINITY);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BernoulliProbsFamily;

/// Returns whether `x` is a number but neither zero nor one.
#[inline(always)]
fn off_booleans<E: Numeric>(x: E) -> bool {
    (x < E::zero()) | (x > E::one()) | ((x > E::zero()) & (x < E::one()))
}

impl Univariate<1> for BernoulliProbsFamily {
    type Support = Boolean;
    const NAME: &'static str = "Bernoulli";
    const PARAMETERS: [&'static str; 1] = ["probs"];
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::Two;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [probs]: [E; 1], _: Need) -> Density<E, 1> {
        let one = x == E::one();
        let chance = if one { probs } else { E::one() - probs };
        // What the subtraction rounded away, so that one logarithm serves as `ln` and as `ln_1p`.
        let lost = if one { E::zero() } else { chance - E::one() + probs };
        let log = math::ln(chance) - lost / chance.max(E::min_positive_value());
        let slope = chance.recip();
        Density {
            // Adding the value times zero lets NaN through.
            log: if off_booleans(x) { E::neg_infinity() } else { log + x * E::zero() },
            by_value: E::zero(),
            by_parameter: [if one { slope } else { -slope }],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [probs]: [E; 1]) -> E {
        flip(rng, probs.as_f64())
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        x == E::zero() || x == E::one()
    }

    fn check<E: Numeric>([probs]: [E; 1]) -> Result<(), BadParameter> {
        require::probability("probs", probs)
    }

    fn mode<E: Numeric>([probs]: [E; 1]) -> E {
        if probs > E::of(0.5) { E::one() } else { E::zero() }
    }

    fn mean<E: Numeric>([probs]: [E; 1]) -> E {
        probs
    }

    fn variance<E: Numeric>([probs]: [E; 1]) -> E {
        probs * (E::one() - probs)
    }

    fn entropy<E: Numeric>([probs]: [E; 1]) -> Option<E> {
        let [zero, one] = [E::zero(), E::one()];
        let heads = if probs == zero { zero } else { probs * math::ln(probs) };
        let tails = if probs == one { zero } else { (one - probs) * math::ln_1p(-probs) };
        Some(-heads - tails)
    }

    fn cdf<E: Numeric>(x: E, [probs]: [E; 1]) -> Option<E> {
        Some(step(x, E::one() - probs))
    }
}

/// Returns one with probability `p`, else zero.
fn flip<E: Numeric, R: Rng>(rng: &mut R, p: f64) -> E {
    let u: f64 = rng.random();
    if u < p { E::one() } else { E::zero() }
}

/// Returns the cdf at `x`, given the probability of zero.
fn step<E: Numeric>(x: E, zero: E) -> E {
    if x < E::zero() {
        E::zero()
    } else if x < E::one() {
        zero
    } else {
        E::one()
    }
}

/// The Bernoulli distribution: one with log-odds `logits`, that is with probability `1 / (1 + e^-logits)`.
///
/// # Density
///
/// `-ln(1 + e^-logits)` at one, `-ln(1 + e^logits)` at zero, exact in both tails.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::bernoulli::BernoulliLogitsFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// let unlikely = BernoulliLogitsFamily::log_density(0.0, [1000.0], Need::ALL);
/// assert_eq!((unlikely.log, unlikely.by_parameter), (-1000.0, [-1.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BernoulliLogitsFamily;

impl Univariate<1> for BernoulliLogitsFamily {
    type Support = Boolean;
    const NAME: &'static str = "Bernoulli";
    const PARAMETERS: [&'static str; 1] = ["logits"];
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::Two;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [logits]: [E; 1], _: Need) -> Density<E, 1> {
        let one = x == E::one();
        // The log-odds of the other outcome; the rest is the same for both.
        let other = if one { -logits } else { logits };
        let tail = math::exp(-other.abs());
        let positive = other > E::zero();
        let log = -(if positive { other } else { E::zero() }) - math::ln_1p_unit(tail);
        let surprise = (if positive { E::one() } else { tail }) / (E::one() + tail);
        Density {
            log: if off_booleans(x) { E::neg_infinity() } else { log + x * E::zero() },
            by_value: E::zero(),
            by_parameter: [if one { surprise } else { -surprise }],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [logits]: [E; 1]) -> E {
        flip(rng, math::sigmoid(logits.as_f64()))
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        x == E::zero() || x == E::one()
    }

    fn check<E: Numeric>([logits]: [E; 1]) -> Result<(), BadParameter> {
        require::finite("logits", logits)
    }

    fn mode<E: Numeric>([logits]: [E; 1]) -> E {
        if logits > E::zero() { E::one() } else { E::zero() }
    }

    fn mean<E: Numeric>([logits]: [E; 1]) -> E {
        math::sigmoid(logits)
    }

    fn variance<E: Numeric>([logits]: [E; 1]) -> E {
        math::sigmoid(logits) * math::sigmoid(-logits)
    }

    fn entropy<E: Numeric>([logits]: [E; 1]) -> Option<E> {
        let towards = |l: E| math::sigmoid(l) * math::softplus(-l);
        Some(towards(logits) + towards(-logits))
    }

    fn cdf<E: Numeric>(x: E, [logits]: [E; 1]) -> Option<E> {
        Some(step(x, math::sigmoid(-logits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.bernoulli.logpmf(x, probs)`, to 50 digits by mpmath.
    const PROBS_CASES: [(f64, [f64; 1], f64); 5] = [
        (1.0, [0.3], -1.203_972_804_325_936_1),
        (0.0, [0.3], -0.356_674_943_938_732_34),
        (0.0, [1e-09], -1.000_000_000_500_000_1e-09),
        (1.0, [1e-09], -20.723_265_836_946_41),
        (0.0, [0.999], -6.907_755_278_982_136),
    ];

    #[test]
    fn probs_densities_are_those_of_scipy() {
        for (x, p, expected) in PROBS_CASES {
            assert_log_density::<BernoulliProbsFamily, 1>(x, p, expected);
        }
    }

    #[test]
    fn probs_partials_are_derivatives() {
        for (x, p) in [(1.0, [0.3]), (0.0, [0.001]), (1.0, [0.9])] {
            assert_partials_by::<BernoulliProbsFamily, 1>(x, p, [true; 1]);
            assert_nan_passes::<BernoulliProbsFamily, 1>(x, p);
            assert_single::<BernoulliProbsFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn probs_totals_and_moments_are_sums() {
        for p in [[0.3], [0.0], [1.0], [1e-9]] {
            assert_sums_to_one::<BernoulliProbsFamily, 1>(p, 2);
            assert_moments_by_sum::<BernoulliProbsFamily, 1>(p, 2);
        }
    }

    #[test]
    fn probs_draws_have_the_probabilities() {
        for (seed, p) in [[0.3], [0.97], [0.0], [1.0]].into_iter().enumerate() {
            assert_counts::<BernoulliProbsFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn probs_edges() {
        for outside in [-1.0, 0.5, 2.0, f64::INFINITY] {
            assert!(!BernoulliProbsFamily::contains(outside, [0.3]));
            assert_log_density::<BernoulliProbsFamily, 1>(outside, [0.3], f64::NEG_INFINITY);
        }
        assert!(BernoulliProbsFamily::contains(0.0, [0.3]) && BernoulliProbsFamily::contains(1.0, [0.3]));
        for bad in [[-0.1], [1.1]] {
            assert!(BernoulliProbsFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    /// Points, parameters and `scipy.stats.bernoulli.logpmf(x, expit(logits))`, to 50 digits by mpmath.
    const LOGITS_CASES: [(f64, [f64; 1], f64); 5] = [
        (1.0, [0.3], -0.554_355_244_468_527_1),
        (0.0, [-3.0], -0.048_587_351_573_742_06),
        (0.0, [40.0], -40.0),
        (1.0, [-700.0], -700.0),
        (1.0, [36.0], -2.319_522_830_243_569e-16),
    ];

    #[test]
    fn logits_densities_are_those_of_scipy() {
        for (x, p, expected) in LOGITS_CASES {
            assert_log_density::<BernoulliLogitsFamily, 1>(x, p, expected);
        }
    }

    #[test]
    fn logits_partials_are_derivatives() {
        for (x, p) in [(1.0, [0.3]), (0.0, [-7.0]), (1.0, [-30.0]), (0.0, [900.0])] {
            assert_partials_by::<BernoulliLogitsFamily, 1>(x, p, [true; 1]);
            assert_nan_passes::<BernoulliLogitsFamily, 1>(x, p);
            assert_single::<BernoulliLogitsFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn logits_totals_and_moments_are_sums() {
        for p in [[0.3], [-3.0], [40.0]] {
            assert_sums_to_one::<BernoulliLogitsFamily, 1>(p, 2);
            assert_moments_by_sum::<BernoulliLogitsFamily, 1>(p, 2);
        }
    }

    #[test]
    fn logits_draws_have_the_probabilities() {
        for (seed, p) in [[0.3], [-3.0], [40.0]].into_iter().enumerate() {
            assert_counts::<BernoulliLogitsFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn logits_edges() {
        for outside in [-1.0, 0.5, 2.0, f64::INFINITY] {
            assert!(!BernoulliLogitsFamily::contains(outside, [0.3]));
            assert_log_density::<BernoulliLogitsFamily, 1>(outside, [0.3], f64::NEG_INFINITY);
        }
        assert!(BernoulliLogitsFamily::contains(0.0, [0.3]) && BernoulliLogitsFamily::contains(1.0, [0.3]));
    }

    #[test]
    fn logits_of_a_thousand_are_exact() {
        for l in [1e3, 745.5, 60.0] {
            let unlikely = BernoulliLogitsFamily::log_density(0.0, [l], Need::ALL);
            assert_eq!((unlikely.log, unlikely.by_parameter), (-l, [-1.0]));
            let likely = BernoulliLogitsFamily::log_density(1.0, [l], Need::ALL);
            assert_eq!((likely.log, likely.by_parameter), (-math::exp(-l), [math::exp(-l)]));
        }
    }

    #[test]
    fn certain_outcomes() {
        let never = |x| BernoulliProbsFamily::log_density(x, [0.0], Need::ALL);
        assert_eq!((never(0.0).log, never(0.0).by_parameter), (0.0, [-1.0]));
        assert_eq!(never(1.0).log, f64::NEG_INFINITY);
        let always = |x| BernoulliProbsFamily::log_density(x, [1.0], Need::ALL);
        assert_eq!((always(1.0).log, always(1.0).by_parameter), (0.0, [1.0]));
        assert_eq!(always(0.0).log, f64::NEG_INFINITY);
    }

    #[test]
    fn the_two_cdfs_agree() {
        for x in [-0.5, 0.0, 0.5, 1.0, 3.0] {
            let probs = BernoulliProbsFamily::cdf(x, [0.5]).unwrap();
            assert_eq!(probs, BernoulliLogitsFamily::cdf(x, [0.0]).unwrap());
            assert_eq!(
                probs,
                if x < 0.0 {
                    0.0
                } else if x < 1.0 {
                    0.5
                } else {
                    1.0
                }
            );
        }
    }
}

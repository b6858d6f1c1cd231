//! The binomial distribution, given the probability of success or its log-odds.

use super::Outcomes;
use super::counting::{Chance, binomial_log, draw_binomial};
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::{math, special};
use crate::support::Finite;
use rand::Rng;

/// Returns whether `x` is a number but none of `0, 1, ..., total`.
#[inline(always)]
fn off_range<E: Numeric>(x: E, total: E) -> bool {
    require::off_naturals(x) | (x > total)
}

/// Returns the probability of `x` successes or less, given the probability of failure.
fn binomial_cdf<E: Numeric>(x: E, total: E, failure: E) -> E {
    if x < E::zero() {
        E::zero()
    } else if x >= total {
        E::one()
    } else {
        special::beta_inc(total - x.floor(), x.floor() + E::one(), failure)
    }
}

/// The distribution of the number of successes in `total_count` trials with success probability `probs`.
///
/// # Density
///
/// `ln C(n, x) + x ln(probs) + (n - x) ln(1 - probs)` for `x` in `0, 1, ..., n`, evaluated by Loader's
/// saddle-point expansion, so that large counts cost no digits. The partial by `total_count` is zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::binomial::BinomialProbsFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// let density = BinomialProbsFamily::log_density(1.0_f64, [2.0, 0.5], Need::ALL);
/// assert!((density.log - 0.5_f64.ln()).abs() < 1e-15);
/// assert_eq!(density.by_parameter, [0.0, 0.0]);
/// ```
///
/// # References
///
/// Loader (2000), Fast and accurate computation of binomial probabilities, equation 5.
#[derive(Clone, Copy, Debug)]
pub struct BinomialProbsFamily;

impl Univariate<2> for BinomialProbsFamily {
    type Support = Finite;
    const NAME: &'static str = "Binomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "probs"];
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::UpToParameter(0);
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [total, probs]: [E; 2], _: Need) -> Density<E, 2> {
        let failures = total - x;
        // Without the choice a count of zero would meet a chance of zero.
        let ratio = |count: E, chance: E| if count == E::zero() { E::zero() } else { count / chance };
        // Without a trial the chance has no part in the sum, but what is no number is to be seen.
        let log = binomial_log(x, failures, Chance::of_probability(probs)) + E::zero() * probs;
        Density {
            log: if off_range(x, total) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [E::zero(), ratio(x, probs) - ratio(failures, E::one() - probs)],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [total, probs]: [E; 2]) -> E {
        draw_binomial(rng, total.as_f64(), [probs.as_f64(), 1.0 - probs.as_f64()])
    }

    fn contains<E: Numeric>(x: E, [total, _]: [E; 2]) -> bool {
        require::is_natural(x) && x <= total
    }

    fn check<E: Numeric>([total, probs]: [E; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total)?;
        require::probability("probs", probs)
    }

    fn mode<E: Numeric>([total, probs]: [E; 2]) -> E {
        ((total + E::one()) * probs).floor().min(total)
    }

    fn mean<E: Numeric>([total, probs]: [E; 2]) -> E {
        total * probs
    }

    fn variance<E: Numeric>([total, probs]: [E; 2]) -> E {
        total * probs * (E::one() - probs)
    }

    fn cdf<E: Numeric>(x: E, [total, probs]: [E; 2]) -> Option<E> {
        Some(binomial_cdf(x, total, E::one() - probs))
    }
}

/// The distribution of the number of successes in `total_count` trials whose log-odds of success are `logits`.
///
/// # Density
///
/// `ln C(n, x) - x ln(1 + e^-logits) - (n - x) ln(1 + e^logits)` for `x` in `0, 1, ..., n`, evaluated as in
/// [`BinomialProbsFamily`]. The partial by `total_count` is zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::binomial::BinomialLogitsFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// let density = BinomialLogitsFamily::log_density(0.0, [3.0, 1000.0], Need::ALL);
/// assert_eq!((density.log, density.by_parameter), (-3000.0, [0.0, -3.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BinomialLogitsFamily;

impl Univariate<2> for BinomialLogitsFamily {
    type Support = Finite;
    const NAME: &'static str = "Binomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "logits"];
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::UpToParameter(0);
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [total, logits]: [E; 2], _: Need) -> Density<E, 2> {
        let failures = total - x;
        let [success, failure] = Chance::of_logit(logits);
        // A NaN passes, infinite log-odds are those of what is certain.
        let log = binomial_log(x, failures, [success, failure]) + E::zero() * success.value;
        Density {
            log: if off_range(x, total) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [E::zero(), x * failure.value - failures * success.value],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [total, logits]: [E; 2]) -> E {
        let logits = logits.as_f64();
        draw_binomial(rng, total.as_f64(), [math::sigmoid(logits), math::sigmoid(-logits)])
    }

    fn contains<E: Numeric>(x: E, [total, _]: [E; 2]) -> bool {
        require::is_natural(x) && x <= total
    }

    fn check<E: Numeric>([total, logits]: [E; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total)?;
        require::finite("logits", logits)
    }

    fn mode<E: Numeric>([total, logits]: [E; 2]) -> E {
        ((total + E::one()) * math::sigmoid(logits)).floor().min(total)
    }

    fn mean<E: Numeric>([total, logits]: [E; 2]) -> E {
        total * math::sigmoid(logits)
    }

    fn variance<E: Numeric>([total, logits]: [E; 2]) -> E {
        total * math::sigmoid(logits) * math::sigmoid(-logits)
    }

    fn cdf<E: Numeric>(x: E, [total, logits]: [E; 2]) -> Option<E> {
        Some(binomial_cdf(x, total, math::sigmoid(-logits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.binom.logpmf(x, total_count, probs)`, to 50 digits by mpmath.
    const PROBS_CASES: [(f64, [f64; 2], f64); 7] = [
        (3.0, [10.0, 0.3], -1.321_151_277_766_888_6),
        (0.0, [7.0, 0.9], -16.118_095_650_958_32),
        (7.0, [7.0, 0.9], -0.737_523_609_604_783_9),
        (400.0, [1000.0, 0.42], -4.484_387_221_347_078),
        (1000000.0, [3000000.0, 0.333], -8.374_211_636_792_54),
        (1.0, [1000000.0, 1e-07], -2.402_584_997_994_041_2),
        (2.0, [1000.0, 1e-300], -1_368.429_692_919_356_7),
    ];

    #[test]
    fn probs_densities_are_those_of_scipy() {
        for (x, p, expected) in PROBS_CASES {
            assert_log_density::<BinomialProbsFamily, 2>(x, p, expected);
        }
    }

    #[test]
    fn probs_partials_are_derivatives() {
        for (x, p) in [(3.0, [10.0, 0.3]), (0.0, [7.0, 0.9]), (400.0, [1000.0, 0.42])] {
            assert_partials_by::<BinomialProbsFamily, 2>(x, p, [false, true]);
            assert_nan_passes::<BinomialProbsFamily, 2>(x, p);
            assert_single::<BinomialProbsFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn probs_totals_and_moments_are_sums() {
        for p in [[10.0, 0.3], [0.0, 0.3], [7.0, 0.0], [7.0, 1.0], [1000.0, 0.42]] {
            assert_sums_to_one::<BinomialProbsFamily, 2>(p, 1001);
            assert_moments_by_sum::<BinomialProbsFamily, 2>(p, 1001);
        }
    }

    #[test]
    fn probs_draws_have_the_probabilities() {
        for (seed, p) in
            [[10.0, 0.3], [7.0, 0.0], [7.0, 1.0], [1000.0, 0.42], [1e6, 1e-5]].into_iter().enumerate()
        {
            assert_counts::<BinomialProbsFamily, 2>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn probs_edges() {
        for outside in [-1.0, 2.5, 11.0, f64::INFINITY] {
            assert!(!BinomialProbsFamily::contains(outside, [10.0, 0.3]));
            assert_log_density::<BinomialProbsFamily, 2>(outside, [10.0, 0.3], f64::NEG_INFINITY);
        }
        assert!(
            BinomialProbsFamily::contains(0.0, [10.0, 0.3])
                && BinomialProbsFamily::contains(1.0, [10.0, 0.3])
        );
        for bad in [[2.5, 0.3], [-1.0, 0.3], [2.0, -0.1], [2.0, 1.1]] {
            assert!(BinomialProbsFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    /// Points, parameters and `scipy.stats.binom.logpmf(x, total_count, expit(logits))`, to 50 digits by mpmath.
    const LOGITS_CASES: [(f64, [f64; 2], f64); 6] = [
        (3.0, [10.0, -0.8], -1.323_514_916_695_731_2),
        (0.0, [7.0, 2.0], -14.888_496_077_300_807),
        (7.0, [7.0, 2.0], -0.888_496_077_300_807_5),
        (400.0, [1000.0, -0.3], -5.003_099_342_981_756),
        (1000000.0, [3000000.0, -0.7], -23.265_733_290_578_968),
        (2.0, [1000.0, -1000.0], -1_986.878_637_122_929_1),
    ];

    #[test]
    fn logits_densities_are_those_of_scipy() {
        for (x, p, expected) in LOGITS_CASES {
            assert_log_density::<BinomialLogitsFamily, 2>(x, p, expected);
        }
    }

    #[test]
    fn logits_partials_are_derivatives() {
        for (x, p) in [(3.0, [10.0, -0.8]), (0.0, [7.0, 2.0]), (400.0, [1000.0, -0.3])] {
            assert_partials_by::<BinomialLogitsFamily, 2>(x, p, [false, true]);
            assert_nan_passes::<BinomialLogitsFamily, 2>(x, p);
            assert_single::<BinomialLogitsFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn logits_totals_and_moments_are_sums() {
        for p in [[10.0, -0.8], [0.0, 0.3], [7.0, 400.0], [1000.0, -0.3]] {
            assert_sums_to_one::<BinomialLogitsFamily, 2>(p, 1001);
            assert_moments_by_sum::<BinomialLogitsFamily, 2>(p, 1001);
        }
    }

    #[test]
    fn logits_draws_have_the_probabilities() {
        for (seed, p) in [[10.0, -0.8], [7.0, 400.0], [1000.0, -0.3]].into_iter().enumerate() {
            assert_counts::<BinomialLogitsFamily, 2>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn logits_edges() {
        for outside in [-1.0, 2.5, 11.0, f64::INFINITY] {
            assert!(!BinomialLogitsFamily::contains(outside, [10.0, 0.3]));
            assert_log_density::<BinomialLogitsFamily, 2>(outside, [10.0, 0.3], f64::NEG_INFINITY);
        }
        assert!(
            BinomialLogitsFamily::contains(0.0, [10.0, 0.3])
                && BinomialLogitsFamily::contains(1.0, [10.0, 0.3])
        );
        for bad in [[2.5, 0.3], [-1.0, 0.3]] {
            assert!(BinomialLogitsFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn huge_counts_are_drawn() {
        // Normal to the precision of a double: the cdf of the standardised draws is the standard normal one.
        let (n, p) = (1e16, 0.25);
        let standardised = draws::<BinomialProbsFamily, 2>(5, 20_000, [n, p])
            .into_iter()
            .map(|x| (x - n * p) / (n * p * (1.0 - p)).sqrt())
            .collect();
        assert_distributed("huge binomial", standardised, crate::family::normal::standard_cdf);
        assert_counts::<BinomialProbsFamily, 2>(6, 100_000, [1e16, 3e-16]);
    }

    #[test]
    fn cdfs_are_sums() {
        for (total, logit) in [(7.0, 0.3), (40.0, -2.0)] {
            for k in [0, 3, 6] {
                let p = [total, logit];
                let below = sum(|x| BinomialLogitsFamily::log_density(x, p, Need::NONE).log.exp(), k + 1);
                let x = f64::from(k) + 0.3;
                assert_close("cdf", BinomialLogitsFamily::cdf(x, p).unwrap(), below, 1e-12);
                let probs = [total, math::sigmoid(logit)];
                assert_close("cdf by probs", BinomialProbsFamily::cdf(x, probs).unwrap(), below, 1e-12);
            }
        }
        assert_eq!(BinomialProbsFamily::cdf(-0.1, [3.0, 0.5]), Some(0.0));
        assert_eq!(BinomialProbsFamily::cdf(3.0, [3.0, 0.5]), Some(1.0));
        assert_eq!(BinomialProbsFamily::cdf(1.0, [3.0, 0.0]), Some(1.0));
        assert_eq!(BinomialProbsFamily::cdf(1.0, [3.0, 1.0]), Some(0.0));
    }

    #[test]
    fn without_a_trial_what_is_no_number_is_seen() {
        assert!(BinomialProbsFamily::log_density(0.0, [0.0, f64::NAN], Need::NONE).log.is_nan());
        assert!(BinomialLogitsFamily::log_density(0.0, [0.0, f64::NAN], Need::NONE).log.is_nan());
        assert_eq!(BinomialProbsFamily::log_density(0.0, [0.0, 0.3], Need::NONE).log, 0.0);
    }
}

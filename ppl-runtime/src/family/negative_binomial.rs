//! The negative binomial distribution, given the probability of success or its log-odds.

use super::counting::{Chance, draw_poisson, negative_binomial_log};
use super::gamma_draw::GammaDraw;
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::{math, special};
use crate::support::NaturalNumber;
use rand::Rng;

/// Returns the log-density and its partials by `total_count` and by the log-odds of success.
fn log_density<E: Numeric>(x: E, total: E, chances: [Chance<E>; 2], need: Need) -> Density<E, 2> {
    let zero = E::zero();
    if require::off_naturals(x) {
        return Density { log: E::neg_infinity(), by_value: zero, by_parameter: [zero; 2] };
    }
    let [success, failure] = chances;
    let by_total = if need.parameter(0) { special::digamma_difference(total, x) + failure.log } else { zero };
    Density {
        log: negative_binomial_log(x, total, chances),
        by_value: zero,
        by_parameter: [by_total, x * failure.value - total * success.value],
    }
}

/// Returns a draw, a Poisson number whose rate is gamma distributed, given the log-odds of success.
fn draw<E: Numeric, R: Rng>(rng: &mut R, total: E, odds: f64, log_odds: f64) -> E {
    let draw = GammaDraw::new(rng, total.as_f64());
    let direct = draw.value().map(|value| value * odds).filter(|rate| rate.is_normal());
    // In log space where either the draw or the odds leave the range of doubles, though their product may not.
    draw_poisson(rng, direct.unwrap_or_else(|| (draw.ln() + log_odds).exp()))
}

/// Returns the probability of `x` successes or less, given the probability of failure.
fn cdf<E: Numeric>(x: E, total: E, failure: E) -> E {
    match x {
        x if x < E::zero() => E::zero(),
        x if x == E::infinity() => E::one(),
        x => special::beta_inc(total, x.floor() + E::one(), failure),
    }
}

/// The distribution of the number of successes before failure number `total_count`, where each trial succeeds with
/// probability `probs`, `0 <= probs < 1`; `total_count` is any positive number.
///
/// This is the convention of PyTorch. The mean is `total_count probs / (1 - probs)`, so `probs` is one minus the `p`
/// of SciPy and R.
///
/// # Density
///
/// `ln(Gamma(x + r) / (x! Gamma(r))) + r ln(1 - probs) + x ln(probs)` for `x` in `0, 1, 2, ...`, with
/// `r = total_count`, evaluated by Loader's saddle-point expansion.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::negative_binomial::NegativeBinomialProbsFamily;
///
/// // One failure ends the count, so this is a geometric number of successes.
/// let density = NegativeBinomialProbsFamily::log_density(2.0_f64, [1.0, 0.25], Need::NONE);
/// assert!((density.log - (0.75_f64 * 0.25 * 0.25).ln()).abs() < 1e-14);
/// ```
///
/// # References
///
/// Loader (2000), Fast and accurate computation of binomial probabilities, section 4.
#[derive(Clone, Copy, Debug)]
pub struct NegativeBinomialProbsFamily;

impl Univariate<2> for NegativeBinomialProbsFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "NegativeBinomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "probs"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = false;
    const HAS_MODE: bool = true;

    fn log_density<E: Numeric>(x: E, [total, probs]: [E; 2], need: Need) -> Density<E, 2> {
        let mut density = log_density(x, total, Chance::of_probability(probs), need);
        let failure = E::one() - probs;
        let ratio = if x == E::zero() { E::zero() } else { x / probs };
        density.by_parameter[1] = ratio - total / failure;
        density
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [total, probs]: [E; 2]) -> E {
        let probs = probs.as_f64();
        draw(rng, total, probs / (1.0 - probs), probs.ln() - (-probs).ln_1p())
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([total, probs]: [E; 2]) -> Result<(), BadParameter> {
        require::positive("total_count", total)?;
        if probs >= E::zero() && probs < E::one() {
            Ok(())
        } else {
            Err(BadParameter { name: "probs", must: "lie between zero and one (not included)" })
        }
    }

    fn mode<E: Numeric>([total, probs]: [E; 2]) -> E {
        ((total - E::one()) * probs / (E::one() - probs)).floor().max(E::zero())
    }

    fn mean<E: Numeric>([total, probs]: [E; 2]) -> E {
        total * probs / (E::one() - probs)
    }

    fn variance<E: Numeric>([total, probs]: [E; 2]) -> E {
        let failure = E::one() - probs;
        total * probs / (failure * failure)
    }

    fn cdf<E: Numeric>(x: E, [total, probs]: [E; 2]) -> Option<E> {
        Some(cdf(x, total, E::one() - probs))
    }
}

/// The distribution of the number of successes before failure number `total_count`, where each trial has the
/// log-odds of success `logits`; `total_count` is any positive number.
///
/// The mean is `total_count e^logits`: the convention of [`NegativeBinomialProbsFamily`].
///
/// # Density
///
/// `ln(Gamma(x + r) / (x! Gamma(r))) - r ln(1 + e^logits) - x ln(1 + e^-logits)` for `x` in `0, 1, 2, ...`, with
/// `r = total_count`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::negative_binomial::NegativeBinomialLogitsFamily;
///
/// let mean = NegativeBinomialLogitsFamily::mean([3.0, 2.0_f64.ln()]);
/// assert!((mean - 6.0).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NegativeBinomialLogitsFamily;

impl Univariate<2> for NegativeBinomialLogitsFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "NegativeBinomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "logits"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = false;
    const HAS_MODE: bool = true;

    fn log_density<E: Numeric>(x: E, [total, logits]: [E; 2], need: Need) -> Density<E, 2> {
        log_density(x, total, Chance::of_logit(logits), need)
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [total, logits]: [E; 2]) -> E {
        let logits = logits.as_f64();
        draw(rng, total, math::exp(logits), logits)
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([total, logits]: [E; 2]) -> Result<(), BadParameter> {
        require::positive("total_count", total)?;
        require::finite("logits", logits)
    }

    fn mode<E: Numeric>([total, logits]: [E; 2]) -> E {
        ((total - E::one()) * math::exp(logits)).floor().max(E::zero())
    }

    fn mean<E: Numeric>([total, logits]: [E; 2]) -> E {
        total * math::exp(logits)
    }

    fn variance<E: Numeric>([total, logits]: [E; 2]) -> E {
        let odds = math::exp(logits);
        total * odds * (E::one() + odds)
    }

    fn cdf<E: Numeric>(x: E, [total, logits]: [E; 2]) -> Option<E> {
        Some(cdf(x, total, math::sigmoid(-logits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.nbinom.logpmf(x, total_count, 1 - probs)`, to 50 digits by mpmath.
    const PROBS_CASES: [(f64, [f64; 2], f64); 6] = [
        (3.0, [2.5, 0.3], -2.622_234_144_906_897),
        (0.0, [0.1, 0.9], -0.230_258_509_299_404_6),
        (400.0, [50.0, 0.85], -7.904_100_802_048_668),
        (3.0, [1e-08, 0.5], -21.598_734_566_231_784),
        (1000000.0, [500000.0, 0.6667], -8.379_750_275_979_363),
        (7.0, [1000000000000.0, 1e-11], -2.407_065_710_136_094),
    ];

    #[test]
    fn probs_densities_are_those_of_scipy() {
        for (x, p, expected) in PROBS_CASES {
            assert_log_density::<NegativeBinomialProbsFamily, 2>(x, p, expected);
        }
    }

    #[test]
    fn probs_partials_are_derivatives() {
        for (x, p) in [(3.0, [2.5, 0.3]), (0.0, [0.1, 0.9]), (400.0, [50.0, 0.85])] {
            assert_partials_by::<NegativeBinomialProbsFamily, 2>(x, p, [true; 2]);
            assert_nan_passes::<NegativeBinomialProbsFamily, 2>(x, p);
            assert_single::<NegativeBinomialProbsFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn probs_totals_and_moments_are_sums() {
        for p in [[2.5, 0.3], [0.1, 0.9], [50.0, 0.85], [2.0, 0.0]] {
            assert_sums_to_one::<NegativeBinomialProbsFamily, 2>(p, 4000);
            assert_moments_by_sum::<NegativeBinomialProbsFamily, 2>(p, 4000);
        }
    }

    #[test]
    fn probs_draws_have_the_probabilities() {
        for (seed, p) in [[2.5, 0.3], [0.1, 0.9], [50.0, 0.85], [2.0, 0.0]].into_iter().enumerate() {
            assert_counts::<NegativeBinomialProbsFamily, 2>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn probs_edges() {
        for outside in [-1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!NegativeBinomialProbsFamily::contains(outside, [2.0, 0.5]));
            assert_log_density::<NegativeBinomialProbsFamily, 2>(outside, [2.0, 0.5], f64::NEG_INFINITY);
        }
        assert!(
            NegativeBinomialProbsFamily::contains(0.0, [2.0, 0.5])
                && NegativeBinomialProbsFamily::contains(1.0, [2.0, 0.5])
        );
        for bad in [[0.0, 0.5], [1.0, 1.0], [1.0, -0.1]] {
            assert!(NegativeBinomialProbsFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    /// Points, parameters and `scipy.stats.nbinom.logpmf(x, total_count, expit(-logits))`, to 50 digits by mpmath.
    const LOGITS_CASES: [(f64, [f64; 2], f64); 5] = [
        (3.0, [2.5, -0.8], -2.559_682_034_795_035_3),
        (0.0, [0.1, 2.0], -0.212_692_801_104_297_25),
        (400.0, [50.0, 1.7], -8.544_242_982_464_297),
        (3.0, [2.0, -500.0], -1_498.613_705_638_880_2),
        (3.0, [2.0, 500.0], -998.613_705_638_880_1),
    ];

    #[test]
    fn logits_densities_are_those_of_scipy() {
        for (x, p, expected) in LOGITS_CASES {
            assert_log_density::<NegativeBinomialLogitsFamily, 2>(x, p, expected);
        }
    }

    #[test]
    fn logits_partials_are_derivatives() {
        for (x, p) in [(3.0, [2.5, -0.8]), (0.0, [0.1, 2.0]), (400.0, [50.0, 1.7])] {
            assert_partials_by::<NegativeBinomialLogitsFamily, 2>(x, p, [true; 2]);
            assert_nan_passes::<NegativeBinomialLogitsFamily, 2>(x, p);
            assert_single::<NegativeBinomialLogitsFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn logits_totals_and_moments_are_sums() {
        for p in [[2.5, -0.8], [0.1, 2.0], [50.0, 1.7]] {
            assert_sums_to_one::<NegativeBinomialLogitsFamily, 2>(p, 4000);
            assert_moments_by_sum::<NegativeBinomialLogitsFamily, 2>(p, 4000);
        }
    }

    #[test]
    fn logits_draws_have_the_probabilities() {
        for (seed, p) in [[2.5, -0.8], [0.1, 2.0], [50.0, 1.7]].into_iter().enumerate() {
            assert_counts::<NegativeBinomialLogitsFamily, 2>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn logits_edges() {
        for outside in [-1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!NegativeBinomialLogitsFamily::contains(outside, [2.0, 0.5]));
            assert_log_density::<NegativeBinomialLogitsFamily, 2>(outside, [2.0, 0.5], f64::NEG_INFINITY);
        }
        assert!(
            NegativeBinomialLogitsFamily::contains(0.0, [2.0, 0.5])
                && NegativeBinomialLogitsFamily::contains(1.0, [2.0, 0.5])
        );
        for bad in [[0.0, 0.5], [-1.0, 0.5]] {
            assert!(NegativeBinomialLogitsFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn cdfs_are_sums() {
        for (total, logit) in [(2.5, 0.3), (0.1, -2.0)] {
            for k in [0, 3, 20] {
                let p = [total, logit];
                let density = |x| math::exp(NegativeBinomialLogitsFamily::log_density(x, p, Need::NONE).log);
                let below = sum(density, k + 1);
                let x = f64::from(k) + 0.3;
                assert_close("cdf", NegativeBinomialLogitsFamily::cdf(x, p).unwrap(), below, 1e-12);
                let probs = [total, math::sigmoid(logit)];
                let by_probs = NegativeBinomialProbsFamily::cdf(x, probs).unwrap();
                assert_close("cdf by probs", by_probs, below, 1e-12);
            }
        }
        assert_eq!(NegativeBinomialProbsFamily::cdf(-0.1, [3.0, 0.5]), Some(0.0));
        assert_eq!(NegativeBinomialProbsFamily::cdf(0.0, [3.0, 0.0]), Some(1.0));
    }

    #[test]
    fn the_cdf_ends_at_one() {
        assert_eq!(NegativeBinomialProbsFamily::cdf(f64::INFINITY, [2.0, 0.3]), Some(1.0));
        assert_eq!(NegativeBinomialLogitsFamily::cdf(f64::INFINITY, [2.0, 0.3]), Some(1.0));
    }
}

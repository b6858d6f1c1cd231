//! The geometric distribution by the log-odds of a success.

use super::counting::Chance;
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::NaturalNumber;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The distribution of the number of failures before the first success, where each trial succeeds with probability
/// `1 / (1 + e^-logits)`.
///
/// # Density
///
/// `-ln(1 + e^-logits) - x ln(1 + e^logits)` for `x` in `0, 1, 2, ...`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::geometric_logits::GeometricLogitsFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// // A success is as good as certain, and its log-odds say by how much.
/// let density = GeometricLogitsFamily::log_density(2.0_f64, [1000.0], Need::ALL);
/// assert_eq!((density.log, density.by_parameter), (-2000.0, [-2.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeometricLogitsFamily;

impl Univariate<1> for GeometricLogitsFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "Geometric";
    const PARAMETERS: [&'static str; 1] = ["logits"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [logits]: [E; 1], _: Need) -> Density<E, 1> {
        let [success, failure] = Chance::of_logit(logits);
        // No failures are certain to have probability one, even where a failure is impossible.
        let failures = if x == E::zero() { x } else { x * failure.log };
        let log = success.log + failures;
        Density {
            log: if require::off_naturals(x) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [failure.value - x * success.value],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [logits]: [E; 1]) -> E {
        let noise: f64 = rng.sample(Exp1);
        // The integer part of an exponential number is geometric.
        E::of((noise / math::softplus(logits.as_f64())).floor()).min(E::max_value())
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([logits]: [E; 1]) -> Result<(), BadParameter> {
        require::finite("logits", logits)
    }

    fn mode<E: Numeric>(_: [E; 1]) -> E {
        E::zero()
    }

    fn mean<E: Numeric>([logits]: [E; 1]) -> E {
        math::exp(-logits)
    }

    fn variance<E: Numeric>([logits]: [E; 1]) -> E {
        let odds = math::exp(-logits);
        odds * (E::one() + odds)
    }

    fn entropy<E: Numeric>([logits]: [E; 1]) -> Option<E> {
        let failures = math::exp(-logits);
        let of_failures = if failures == E::zero() { failures } else { failures * math::softplus(logits) };
        Some(math::softplus(-logits) + of_failures)
    }

    fn cdf<E: Numeric>(x: E, [logits]: [E; 1]) -> Option<E> {
        let below = x < E::zero();
        let trials = x.floor() + E::one();
        Some(if below { E::zero() } else { -math::exp_m1(-trials * math::softplus(logits)) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::geometric::GeometricFamily;
    use super::*;
    use crate::family::check::*;

    #[test]
    fn densities_are_those_of_the_probability() {
        for (x, p) in [(3.0, 0.3_f64), (0.0, 0.9), (2000.0, 0.001), (1e9, 1e-12)] {
            let logit = p.ln() - (-p).ln_1p();
            let expected = GeometricFamily::log_density(x, [p], Need::NONE).log;
            assert_log_density::<GeometricLogitsFamily, 1>(x, [logit], expected);
        }
        // -x * 60 - ln(1 + e^-60), to which no probability comes close.
        assert_log_density::<GeometricLogitsFamily, 1>(3.0, [60.0], -180.0);
        assert_log_density::<GeometricLogitsFamily, 1>(7.0, [-800.0], -800.0);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, logit) in [(3.0, -0.8), (0.0, 2.0), (2000.0, -7.0)] {
            assert_partials_by::<GeometricLogitsFamily, 1>(x, [logit], [true; 1]);
            assert_nan_passes::<GeometricLogitsFamily, 1>(x, [logit]);
            assert_single::<GeometricLogitsFamily, 1>(x, [logit], 2e-6);
        }
    }

    #[test]
    fn totals_and_moments_are_sums() {
        for p in [[-0.8], [400.0], [-4.5]] {
            assert_sums_to_one::<GeometricLogitsFamily, 1>(p, 4000);
            assert_moments_by_sum::<GeometricLogitsFamily, 1>(p, 4000);
        }
    }

    #[test]
    fn draws_have_the_probabilities() {
        for (seed, p) in [[-0.8], [400.0], [-4.5]].into_iter().enumerate() {
            assert_counts::<GeometricLogitsFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, 2.5, f64::INFINITY] {
            assert!(!GeometricLogitsFamily::contains(outside, [0.5]));
            assert_log_density::<GeometricLogitsFamily, 1>(outside, [0.5], f64::NEG_INFINITY);
        }
        // A success that is certain.
        let certain = |x| GeometricLogitsFamily::log_density(x, [f64::INFINITY], Need::ALL);
        assert_eq!((certain(0.0).log, certain(0.0).by_parameter), (0.0, [0.0]));
        assert_eq!(certain(1.0).log, f64::NEG_INFINITY);
        assert!(GeometricLogitsFamily::check([f64::INFINITY]).is_err());
        let below = sum(|k| math::exp(GeometricLogitsFamily::log_density(k, [0.3], Need::NONE).log), 5);
        assert_close("cdf", GeometricLogitsFamily::cdf(4.7, [0.3]).unwrap(), below, 1e-14);
    }
}

//! The geometric distribution.

use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::NaturalNumber;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The distribution of the number of failures before the first success, where each trial succeeds with probability
/// `probs > 0`.
///
/// # Density
///
/// `ln(probs) + x ln(1 - probs)` for `x` in `0, 1, 2, ...`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::geometric::GeometricFamily;
///
/// let density = GeometricFamily::log_density(2.0_f64, [0.5], Need::ALL);
/// assert!((density.log - 0.125_f64.ln()).abs() < 1e-15);
/// assert_eq!(density.by_parameter, [-2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeometricFamily;

impl Univariate<1> for GeometricFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "Geometric";
    const PARAMETERS: [&'static str; 1] = ["probs"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [probs]: [E; 1], _: Need) -> Density<E, 1> {
        // No failures are certain to have probability one, even where a failure is impossible.
        let none = x == E::zero();
        let failures = if none { E::zero() } else { x * math::ln_1p(-probs) };
        let slope = if none { E::zero() } else { x / (E::one() - probs) };
        let log = math::ln(probs) + failures;
        Density {
            log: if require::off_naturals(x) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [probs.recip() - slope],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [probs]: [E; 1]) -> E {
        let noise: f64 = rng.sample(Exp1);
        // The integer part of an exponential number is geometric.
        E::of((noise / -math::ln_1p(-probs.as_f64())).floor()).min(E::max_value())
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([probs]: [E; 1]) -> Result<(), BadParameter> {
        if probs > E::zero() && probs <= E::one() {
            Ok(())
        } else {
            Err(BadParameter { name: "probs", must: "lie between zero (not included) and one" })
        }
    }

    fn mode<E: Numeric>(_: [E; 1]) -> E {
        E::zero()
    }

    fn mean<E: Numeric>([probs]: [E; 1]) -> E {
        (E::one() - probs) / probs
    }

    fn variance<E: Numeric>([probs]: [E; 1]) -> E {
        (E::one() - probs) / (probs * probs)
    }

    fn entropy<E: Numeric>([probs]: [E; 1]) -> Option<E> {
        let failure = E::one() - probs;
        let failures = if failure == E::zero() { failure } else { failure * math::ln_1p(-probs) / probs };
        Some(-math::ln(probs) - failures)
    }

    fn cdf<E: Numeric>(x: E, [probs]: [E; 1]) -> Option<E> {
        let below = x < E::zero();
        Some(if below { E::zero() } else { -math::exp_m1((x.floor() + E::one()) * math::ln_1p(-probs)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.geom.logpmf(x + 1, probs)`, to 50 digits by mpmath.
    const CASES: [(f64, [f64; 1], f64); 4] = [
        (3.0, [0.3], -2.273_997_636_142_133_2),
        (0.0, [0.9], -0.105_360_515_657_826_28),
        (2000.0, [0.001], -8.908_755_946_149_205),
        (1000000000.0, [1e-12], -27.632_021_115_928_55),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<GeometricFamily, 1>(x, p, expected);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p) in [(3.0, [0.3]), (0.0, [0.9]), (2000.0, [1e-3])] {
            assert_partials_by::<GeometricFamily, 1>(x, p, [true; 1]);
            assert_nan_passes::<GeometricFamily, 1>(x, p);
            assert_single::<GeometricFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn totals_and_moments_are_sums() {
        for p in [[0.3], [1.0], [0.01]] {
            assert_sums_to_one::<GeometricFamily, 1>(p, 4000);
            assert_moments_by_sum::<GeometricFamily, 1>(p, 4000);
        }
    }

    #[test]
    fn draws_have_the_probabilities() {
        for (seed, p) in [[0.3], [1.0], [0.01]].into_iter().enumerate() {
            assert_counts::<GeometricFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!GeometricFamily::contains(outside, [0.5]));
            assert_log_density::<GeometricFamily, 1>(outside, [0.5], f64::NEG_INFINITY);
        }
        assert!(GeometricFamily::contains(0.0, [0.5]) && GeometricFamily::contains(1.0, [0.5]));
        for bad in [[0.0], [1.1], [-0.1]] {
            assert!(GeometricFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_cdf_is_a_sum() {
        let below = sum(|k| math::exp(GeometricFamily::log_density(k, [0.3], Need::NONE).log), 5);
        assert_close("cdf", GeometricFamily::cdf(4.7, [0.3]).unwrap(), below, 1e-14);
        assert_eq!(GeometricFamily::cdf(-0.1, [0.3]), Some(0.0));
    }
}

//! The exponential distribution.

use super::cut::{self, Cut};
use super::double::bounded;
use super::from_end::FromEnd;
use super::require;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Positive;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The exponential distribution with the given `rate`, the reciprocal of the mean.
///
/// # Density
///
/// `ln(rate) - rate x` for `x >= 0`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::exponential::ExponentialFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// let density = ExponentialFamily::log_density(2.0, [1.0], Need::ALL);
/// assert_eq!((density.log, density.by_value, density.by_parameter), (-2.0, -1.0, [-1.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExponentialFamily;

impl Univariate<1> for ExponentialFamily {
    type Support = Positive;
    const NAME: &'static str = "Exponential";
    const PARAMETERS: [&'static str; 1] = ["rate"];
    const STANDARD: Standard = Standard::Rate { rate: 0 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [rate]: [E; 1], _: Need) -> Density<E, 1> {
        let log = math::ln(rate) - rate * x;
        Density {
            log: if x < E::zero() { E::neg_infinity() } else { log },
            by_value: -rate,
            by_parameter: [rate.recip() - x],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [rate]: [E; 1]) -> E {
        let noise: f64 = rng.sample(Exp1);
        bounded(E::of(noise) / rate)
    }

    #[inline(always)]
    fn draw_partials<E: Numeric>(z: E, [rate]: [E; 1]) -> [E; 1] {
        [-z / rate]
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        x >= E::zero() && x.is_finite()
    }

    fn check<E: Numeric>([rate]: [E; 1]) -> Result<(), BadParameter> {
        require::positive("rate", rate)
    }

    fn mean<E: Numeric>([rate]: [E; 1]) -> E {
        rate.recip()
    }

    fn variance<E: Numeric>([rate]: [E; 1]) -> E {
        rate.recip() * rate.recip()
    }

    fn entropy<E: Numeric>([rate]: [E; 1]) -> Option<E> {
        Some(E::one() - math::ln(rate))
    }

    fn cdf<E: Numeric>(x: E, [rate]: [E; 1]) -> Option<E> {
        Some(-math::exp_m1(-rate * x.max(E::zero())))
    }

    fn icdf<E: Numeric>(u: E, [rate]: [E; 1]) -> Option<E> {
        Some(-math::ln_1p(-u) / rate)
    }

    super::tails::location_scale!(Exponential, |p| 0.0, p[0].recip());

    const CUT_IS_CHEAP: bool = true;

    fn from_end(end: f64, gap: f64, [rate]: [f64; 1]) -> Option<FromEnd<1>> {
        let inside = gap <= end;
        Some(if inside {
            FromEnd { log: rate * gap, by_gap: rate, by_parameter: [gap] }
        } else {
            FromEnd::OUTSIDE
        })
    }

    fn cut(x: f64, bounds: [f64; 2], [rate]: [f64; 1]) -> Option<Cut<1>> {
        Some(cut::exponential(x, bounds, rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (0.0, f64::INFINITY);
    /// Points, parameters and `scipy.stats.expon.logpdf`.
    const CASES: [(f64, [f64; 1], f64); 3] = [
        (0.3, [1.7], 0.020_628_251_062_170_366),
        (250.0, [0.02], -8.912_023_005_428_146),
        (0.001, [500.0], 5.714_608_098_422_191),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<ExponentialFamily, 1>(x, p, expected);
            assert_single::<ExponentialFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<ExponentialFamily, 1>(x, p);
            assert_draw_partials::<ExponentialFamily, 1>(x, p);
            assert_cdf::<ExponentialFamily, 1>(x, p);
            assert_nan_passes::<ExponentialFamily, 1>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[1.7], [40.0], [0.01]] {
            assert_normalised::<ExponentialFamily, 1>(p, LINE);
            assert_moments::<ExponentialFamily, 1>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<ExponentialFamily, 1>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY] {
            assert!(!ExponentialFamily::contains(outside, [1.0]));
            assert_log_density::<ExponentialFamily, 1>(outside, [1.0], f64::NEG_INFINITY);
        }
        assert!(ExponentialFamily::contains(0.0, [1.0]));
        assert!(ExponentialFamily::log_density(0.0_f64, [1.0], Need::NONE).log.is_finite());
        for bad in [0.0, -1.0] {
            assert!(ExponentialFamily::check([bad]).is_err());
        }
    }
}

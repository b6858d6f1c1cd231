//! The half-normal distribution.

use super::double::bounded;
use super::normal::{HALF_LN_TWO_PI, standard};
use super::require;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Positive;
use rand::Rng;
use std::f64::consts::{FRAC_2_PI, LN_2, SQRT_2};

/// The distribution of the absolute value of a normal number with mean zero and standard deviation `scale`.
///
/// # Density
///
/// `-z^2 / 2 - ln(scale) + ln(2 / pi) / 2` with `z = x / scale`, for `x >= 0`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::half_normal::HalfNormalFamily;
///
/// let two_deviations = HalfNormalFamily::cdf(4.0_f64, [2.0]).unwrap();
/// assert!((two_deviations - 0.9544997361036416).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HalfNormalFamily;

impl Univariate<1> for HalfNormalFamily {
    type Support = Positive;
    const NAME: &'static str = "HalfNormal";
    const PARAMETERS: [&'static str; 1] = ["scale"];
    const STANDARD: Standard = Standard::Scale { scale: 0 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [scale]: [E; 1], _: Need) -> Density<E, 1> {
        let rate = scale.recip();
        let z = x * rate;
        let log = -E::of(0.5) * z * z - math::ln(scale) - E::of(HALF_LN_TWO_PI - LN_2);
        Density {
            log: if x < E::zero() { E::neg_infinity() } else { log },
            by_value: -z * rate,
            by_parameter: [(z * z - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [scale]: [E; 1]) -> E {
        let noise: E = standard(rng);
        bounded(scale * noise.abs())
    }

    #[inline(always)]
    fn draw_partials<E: Numeric>(z: E, [scale]: [E; 1]) -> [E; 1] {
        [z / scale]
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        x >= E::zero() && x.is_finite()
    }

    fn check<E: Numeric>([scale]: [E; 1]) -> Result<(), BadParameter> {
        require::positive("scale", scale)
    }

    fn mean<E: Numeric>([scale]: [E; 1]) -> E {
        scale * E::of(FRAC_2_PI.sqrt())
    }

    fn variance<E: Numeric>([scale]: [E; 1]) -> E {
        scale * scale * E::of(1.0 - FRAC_2_PI)
    }

    fn entropy<E: Numeric>([scale]: [E; 1]) -> Option<E> {
        Some(math::ln(scale) + E::of(0.5 + HALF_LN_TWO_PI - LN_2))
    }

    fn cdf<E: Numeric>(x: E, [scale]: [E; 1]) -> Option<E> {
        Some(math::erf(x.max(E::zero()) / (scale * E::of(SQRT_2))))
    }

    fn icdf<E: Numeric>(u: E, [scale]: [E; 1]) -> Option<E> {
        Some(scale * E::of(SQRT_2 * statrs::function::erf::erf_inv(u.as_f64())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (0.0, f64::INFINITY);
    /// Points, parameters and `scipy.stats.halfnorm.logpdf`.
    const CASES: [(f64, [f64; 1], f64); 3] = [
        (0.3, [1.7], -0.771_990_537_962_953_1),
        (250.0, [40.0], -23.445_920_806_758_664),
        (0.001, [0.0005], 5.375_111_106_897_355),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<HalfNormalFamily, 1>(x, p, expected);
            assert_single::<HalfNormalFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<HalfNormalFamily, 1>(x, p);
            assert_draw_partials::<HalfNormalFamily, 1>(x, p);
            assert_cdf::<HalfNormalFamily, 1>(x, p);
            assert_nan_passes::<HalfNormalFamily, 1>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[1.7], [40.0], [0.01]] {
            assert_normalised::<HalfNormalFamily, 1>(p, LINE);
            assert_moments::<HalfNormalFamily, 1>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<HalfNormalFamily, 1>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY] {
            assert!(!HalfNormalFamily::contains(outside, [1.0]));
            assert_log_density::<HalfNormalFamily, 1>(outside, [1.0], f64::NEG_INFINITY);
        }
        assert!(HalfNormalFamily::contains(0.0, [1.0]));
        assert!(HalfNormalFamily::log_density(0.0_f64, [1.0], Need::NONE).log.is_finite());
        for bad in [0.0, -1.0] {
            assert!(HalfNormalFamily::check([bad]).is_err());
        }
    }
}

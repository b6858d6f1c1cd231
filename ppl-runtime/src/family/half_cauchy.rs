//! The half-Cauchy distribution.

use super::cauchy::{LN_PI, ln_one_plus_square, standard};
use super::double::bounded;
use super::require;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Positive;
use rand::Rng;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, PI};

/// The distribution of the absolute value of a Cauchy number with median zero and the given `scale`.
///
/// # Density
///
/// `ln(2 / pi) - ln(scale) - ln(1 + z^2)` with `z = x / scale`, for `x >= 0`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::half_cauchy::HalfCauchyFamily;
///
/// // The scale is the median.
/// assert!((HalfCauchyFamily::cdf(5.0_f64, [5.0]).unwrap() - 0.5).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HalfCauchyFamily;

impl Univariate<1> for HalfCauchyFamily {
    type Support = Positive;
    const NAME: &'static str = "HalfCauchy";
    const PARAMETERS: [&'static str; 1] = ["scale"];
    const STANDARD: Standard = Standard::Scale { scale: 0 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [scale]: [E; 1], _: Need) -> Density<E, 1> {
        let rate = scale.recip();
        let z = x * rate;
        let (tail, slope) = ln_one_plus_square(z);
        let log = E::of(LN_2 - LN_PI) - math::ln(scale) - tail;
        Density {
            log: if x < E::zero() { E::neg_infinity() } else { log },
            by_value: -slope * rate,
            by_parameter: [(z * slope - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [scale]: [E; 1]) -> E {
        bounded(scale * E::of(standard(rng).abs()))
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

    fn mean<E: Numeric>(_: [E; 1]) -> E {
        E::infinity()
    }

    fn variance<E: Numeric>(_: [E; 1]) -> E {
        E::infinity()
    }

    fn entropy<E: Numeric>([scale]: [E; 1]) -> Option<E> {
        Some(math::ln(scale) + E::of((2.0 * PI).ln()))
    }

    fn cdf<E: Numeric>(x: E, [scale]: [E; 1]) -> Option<E> {
        Some((x.max(E::zero()) / scale).atan() * E::of(FRAC_2_PI))
    }

    fn icdf<E: Numeric>(u: E, [scale]: [E; 1]) -> Option<E> {
        Some(scale * (E::of(FRAC_PI_2) * u).tan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (0.0, f64::INFINITY);
    /// Points, parameters and `scipy.stats.halfcauchy.logpdf`.
    const CASES: [(f64, [f64; 1], f64); 3] = [
        (0.3, [1.7], -1.012_877_754_744_597_5),
        (250.0, [40.0], -7.830_902_894_084_28),
        (0.001, [0.0005], 5.539_881_841_818_527),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<HalfCauchyFamily, 1>(x, p, expected);
            assert_single::<HalfCauchyFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<HalfCauchyFamily, 1>(x, p);
            assert_draw_partials::<HalfCauchyFamily, 1>(x, p);
            assert_cdf::<HalfCauchyFamily, 1>(x, p);
            assert_nan_passes::<HalfCauchyFamily, 1>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[1.7], [40.0], [0.01]] {
            assert_normalised::<HalfCauchyFamily, 1>(p, LINE);
            let entropy = integrate(
                |x| {
                    let log = HalfCauchyFamily::log_density(x, p, Need::NONE).log;
                    -log * log.exp()
                },
                LINE,
            );
            assert_close("entropy", HalfCauchyFamily::entropy(p).unwrap(), entropy, 1e-7);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<HalfCauchyFamily, 1>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY] {
            assert!(!HalfCauchyFamily::contains(outside, [1.0]));
            assert_log_density::<HalfCauchyFamily, 1>(outside, [1.0], f64::NEG_INFINITY);
        }
        assert!(HalfCauchyFamily::contains(0.0, [1.0]));
        assert!(HalfCauchyFamily::log_density(0.0_f64, [1.0], Need::NONE).log.is_finite());
        for bad in [0.0, -1.0] {
            assert!(HalfCauchyFamily::check([bad]).is_err());
        }
    }
}

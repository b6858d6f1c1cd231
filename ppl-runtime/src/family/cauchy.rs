//! The Cauchy distribution.

use super::cut::{self, Cut};
use super::double::bounded;
use super::from_end::{self, FromEnd};
use super::require;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::RealLine;
use rand::{Rng, RngExt};
use rand_distr::Open01;
use std::f64::consts::PI;

/// `ln(pi)`.
pub(crate) const LN_PI: f64 = 1.144_729_885_849_400_2;

/// The Cauchy distribution with median `loc` and half-width at half-maximum `scale`.
///
/// # Density
///
/// `-ln(pi) - ln(scale) - ln(1 + z^2)` with `z = (x - loc) / scale`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::cauchy::CauchyFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// // The square of z overflows here, the density does not.
/// let far = CauchyFamily::log_density(1e200_f64, [0.0, 1.0], Need::NONE).log;
/// assert!((far + 922.1787670834676).abs() < 1e-12);
/// assert!(CauchyFamily::mean([0.0_f64, 1.0]).is_nan());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CauchyFamily;

/// Returns `ln(1 + z^2)` and its derivative, without overflow.
#[inline(always)]
pub(crate) fn ln_one_plus_square<E: Numeric>(z: E) -> (E, E) {
    // Past 1e9 the one is below the rounding of either element.
    let far = z.abs() > E::of(1e9);
    let square = E::one() + z * z;
    let log = math::ln(if far { z.abs() } else { square });
    let two = E::of(2.0);
    if far { (two * log, two / z) } else { (log, two * z / square) }
}

impl Univariate<2> for CauchyFamily {
    type Support = RealLine;
    const NAME: &'static str = "Cauchy";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [loc, scale]: [E; 2], _: Need) -> Density<E, 2> {
        let rate = scale.recip();
        let z = (x - loc) * rate;
        let (tail, slope) = ln_one_plus_square(z);
        Density {
            log: -E::of(LN_PI) - math::ln(scale) - tail,
            by_value: -slope * rate,
            by_parameter: [slope * rate, (z * slope - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        bounded(loc + scale * E::of(standard(rng)))
    }

    #[inline(always)]
    fn draw_partials<E: Numeric>(z: E, [loc, scale]: [E; 2]) -> [E; 2] {
        [E::one(), (z - loc) / scale]
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        x.is_finite()
    }

    fn check<E: Numeric>([loc, scale]: [E; 2]) -> Result<(), BadParameter> {
        require::finite("loc", loc)?;
        require::positive("scale", scale)
    }

    fn mode<E: Numeric>([loc, _]: [E; 2]) -> E {
        loc
    }

    fn mean<E: Numeric>(_: [E; 2]) -> E {
        E::nan()
    }

    fn variance<E: Numeric>(_: [E; 2]) -> E {
        E::nan()
    }

    fn entropy<E: Numeric>([_, scale]: [E; 2]) -> Option<E> {
        Some(math::ln(scale) + E::of((4.0 * PI).ln()))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        // The angle from the far side keeps the relative precision of the lower tail.
        Some(scale.atan2(loc - x) / E::of(PI))
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(loc - scale / (E::of(PI) * u).tan())
    }

    super::tails::location_scale!(Cauchy, |p| p[0], p[1]);

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::location_scale::<super::tails::Cauchy>(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        Some(cut::cauchy(x, bounds, loc, scale))
    }
}

/// Returns a standard Cauchy draw.
#[inline(always)]
pub(crate) fn standard<R: Rng>(rng: &mut R) -> f64 {
    let u: f64 = rng.sample(Open01);
    (PI * (u - 0.5)).tan()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (f64::NEG_INFINITY, f64::INFINITY);
    /// Points, parameters and `scipy.stats.cauchy.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -1.689_104_057_816_205_5),
        (-250.0, [3.0, 40.0], -8.547_318_592_379_206),
        (0.001, [0.002, 0.0005], 4.846_734_661_258_582),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<CauchyFamily, 2>(x, p, expected);
            assert_single::<CauchyFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<CauchyFamily, 2>(x, p);
            assert_draw_partials::<CauchyFamily, 2>(x, p);
            assert_cdf::<CauchyFamily, 2>(x, p);
            assert_nan_passes::<CauchyFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 40.0], [-5.0, 0.5]] {
            assert_normalised::<CauchyFamily, 2>(p, LINE);
            let entropy = integrate(
                |x| {
                    let log = CauchyFamily::log_density(x, p, Need::NONE).log;
                    -log * log.exp()
                },
                LINE,
            );
            assert_close("entropy", CauchyFamily::entropy(p).unwrap(), entropy, 1e-7);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<CauchyFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!CauchyFamily::contains(infinite, [0.0, 1.0]));
        }
        for bad in [0.0, -1.0] {
            assert_eq!(CauchyFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
    }

    #[test]
    fn far_tails_are_finite() {
        // mpmath, 40 digits.
        assert_log_density::<CauchyFamily, 2>(1e200, [0.0, 1.0], -922.178_767_083_467_7);
        let far = CauchyFamily::log_density(1e30_f32, [0.0, 1.0], Need::ALL);
        assert!((far.log + 139.299_84).abs() < 1e-4, "{far:?}");
        assert!((far.by_value + 2e-30).abs() < 1e-36, "{far:?}");
    }
}

//! The Laplace distribution.

use super::cut::{self, Cut};
use super::double::bounded;
use super::from_end::{self, FromEnd};
use super::require;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::RealLine;
use rand::{Rng, RngExt};
use rand_distr::Exp1;
use std::f64::consts::LN_2;

/// The Laplace (double exponential) distribution with mean `loc` and mean absolute deviation `scale`.
///
/// # Density
///
/// `-|z| - ln(2 scale)` with `z = (x - loc) / scale`. At `x = loc`, where the density has a kink, the derivative
/// is given as zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::laplace::LaplaceFamily;
///
/// let density = LaplaceFamily::log_density(3.0_f64, [0.0, 1.0], Need::ALL);
/// assert!((density.log + 3.693147180559945).abs() < 1e-15);
/// assert_eq!(density.by_parameter, [1.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LaplaceFamily;

/// Returns the sign of `z`, zero at zero.
#[inline(always)]
pub(crate) fn sign<E: Numeric>(z: E) -> E {
    let side = if z < E::zero() { -E::one() } else { E::one() };
    if z == E::zero() { E::zero() } else { side }
}

impl Univariate<2> for LaplaceFamily {
    type Support = RealLine;
    const NAME: &'static str = "Laplace";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [loc, scale]: [E; 2], _: Need) -> Density<E, 2> {
        let rate = scale.recip();
        let z = (x - loc) * rate;
        let slope = sign(z) * rate;
        Density {
            log: -z.abs() - math::ln(scale) - E::of(LN_2),
            by_value: -slope,
            by_parameter: [slope, (z.abs() - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        let distance: f64 = rng.sample(Exp1);
        let left: bool = rng.random();
        bounded(loc + scale * E::of(if left { -distance } else { distance }))
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

    fn mean<E: Numeric>([loc, _]: [E; 2]) -> E {
        loc
    }

    fn variance<E: Numeric>([_, scale]: [E; 2]) -> E {
        E::of(2.0) * scale * scale
    }

    fn entropy<E: Numeric>([_, scale]: [E; 2]) -> Option<E> {
        Some(math::ln(scale) + E::of(1.0 + LN_2))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        let z = (x - loc) / scale;
        let tail = E::of(0.5) * math::exp(-z.abs());
        Some(if z < E::zero() { tail } else { E::one() - tail })
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        let half = E::of(0.5);
        let two = E::of(2.0);
        Some(if u < half {
            loc + scale * math::ln(two * u)
        } else {
            loc - scale * math::ln(two * (E::one() - u))
        })
    }

    super::tails::location_scale!(Laplace, |p| p[0], p[1]);

    const CUT_IS_CHEAP: bool = true;

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::location_scale::<super::tails::Laplace>(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        Some(cut::laplace(cut::Bounds::of(x, bounds, loc, scale)).in_units_of(scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.laplace.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -1.341_422_490_445_645),
        (-250.0, [3.0, 40.0], -10.707_026_634_673_882),
        (0.001, [0.002, 0.0005], 4.907_755_278_982_137),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<LaplaceFamily, 2>(x, p, expected);
            assert_single::<LaplaceFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<LaplaceFamily, 2>(x, p);
            assert_draw_partials::<LaplaceFamily, 2>(x, p);
            assert_cdf::<LaplaceFamily, 2>(x, p);
            assert_nan_passes::<LaplaceFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 40.0], [-5.0, 0.5]] {
            // The quadrature needs a smooth integrand, so it stops at the kink.
            let density = |x| math::exp(LaplaceFamily::log_density(x, p, Need::NONE).log);
            let total = |f: &dyn Fn(f64) -> f64| {
                integrate(f, (f64::NEG_INFINITY, p[0])) + integrate(f, (p[0], f64::INFINITY))
            };
            assert_close("total probability", total(&density), 1.0, 1e-9);
            assert_close("mean", total(&|x| x * density(x)), LaplaceFamily::mean(p), 1e-7);
            let square = total(&|x| (x - p[0]).powi(2) * density(x));
            assert_close("variance", square, LaplaceFamily::variance(p), 1e-7);
            let entropy = -total(&|x| if density(x) > 0.0 { density(x).ln() * density(x) } else { 0.0 });
            assert_close("entropy", entropy, LaplaceFamily::entropy(p).unwrap(), 1e-7);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<LaplaceFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!LaplaceFamily::contains(infinite, [0.0, 1.0]));
        }
        for bad in [0.0, -1.0] {
            assert_eq!(LaplaceFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
    }

    #[test]
    fn the_kink_has_slope_zero() {
        let at = LaplaceFamily::log_density(2.0, [2.0, 1.0], Need::ALL);
        assert_eq!((at.by_value, at.by_parameter), (0.0, [0.0, -1.0]));
    }
}

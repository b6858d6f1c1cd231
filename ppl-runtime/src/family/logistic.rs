//! The logistic distribution.

use super::cut::{self, Cut};
use super::double::bounded;
use super::from_end::{self, FromEnd};
use super::require;
use super::tails;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::RealLine;
use rand::{Rng, RngExt};
use rand_distr::Open01;
use std::f64::consts::PI;

/// The logistic distribution with mean `loc`, whose cdf is the logistic function of `(x - loc) / scale`.
///
/// # Density
///
/// `-|z| - 2 ln(1 + e^-|z|) - ln(scale)` with `z = (x - loc) / scale`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::logistic::LogisticFamily;
///
/// let density = LogisticFamily::log_density(1.0_f64, [1.0, 0.25], Need::ALL);
/// assert!(density.log.abs() < 1e-15);
/// assert_eq!(density.by_parameter, [0.0, -4.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LogisticFamily;

impl Univariate<2> for LogisticFamily {
    type Support = RealLine;
    const NAME: &'static str = "Logistic";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [loc, scale]: [E; 2], _: Need) -> Density<E, 2> {
        let rate = scale.recip();
        let z = (x - loc) * rate;
        // `e^-|z| - 1`, not `e^-|z|`, so that the slope near the mode keeps its digits.
        let drop = math::exp_m1(-z.abs());
        let size = -drop / (E::of(2.0) + drop);
        let slope = if z < E::zero() { -size } else { size };
        Density {
            log: -z.abs() - E::of(2.0) * math::ln_1p(E::one() + drop) - math::ln(scale),
            by_value: -slope * rate,
            by_parameter: [slope * rate, (z * slope - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        let u: f64 = rng.sample(Open01);
        bounded(loc + scale * E::of((u / (1.0 - u)).ln()))
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
        scale * scale * E::of(PI * PI / 3.0)
    }

    fn entropy<E: Numeric>([_, scale]: [E; 2]) -> Option<E> {
        Some(math::ln(scale) + E::of(2.0))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(math::sigmoid((x - loc) / scale))
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(loc + scale * (math::ln(u) - math::ln_1p(-u)))
    }

    tails::location_scale!(Logistic, |p| p[0], p[1]);

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::location_scale::<tails::Logistic>(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        let bounds = cut::Bounds::of(x, bounds, loc, scale);
        Some(cut::integrate::<tails::Logistic>(bounds).in_units_of(scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (f64::NEG_INFINITY, f64::INFINITY);
    /// Points, parameters and `scipy.stats.logistic.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -1.920_380_826_127_762_8),
        (-250.0, [3.0, 40.0], -10.017_458_182_879_526),
        (0.001, [0.002, 0.0005], 5.347_046_437_456_138),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<LogisticFamily, 2>(x, p, expected);
            assert_single::<LogisticFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<LogisticFamily, 2>(x, p);
            assert_draw_partials::<LogisticFamily, 2>(x, p);
            assert_cdf::<LogisticFamily, 2>(x, p);
            assert_nan_passes::<LogisticFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 40.0], [-5.0, 0.5]] {
            assert_normalised::<LogisticFamily, 2>(p, LINE);
            assert_moments::<LogisticFamily, 2>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<LogisticFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!LogisticFamily::contains(infinite, [0.0, 1.0]));
        }
        for bad in [0.0, -1.0] {
            assert_eq!(LogisticFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
    }

    #[test]
    fn tails_are_exact() {
        assert_log_density::<LogisticFamily, 2>(1e3, [0.0, 1.0], -1e3);
        assert_log_density::<LogisticFamily, 2>(-1e300, [0.0, 1.0], -1e300);
        // tanh(5e-10), which 1 - e^-|z| would give to seven digits only.
        let near = LogisticFamily::log_density(1e-9, [0.0, 1.0], Need::ALL);
        assert_close("slope", near.by_value, -5e-10, 1e-15);
    }
}

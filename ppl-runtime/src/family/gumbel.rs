//! The Gumbel distribution.

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
use rand_distr::Exp1;
use std::f64::consts::PI;

/// Euler's constant, `0.5772...`.
pub(super) const EULER: f64 = 0.577_215_664_901_532_9;

/// The Gumbel distribution of a maximum, with mode `loc` and the given `scale`.
///
/// # Density
///
/// `-z - e^-z - ln(scale)` with `z = (x - loc) / scale`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::gumbel::GumbelFamily;
///
/// let density = GumbelFamily::log_density(2.0_f64, [2.0, 1.0], Need::ALL);
/// assert_eq!(density.log, -1.0);
/// assert_eq!(density.by_value, 0.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GumbelFamily;

impl Univariate<2> for GumbelFamily {
    type Support = RealLine;
    const NAME: &'static str = "Gumbel";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [loc, scale]: [E; 2], _: Need) -> Density<E, 2> {
        let rate = scale.recip();
        let z = (x - loc) * rate;
        // Where it overflows, two infinities would meet: the exponential is the larger.
        let z = if z == E::neg_infinity() { E::min_value() } else { z };
        let excess = math::exp_m1(-z);
        Density {
            log: -z - excess - E::one() - math::ln(scale),
            by_value: excess * rate,
            by_parameter: [-excess * rate, -(z * excess + E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        let noise: f64 = rng.sample(Exp1);
        // An exponential draw of zero has probability 2^-53 or less; its logarithm may not reach the program.
        bounded(loc - scale * E::of(noise.max(f64::MIN_POSITIVE).ln()))
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

    fn mean<E: Numeric>([loc, scale]: [E; 2]) -> E {
        loc + scale * E::of(EULER)
    }

    fn variance<E: Numeric>([_, scale]: [E; 2]) -> E {
        scale * scale * E::of(PI * PI / 6.0)
    }

    fn entropy<E: Numeric>([_, scale]: [E; 2]) -> Option<E> {
        Some(math::ln(scale) + E::of(1.0 + EULER))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(math::exp(-math::exp((loc - x) / scale)))
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(loc - scale * math::ln(-math::ln(u)))
    }

    tails::location_scale!(Gumbel, |p| p[0], p[1]);

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::location_scale::<tails::Gumbel>(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        let bounds = cut::Bounds::of(x, bounds, loc, scale);
        Some(cut::integrate::<tails::Gumbel>(bounds).in_units_of(scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (f64::NEG_INFINITY, f64::INFINITY);
    /// Points, parameters and `scipy.stats.gumbel_r.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -1.537_285_075_288_475_2),
        (-250.0, [3.0, 40.0], -555.721_693_119_099_3),
        (0.001, [0.002, 0.0005], 2.211_846_360_611_432),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<GumbelFamily, 2>(x, p, expected);
            assert_single::<GumbelFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<GumbelFamily, 2>(x, p);
            assert_draw_partials::<GumbelFamily, 2>(x, p);
            assert_cdf::<GumbelFamily, 2>(x, p);
            assert_nan_passes::<GumbelFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 40.0], [-5.0, 0.5]] {
            assert_normalised::<GumbelFamily, 2>(p, LINE);
            assert_moments::<GumbelFamily, 2>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<GumbelFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!GumbelFamily::contains(infinite, [0.0, 1.0]));
        }
        for bad in [0.0, -1.0] {
            assert_eq!(GumbelFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
    }

    #[test]
    fn a_standardised_value_may_overflow() {
        for (x, p) in [(f64::NEG_INFINITY, [0.0, 1.0]), (0.0, [6.0, 1e-308]), (-1e300, [0.0, 1e-10])] {
            let density = GumbelFamily::log_density(x, p, Need::NONE);
            assert_eq!(density.log, f64::NEG_INFINITY, "{x} given {p:?}");
        }
    }
}

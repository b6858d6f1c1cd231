//! The normal distribution.

use super::cut::{self, Cut};
use super::double::bounded;
use super::from_end::{self, FromEnd};
use super::require;
use super::tails;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::{math, special};
use crate::support::RealLine;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::f64::consts::SQRT_2;

/// `ln(2 pi) / 2`.
pub(crate) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// The normal distribution with mean `loc` and standard deviation `scale`.
///
/// # Density
///
/// `-z^2 / 2 - ln(scale) - ln(2 pi) / 2` with `z = (x - loc) / scale`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::normal::NormalFamily;
///
/// let density = NormalFamily::log_density(3.0_f64, [1.0, 2.0], Need::ALL);
/// assert!((density.log + 2.112085713764618).abs() < 1e-15);
/// assert_eq!(density.by_value, -0.5);
/// assert_eq!(density.by_parameter, [0.5, 0.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NormalFamily;

impl Univariate<2> for NormalFamily {
    type Support = RealLine;
    const NAME: &'static str = "Normal";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    const CONSTANT_IN: u8 = 0b10;
    const RECOMPUTES: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        Self::log_density_given(x, p, Self::constants(p), need)
    }

    #[inline(always)]
    fn constants<E: Numeric>([_, scale]: [E; 2]) -> [E; 2] {
        [scale.recip(), math::ln(scale)]
    }

    #[inline(always)]
    fn log_density_given<E: Numeric>(
        x: E,
        [loc, _]: [E; 2],
        [rate, ln_scale]: [E; 2],
        _: Need,
    ) -> Density<E, 2> {
        let z = (x - loc) * rate;
        Density {
            log: -E::of(0.5) * z * z - ln_scale - E::of(HALF_LN_TWO_PI),
            by_value: -z * rate,
            by_parameter: [z * rate, (z * z - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        bounded(loc + scale * standard(rng))
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
        scale * scale
    }

    fn entropy<E: Numeric>([_, scale]: [E; 2]) -> Option<E> {
        Some(math::ln(scale) + E::of(0.5 + HALF_LN_TWO_PI))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(standard_cdf((x - loc) / scale))
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(loc + scale * standard_icdf(u))
    }

    tails::location_scale!(Normal, |p| p[0], p[1]);

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::location_scale::<tails::Normal>(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        let bounds = cut::Bounds::of(x, bounds, loc, scale);
        Some(cut::integrate::<tails::Normal>(bounds).in_units_of(scale))
    }
}

/// Returns a standard normal draw.
#[inline(always)]
pub(crate) fn standard<E: Numeric, R: Rng>(rng: &mut R) -> E {
    let noise: f64 = rng.sample(StandardNormal);
    E::of(noise)
}

/// Returns the standard normal cdf, exact in the lower tail.
pub(crate) fn standard_cdf<E: Numeric>(z: E) -> E {
    E::of(0.5) * math::erfc(-z / E::of(SQRT_2))
}

/// Returns the standard normal quantile.
pub(crate) fn standard_icdf<E: Numeric>(u: E) -> E {
    special::inverse_normal_cdf(u)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (f64::NEG_INFINITY, f64::INFINITY);
    /// Points, parameters and `scipy.stats.norm.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -1.456_487_199_491_756_5),
        (-250.0, [3.0, 40.0], -24.610_630_487_318_613),
        (0.001, [0.002, 0.0005], 4.681_963_926_337_41),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<NormalFamily, 2>(x, p, expected);
            assert_single::<NormalFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<NormalFamily, 2>(x, p);
            assert_draw_partials::<NormalFamily, 2>(x, p);
            assert_cdf::<NormalFamily, 2>(x, p);
            assert_nan_passes::<NormalFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 40.0], [-5.0, 0.5]] {
            assert_normalised::<NormalFamily, 2>(p, LINE);
            assert_moments::<NormalFamily, 2>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<NormalFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!NormalFamily::contains(infinite, [0.0, 1.0]));
        }
        for bad in [0.0, -1.0] {
            assert_eq!(NormalFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
    }

    #[test]
    fn a_scale_without_a_reciprocal_is_refused() {
        assert!(NormalFamily::check([0.0, f64::MIN_POSITIVE]).is_ok());
        for scale in [5e-324, 1e-310] {
            let refused = NormalFamily::check([0.0, scale]).unwrap_err();
            assert_eq!(
                (refused.name, refused.must),
                ("scale", "not be smaller than the smallest normal number")
            );
        }
        assert!(NormalFamily::check([0.0_f32, 1e-40]).is_err());
    }
}

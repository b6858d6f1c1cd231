//! The log-normal distribution.

use super::cut::{self, Cut};
use super::double::{moves, positive};
use super::from_end::{self, FromEnd};
use super::normal::{HALF_LN_TWO_PI, standard, standard_cdf, standard_icdf};
use super::require;
use super::tails::{self, Tails};
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Positive;
use rand::Rng;

/// The distribution of a number whose natural logarithm is normal with mean `loc` and standard deviation `scale`.
///
/// # Density
///
/// `-z^2 / 2 - ln(scale) - ln(x) - ln(2 pi) / 2` with `z = (ln(x) - loc) / scale`, for `x > 0`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::log_normal::LogNormalFamily;
///
/// let at_one = LogNormalFamily::log_density(1.0, [0.0, 1.0], Need::NONE).log;
/// assert!((at_one + 0.9189385332046728_f64).abs() < 1e-15);
/// assert_eq!(LogNormalFamily::log_density(0.0, [0.0, 1.0], Need::NONE).log, f64::NEG_INFINITY);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LogNormalFamily;

impl Univariate<2> for LogNormalFamily {
    type Support = Positive;
    const NAME: &'static str = "LogNormal";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale"];
    const STANDARD: Standard = Standard::LogLocationScale { loc: 0, scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [loc, scale]: [E; 2], _: Need) -> Density<E, 2> {
        let outside = (x <= E::zero()) | (x == E::infinity());
        // A stand-in keeps the partials finite where the value is refused.
        let x = if outside { E::one() } else { x };
        let rate = scale.recip();
        let log_x = math::ln(x);
        let z = (log_x - loc) * rate;
        let log = -E::of(0.5) * z * z - math::ln(scale) - log_x - E::of(HALF_LN_TWO_PI);
        Density {
            log: if outside { E::neg_infinity() } else { log },
            by_value: -(E::one() + z * rate) / x,
            by_parameter: [z * rate, (z * z - E::one()) * rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [loc, scale]: [E; 2]) -> E {
        positive(math::exp(loc + scale * standard(rng)).as_f64())
    }

    #[inline(always)]
    fn draw_partials<E: Numeric>(z: E, [loc, scale]: [E; 2]) -> [E; 2] {
        // Without a branch, for loops that are to become vectors.
        let moving = if moves(z) { z } else { E::zero() };
        [moving, moving * (math::ln(z) - loc) / scale]
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        x > E::zero() && x.is_finite()
    }

    fn check<E: Numeric>([loc, scale]: [E; 2]) -> Result<(), BadParameter> {
        require::finite("loc", loc)?;
        require::positive("scale", scale)
    }

    fn mode<E: Numeric>([loc, scale]: [E; 2]) -> E {
        math::exp(loc - scale * scale)
    }

    fn mean<E: Numeric>([loc, scale]: [E; 2]) -> E {
        math::exp(loc + E::of(0.5) * scale * scale)
    }

    fn variance<E: Numeric>([loc, scale]: [E; 2]) -> E {
        let square = scale * scale;
        math::exp_m1(square) * math::exp(E::of(2.0) * loc + square)
    }

    fn entropy<E: Numeric>([loc, scale]: [E; 2]) -> Option<E> {
        Some(loc + math::ln(scale) + E::of(0.5 + HALF_LN_TWO_PI))
    }

    fn cdf<E: Numeric>(x: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(if x <= E::zero() { E::zero() } else { standard_cdf((math::ln(x) - loc) / scale) })
    }

    fn icdf<E: Numeric>(u: E, [loc, scale]: [E; 2]) -> Option<E> {
        Some(math::exp(loc + scale * standard_icdf(u)))
    }

    fn log_tails(x: f64, [loc, scale]: [f64; 2]) -> Option<[f64; 2]> {
        Some(tails::Normal::logs((x.max(0.0).ln() - loc) / scale))
    }

    fn quantile_below(l: f64, [loc, scale]: [f64; 2]) -> Option<f64> {
        Some((loc + scale * tails::Normal::below(l)).exp())
    }

    fn quantile_above(l: f64, [loc, scale]: [f64; 2]) -> Option<f64> {
        Some((loc + scale * tails::Normal::above(l)).exp())
    }

    fn from_end(end: f64, gap: f64, p: [f64; 2]) -> Option<FromEnd<2>> {
        Some(from_end::log_normal(end, gap, p))
    }

    fn cut(x: f64, bounds: [f64; 2], [loc, scale]: [f64; 2]) -> Option<Cut<2>> {
        let of_logarithm = cut::integrate::<tails::Normal>(cut::Bounds::of_logarithm(x, bounds, loc, scale))
            .in_units_of(scale);
        let [low, high] = of_logarithm.at_bounds;
        Some(Cut {
            log: of_logarithm.log - x.ln(),
            // A bound at zero or below has no density.
            at_bounds: [if bounds[0] > 0.0 { low / bounds[0] } else { 0.0 }, high / bounds[1]],
            ..of_logarithm
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;
    use rand::SeedableRng;

    const LINE: Interval = (0.0, f64::INFINITY);
    /// Points, parameters and `scipy.stats.lognorm.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -0.539_771_328_456_762_7),
        (250.0, [3.0, 0.4], -25.392_124_845_151_27),
        (0.001, [-6.0, 2.5], 5.006_604_442_181_715),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<LogNormalFamily, 2>(x, p, expected);
            assert_single::<LogNormalFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<LogNormalFamily, 2>(x, p);
            assert_draw_partials::<LogNormalFamily, 2>(x, p);
            assert_cdf::<LogNormalFamily, 2>(x, p);
            assert_nan_passes::<LogNormalFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [3.0, 0.4], [-5.0, 0.5]] {
            assert_normalised::<LogNormalFamily, 2>(p, LINE);
            assert_moments::<LogNormalFamily, 2>(p, LINE);
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<LogNormalFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, 0.0, f64::INFINITY] {
            assert!(!LogNormalFamily::contains(outside, [0.0, 1.0]));
            assert_log_density::<LogNormalFamily, 2>(outside, [0.0, 1.0], f64::NEG_INFINITY);
        }
        for bad in [0.0, -1.0] {
            assert_eq!(LogNormalFamily::check([0.0, bad]).unwrap_err().name, "scale");
        }
        // The smallest and the largest double.
        for x in [f64::MIN_POSITIVE, f64::MAX] {
            assert!(LogNormalFamily::log_density(x, [0.0, 1.0], Need::NONE).log.is_finite());
        }
    }

    #[test]
    fn draws_are_positive_and_finite_where_their_exponential_is_not() {
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
        for loc in [-2000.0, 2000.0] {
            let draw: f64 = LogNormalFamily::draw(&mut rng, [loc, 1.0]);
            assert!(LogNormalFamily::contains(draw, [loc, 1.0]), "{draw}");
            let draw: f32 = LogNormalFamily::draw(&mut rng, [loc as f32, 1.0]);
            assert!(LogNormalFamily::contains(draw, [loc as f32, 1.0]), "{draw}");
        }
        let unknown: f64 = LogNormalFamily::draw(&mut rng, [f64::NAN, 1.0]);
        assert!(unknown.is_nan());
    }
}

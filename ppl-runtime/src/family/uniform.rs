//! The uniform distribution.

use super::cut::Cut;
use super::from_end::FromEnd;
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Bounded;
use rand::{Rng, RngExt};

/// The uniform distribution between `low` and `high`, both of which belong to it.
///
/// # Density
///
/// `-ln(high - low)` for `low <= x <= high`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::uniform::UniformFamily;
///
/// assert_eq!(UniformFamily::log_density(3.0, [2.0, 3.0], Need::NONE).log, 0.0);
/// assert_eq!(UniformFamily::log_density(3.5, [2.0, 3.0], Need::NONE).log, f64::NEG_INFINITY);
/// assert_eq!(UniformFamily::check([3.0, 2.0]).unwrap_err().name, "high");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UniformFamily;

impl Univariate<2> for UniformFamily {
    type Support = Bounded;
    const NAME: &'static str = "Uniform";
    const PARAMETERS: [&'static str; 2] = ["low", "high"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = true;
    const JUMPS: usize = 2;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [low, high]: [E; 2], _: Need) -> Density<E, 2> {
        let outside = (x < low) | (x > high);
        let width = high - low;
        // Adding the value times zero lets NaN through.
        let log = x * E::zero() - math::ln(width);
        let rate = width.recip();
        Density {
            log: if outside { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [rate, -rate],
        }
    }

    #[inline(always)]
    fn draw<E: Numeric, R: Rng>(rng: &mut R, [low, high]: [E; 2]) -> E {
        let u: f64 = rng.random();
        // Rounding may carry the sum past the upper end.
        (low + (high - low) * E::of(u)).min(high)
    }

    #[inline(always)]
    fn draw_partials<E: Numeric>(z: E, [low, high]: [E; 2]) -> [E; 2] {
        let width = high - low;
        [(high - z) / width, (z - low) / width]
    }

    fn contains<E: Numeric>(x: E, [low, high]: [E; 2]) -> bool {
        x >= low && x <= high
    }

    fn check<E: Numeric>([low, high]: [E; 2]) -> Result<(), BadParameter> {
        require::finite("low", low)?;
        require::finite("high", high)?;
        let width = high - low;
        if width > E::zero() && width.is_finite() {
            Ok(())
        } else {
            Err(BadParameter { name: "high", must: "exceed `low`, by a finite amount" })
        }
    }

    fn mean<E: Numeric>([low, high]: [E; 2]) -> E {
        E::of(0.5) * low + E::of(0.5) * high
    }

    fn variance<E: Numeric>([low, high]: [E; 2]) -> E {
        (high - low) * (high - low) / E::of(12.0)
    }

    fn entropy<E: Numeric>([low, high]: [E; 2]) -> Option<E> {
        Some(math::ln(high - low))
    }

    fn cdf<E: Numeric>(x: E, [low, high]: [E; 2]) -> Option<E> {
        Some(((x - low) / (high - low)).max(E::zero()).min(E::one()))
    }

    fn icdf<E: Numeric>(u: E, [low, high]: [E; 2]) -> Option<E> {
        Some(low + (high - low) * u)
    }

    super::tails::location_scale!(Uniform, |p| p[0], (p[1] - p[0]));

    const CUT_IS_CHEAP: bool = true;

    fn from_end(end: f64, gap: f64, [low, _]: [f64; 2]) -> Option<FromEnd<2>> {
        let inside = gap <= end - low;
        Some(if inside {
            FromEnd { log: 0.0, by_gap: 0.0, by_parameter: [0.0; 2] }
        } else {
            FromEnd::OUTSIDE
        })
    }

    fn cut(_: f64, bounds: [f64; 2], [low, high]: [f64; 2]) -> Option<Cut<2>> {
        // What moves an end of the interval is the nearer of bound and parameter.
        let inside = [bounds[0] >= low, bounds[1] <= high];
        let begin = if inside[0] { bounds[0] } else { low };
        let end = if inside[1] { bounds[1] } else { high };
        let rate = (end - begin).recip();
        let [at_low, at_high] = inside.map(|inside| if inside { [rate, 0.0] } else { [0.0, rate] });
        Some(Cut {
            log: -(end - begin).ln(),
            at_bounds: [at_low[0], at_high[0]],
            by_parameter: [at_low[1], -at_high[1]],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.uniform.logpdf`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (0.3, [0.1, 1.7], -0.470_003_629_245_735_47),
        (25.0, [-3.0, 40.0], -3.761_200_115_693_562_4),
        (0.001, [0.0005, 0.002], 6.502_290_170_873_972),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<UniformFamily, 2>(x, p, expected);
            assert_single::<UniformFamily, 2>(x, p, 2e-6);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<UniformFamily, 2>(x, p);
            assert_draw_partials::<UniformFamily, 2>(x, p);
            assert_cdf::<UniformFamily, 2>(x, p);
            assert_nan_passes::<UniformFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[0.1, 1.7], [-3.0, 40.0], [5.0, 5.001]] {
            assert_normalised::<UniformFamily, 2>(p, (p[0], p[1]));
            assert_moments::<UniformFamily, 2>(p, (p[0], p[1]));
        }
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<UniformFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        assert_log_density::<UniformFamily, 2>(2.0, [2.0, 4.0], -std::f64::consts::LN_2);
        assert_log_density::<UniformFamily, 2>(4.0, [2.0, 4.0], -std::f64::consts::LN_2);
        for outside in [1.999, 4.001, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!UniformFamily::contains(outside, [2.0, 4.0]));
            assert_log_density::<UniformFamily, 2>(outside, [2.0, 4.0], f64::NEG_INFINITY);
        }
        for bad in [[2.0, 2.0], [2.0, 1.0], [f64::MIN, f64::MAX]] {
            assert_eq!(UniformFamily::check(bad).unwrap_err().name, "high");
        }
    }
}

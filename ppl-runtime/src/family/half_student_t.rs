//! The half-Student-t distribution.

use super::double::{outside, require_positive, rounded};
use super::student_t::{self, StudentTFamily};
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::special::{self, ln_beta};
use crate::support::Positive;
use rand::Rng;
use std::f64::consts::LN_2;

/// The distribution of the absolute value of a number that is Student's t with `df` degrees of freedom, location zero and the given
/// `scale`.
///
/// # Density
///
/// Twice that of [`StudentTFamily`] for `x >= 0`: proportional to `(1 + z^2/df)^(-(df + 1)/2)` with `z = x / scale`. With one degree
/// of freedom it is half-Cauchy, with many half-normal.
///
/// A draw too large for the element is the largest number. The pathwise gradient by `df` is implicit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, half_cauchy::HalfCauchyFamily, half_student_t::HalfStudentTFamily};
///
/// let below = HalfStudentTFamily::cdf(3.0_f64, [1.0, 5.0]).unwrap();
/// assert!((below - HalfCauchyFamily::cdf(3.0_f64, [5.0]).unwrap()).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HalfStudentTFamily;

fn density(x: f64, [df, scale]: [f64; 2], need: Need) -> Density<f64, 2> {
    if x < 0.0 {
        return outside(x, [df, scale]);
    }
    let need = Need::of(need.value(), [need.parameter(0), false, need.parameter(1)]);
    let whole = student_t::density(x, [df, 0.0, scale], need);
    let [by_df, _, by_scale] = whole.by_parameter;
    Density { log: whole.log + LN_2, by_value: whole.by_value, by_parameter: [by_df, by_scale] }
}

impl Univariate<2> for HalfStudentTFamily {
    type Support = Positive;
    const NAME: &'static str = "HalfStudentT";
    const PARAMETERS: [&'static str; 2] = ["df", "scale"];
    const STANDARD: Standard = Standard::Scale { scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64), need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [df, scale]: [E; 2]) -> E {
        StudentTFamily::draw(rng, [df, E::zero(), scale]).abs()
    }

    fn draw_partials<E: Numeric>(z: E, [df, scale]: [E; 2]) -> [E; 2] {
        let y = z / scale;
        [scale * special::student_draw_derivative(y, df), y]
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        x >= E::zero() && x.is_finite()
    }

    fn check<E: Numeric>([df, scale]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("df", df)?;
        require_positive("scale", scale)
    }

    /// Infinite up to one degree of freedom.
    fn mean<E: Numeric>(p: [E; 2]) -> E {
        let [df, scale] = p.map(E::as_f64);
        E::of(if df > 1.0 { scale * standard_mean(df) } else { f64::INFINITY })
    }

    /// Infinite up to two degrees of freedom.
    fn variance<E: Numeric>(p: [E; 2]) -> E {
        let [df, scale] = p.map(E::as_f64);
        E::of(if df > 2.0 {
            scale * scale * (df / (df - 2.0) - standard_mean(df).powi(2))
        } else {
            f64::INFINITY
        })
    }

    fn entropy<E: Numeric>([df, scale]: [E; 2]) -> Option<E> {
        StudentTFamily::entropy([df, E::zero(), scale]).map(|whole| whole - E::of(LN_2))
    }

    fn cdf<E: Numeric>(x: E, p: [E; 2]) -> Option<E> {
        let [df, scale] = p.map(E::as_f64);
        let [within, _] = student_t::within_and_beyond(x.as_f64().max(0.0) / scale, df);
        Some(E::of(within))
    }
}

/// Returns the mean for the scale one, of more than one degree of freedom.
fn standard_mean(df: f64) -> f64 {
    2.0 * (0.5 * df.ln() - ln_beta(0.5 * df, 0.5)).exp() / (df - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;
    use crate::family::half_normal::HalfNormalFamily;

    const LINE: Interval = (0.0, f64::INFINITY);
    /// Points, parameters and `scipy.stats.t.logpdf(x, df, 0, scale) + ln(2)`.
    const CASES: [(f64, [f64; 2], f64); 4] = [
        (0.7, [2.5, 1.3], -0.777_883_574_101_492_3),
        (1e6, [0.3, 2.0], -19.314_294_842_494_93),
        (3.0, [50.0, 0.5], -13.366_913_254_957_986),
        (0.001, [4.0, 40.0], -3.976_561_526_956_342),
    ];

    #[test]
    fn densities_are_twice_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<HalfStudentTFamily, 2>(x, p, expected);
            assert_single::<HalfStudentTFamily, 2>(x, p, 1e-5);
        }
        assert_log_density::<HalfStudentTFamily, 2>(2.0, [1e8, 1.0], -2.225_791_335_144_729_4);
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.7, [2.5, 1.3]), (0.8, [4.0, 0.2]), (150.0, [60.0, 80.0])] {
            assert_partials::<HalfStudentTFamily, 2>(x, p);
            assert_cdf::<HalfStudentTFamily, 2>(x, p);
            assert_draw_partials_by_density::<HalfStudentTFamily, 2>(x, p, LINE);
            assert_nan_passes::<HalfStudentTFamily, 2>(x, p);
            assert_normalised::<HalfStudentTFamily, 2>(p, LINE);
            assert_draws::<HalfStudentTFamily, 2>(7, 50_000, p);
        }
        assert_draw_partials::<HalfStudentTFamily, 2>(0.7, [2.5, 1.3]);
        for p in [[4.0, 0.2], [60.0, 80.0]] {
            assert_moments::<HalfStudentTFamily, 2>(p, LINE);
        }
        assert_draws::<HalfStudentTFamily, 2>(8, 50_000, [0.1, 1.0]);
    }

    #[test]
    fn moments_are_those_of_the_formulas_in_fifty_digits() {
        // mpmath; the variance of the half is `E x^2` less the square of the mean.
        for (p, mean, variance, entropy) in [
            ([4.0_f64, 0.2], 0.2, 0.04, -0.620_825_076_115_379_3),
            ([60.0, 80.0], 64.642_748_053_679_66, 2_442.004_779_240_908_7, 5.124_553_317_570_442),
            ([2.5, 1.3], 1.567_837_804_128_118, 5.991_884_619_946_73, 1.416_977_154_483_467_3),
        ] {
            assert_close("mean", HalfStudentTFamily::mean(p), mean, 1e-13);
            assert_close("variance", HalfStudentTFamily::variance(p), variance, 1e-12);
            assert_close("entropy", HalfStudentTFamily::entropy(p).unwrap(), entropy, 1e-13);
        }
        assert_eq!(HalfStudentTFamily::mean([1.0, 1.0]), f64::INFINITY);
        assert_eq!(HalfStudentTFamily::variance([2.0, 1.0]), f64::INFINITY);
    }

    #[test]
    fn many_degrees_of_freedom_are_half_normal() {
        let p = [1e12, 2.5];
        let of_half_normal = HalfNormalFamily::log_density(3.0, [2.5], Need::ALL);
        let density = HalfStudentTFamily::log_density(3.0, p, Need::ALL);
        assert_close("log", density.log, of_half_normal.log, 1e-10);
        assert_close("by value", density.by_value, of_half_normal.by_value, 1e-10);
        assert_close("mean", HalfStudentTFamily::mean(p), HalfNormalFamily::mean([2.5]), 1e-10);
        assert_close("variance", HalfStudentTFamily::variance(p), HalfNormalFamily::variance([2.5]), 1e-10);
    }

    #[test]
    fn edges() {
        let p = [3.0, 2.0];
        for outside in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!HalfStudentTFamily::contains(outside, p));
            assert_log_density::<HalfStudentTFamily, 2>(outside, p, f64::NEG_INFINITY);
        }
        assert!(HalfStudentTFamily::contains(0.0, p));
        let edge = HalfStudentTFamily::log_density(0.0_f64, p, Need::ALL);
        assert!(edge.log.is_finite() && edge.by_parameter[0].is_finite());
        assert_eq!((edge.by_value, edge.by_parameter[1]), (0.0, -0.5));
        assert_eq!(HalfStudentTFamily::cdf(-1.0, p), Some(0.0));
        assert_eq!(HalfStudentTFamily::cdf(f64::INFINITY, p), Some(1.0));
        // Near the edge the cdf is the density there times the distance, to all digits.
        let tiny = HalfStudentTFamily::cdf(1e-30, p).unwrap();
        assert_close("near the edge", tiny, 1e-30 * edge.log.exp(), 1e-13);
        for (bad, name) in [([0.0, 1.0], "df"), ([1.0, -1.0], "scale"), ([f64::INFINITY, 1.0], "df")] {
            assert_eq!(HalfStudentTFamily::check(bad).unwrap_err().name, name);
        }
    }

    #[test]
    fn draws_at_extremes_stay_in_the_support() {
        for p in [[1e-3, 1e300], [1e-300, 1.0], [1e300, 1e-300], [2.0, f64::MIN_POSITIVE]] {
            draws::<HalfStudentTFamily, 2>(1, 100, p);
        }
    }
}

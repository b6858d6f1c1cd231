//! Student's t distribution, with a location and a scale.

use super::double::{finite, outside, require_finite, require_positive, rounded};
use super::gamma_draw::GammaDraw;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::special::{self, digamma_difference, ln_1p_square, ln_beta, student_score};
use crate::support::RealLine;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Student's t family: density proportional to `(1 + y^2/df)^(-(df + 1)/2)` with `y = (x - loc)/scale`.
///
/// A draw too large for the element is the largest number. The pathwise gradient by `df` is implicit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, student_t::StudentTFamily};
/// assert_eq!(StudentTFamily::variance([4.0_f64, 0.0, 3.0]), 18.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StudentTFamily;

pub(super) fn density(x: f64, [df, loc, scale]: [f64; 3], need: Need) -> Density<f64, 3> {
    if !x.is_finite() || df.is_nan() || loc.is_nan() || scale.is_nan() {
        return outside(x, [df, loc, scale]);
    }
    let y = (x - loc) / scale;
    let power = df + 1.0;
    let log = -ln_beta(0.5 * df, 0.5) - 0.5 * df.ln() - scale.ln() - 0.5 * power * ln_1p_square(y, df);
    // y / (df + y^2), also where the square overflows.
    let pull = power / (df / y + y) / scale;
    Density {
        log,
        by_value: -pull,
        by_parameter: [
            if need.parameter(0) { student_score(y, df) } else { 0.0 },
            pull,
            (power / (1.0 + df / (y * y)) - 1.0) / scale,
        ],
    }
}

/// Returns the probabilities that a standard number lies within `-|y|` and `|y|` and that it does not.
pub(super) fn within_and_beyond(y: f64, df: f64) -> [f64; 2] {
    let w = y * y / df;
    // The smaller of the two complementary arguments keeps its digits.
    if w < 1.0 {
        let within = special::beta_inc(0.5, 0.5 * df, w / (1.0 + w));
        [within, 1.0 - within]
    } else {
        let beyond = special::beta_inc(0.5 * df, 0.5, (1.0 + w).recip());
        [1.0 - beyond, beyond]
    }
}

fn cdf(y: f64, df: f64) -> f64 {
    let upper = 0.5 * within_and_beyond(y, df)[1];
    if y < 0.0 { upper } else { 1.0 - upper }
}

impl Univariate<3> for StudentTFamily {
    type Support = RealLine;
    const NAME: &'static str = "StudentT";
    const PARAMETERS: [&'static str; 3] = ["df", "loc", "scale"];
    const STANDARD: Standard = Standard::LocationScale { loc: 1, scale: 2 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;
    const HAS_MODE: bool = true;

    fn log_density<E: Numeric>(x: E, p: [E; 3], need: Need) -> Density<E, 3> {
        rounded(density(x.as_f64(), p.map(E::as_f64), need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 3]) -> E {
        let [df, loc, scale] = p.map(E::as_f64);
        let normal: f64 = StandardNormal.sample(rng);
        // The square root of df/2 over a Gamma(df/2).
        let draw = GammaDraw::new(rng, 0.5 * df);
        let square =
            draw.value().map_or_else(|| ((0.5 * df).ln() - draw.ln()).exp(), |value| 0.5 * df / value);
        // Where the square overflows its root may not: that is computed in log space.
        let stretch =
            if square < f64::INFINITY { square.sqrt() } else { (0.5 * ((0.5 * df).ln() - draw.ln())).exp() };
        let away = if normal == 0.0 { normal } else { normal * stretch };
        finite(loc + scale * away)
    }

    fn draw_partials<E: Numeric>(z: E, [df, loc, scale]: [E; 3]) -> [E; 3] {
        let y = (z - loc) / scale;
        [scale * special::student_draw_derivative(y, df), E::one(), y]
    }

    fn contains<E: Numeric>(x: E, _: [E; 3]) -> bool {
        x.is_finite()
    }

    fn check<E: Numeric>([df, loc, scale]: [E; 3]) -> Result<(), BadParameter> {
        require_positive("df", df)?;
        require_finite("loc", loc)?;
        require_positive("scale", scale)
    }

    fn mode<E: Numeric>([_, loc, _]: [E; 3]) -> E {
        loc
    }

    /// NaN up to one degree of freedom.
    fn mean<E: Numeric>([df, loc, _]: [E; 3]) -> E {
        if df > E::one() { loc } else { E::nan() }
    }

    /// Infinite up to two degrees of freedom, and NaN up to one.
    fn variance<E: Numeric>([df, _, scale]: [E; 3]) -> E {
        let two = E::of(2.0);
        if df > two {
            scale * scale * (df / (df - two))
        } else if df > E::one() {
            E::infinity()
        } else {
            E::nan()
        }
    }

    fn entropy<E: Numeric>(p: [E; 3]) -> Option<E> {
        let [df, _, scale] = p.map(E::as_f64);
        let spread = 0.5 * (df + 1.0) * digamma_difference(0.5 * df, 0.5);
        Some(E::of(spread + 0.5 * df.ln() + ln_beta(0.5 * df, 0.5) + scale.ln()))
    }

    fn cdf<E: Numeric>(x: E, p: [E; 3]) -> Option<E> {
        let [df, loc, scale] = p.map(E::as_f64);
        Some(E::of(cdf((x.as_f64() - loc) / scale, df)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const LINE: check::Interval = (f64::NEG_INFINITY, f64::INFINITY);

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.t.logpdf(x, df, loc, scale).
        for (x, p, expected) in [
            (0.7, [2.5, 0.1, 1.3], -1.4221028365017003),
            (1000000.0, [0.3, 0.0, 2.0], -20.007442023054875),
            (-3.0, [50.0, 1.0, 0.5], -21.24726481511311),
            (2.0, [100000000.0, 0.0, 1.0], -2.9189385157046734),
        ] {
            check::assert_log_density::<StudentTFamily, 3>(x, p, expected);
        }
        // The square of the standardised value overflows here: -2 ln |x| + ln(1/pi).
        let far = StudentTFamily::log_density(1e200, [1.0, 0.0, 1.0], Need::ALL);
        check::assert_close("far", far.log, -400.0 * 10.0_f64.ln() - std::f64::consts::PI.ln(), 1e-14);
        check::assert_close("far", far.by_value, -2e-200, 1e-14);
        assert_eq!(
            StudentTFamily::log_density(f64::INFINITY, [1.0, 0.0, 1.0], Need::ALL).log,
            f64::NEG_INFINITY
        );
        let middle = StudentTFamily::log_density(0.5, [3.0, 0.5, 2.0], Need::ALL);
        assert_eq!((middle.by_value, middle.by_parameter[2]), (0.0, -0.5));
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.7, [2.5, 0.1, 1.3]), (-40.0, [4.0, 3.0, 0.2]), (1e3, [60.0, 1.1e3, 80.0])] {
            check::assert_partials::<StudentTFamily, 3>(x, p);
            check::assert_cdf::<StudentTFamily, 3>(x, p);
            check::assert_draw_partials_by_density::<StudentTFamily, 3>(x, p, LINE);
            check::assert_single::<StudentTFamily, 3>(x, p, 1e-5);
            check::assert_nan_passes::<StudentTFamily, 3>(x, p);
            check::assert_normalised::<StudentTFamily, 3>(p, LINE);
            check::assert_draws::<StudentTFamily, 3>(7, 50_000, p);
        }
        check::assert_draw_partials::<StudentTFamily, 3>(0.7, [2.5, 0.1, 1.3]);
        check::assert_moments::<StudentTFamily, 3>([4.0, 3.0, 0.2], LINE);
        check::assert_moments::<StudentTFamily, 3>([60.0, 1.0, 80.0], LINE);
        check::assert_draws::<StudentTFamily, 3>(8, 50_000, [0.1, 0.0, 1.0]);
        assert!(StudentTFamily::mean([1.0_f64, 0.0, 1.0]).is_nan());
        assert_eq!(StudentTFamily::variance([1.5, 0.0, 1.0]), f64::INFINITY);
    }
}

//! The Gamma distribution, with a shape and a rate.

use super::double::{moves, outside, positive, require_positive, rounded, zero_times};
use super::gamma_draw::GammaDraw;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::{self, ln_gamma_kernel, ln_less_digamma};
use crate::support::Positive;
use rand::Rng;

/// The Gamma family: density `rate^shape x^(shape - 1) e^(-rate x) / Gamma(shape)` for `x > 0`.
///
/// A draw too small for the element is the smallest normal number. The pathwise gradient is implicit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, gamma::GammaFamily};
/// let density = GammaFamily::log_density(2.0_f64, [1.0, 3.0], Need::ALL);
/// assert!((density.log - (3.0_f64.ln() - 6.0)).abs() < 1e-14);
/// ```
///
/// # References
///
/// Figurnov, Mohamed and Mnih (2018), Implicit reparameterization gradients, equation 5.
#[derive(Clone, Copy, Debug)]
pub struct GammaFamily;

fn density(x: f64, [shape, rate]: [f64; 2], need: Need) -> Density<f64, 2> {
    if !(0.0..f64::INFINITY).contains(&x) || shape.is_nan() || rate.is_nan() {
        return outside(x, [shape, rate]);
    }
    let ln_scaled = rate.ln() + x.ln();
    let log = if x == 0.0 {
        // x^(shape - 1) is all that can vanish or diverge.
        zero_times(shape - 1.0, x.ln()) + shape * rate.ln() - math::ln_gamma(shape)
    } else {
        ln_gamma_kernel(shape, rate * x, ln_scaled) - x.ln()
    };
    Density {
        log,
        by_value: if shape == 1.0 { -rate } else { (shape - 1.0) / x - rate },
        by_parameter: [
            if need.parameter(0) { ln_less_digamma(shape, rate * x, ln_scaled) } else { 0.0 },
            shape / rate - x,
        ],
    }
}

impl Univariate<2> for GammaFamily {
    type Support = Positive;
    const NAME: &'static str = "Gamma";
    const PARAMETERS: [&'static str; 2] = ["shape", "rate"];
    const STANDARD: Standard = Standard::Rate { rate: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64), need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        let [shape, rate] = p.map(E::as_f64);
        let draw = GammaDraw::new(rng, shape);
        positive(draw.value().map_or_else(|| (draw.ln() - rate.ln()).exp(), |value| value / rate))
    }

    fn draw_partials<E: Numeric>(z: E, [shape, rate]: [E; 2]) -> [E; 2] {
        if !moves(z) {
            return [E::zero(); 2];
        }
        let ln_unit = z.as_f64().ln() + rate.as_f64().ln();
        let by_log = special::gamma_log_draw_derivative(ln_unit, shape.as_f64());
        [E::of(z.as_f64() * by_log), -z / rate]
    }

    fn contains<E: Numeric>(x: E, [shape, _]: [E; 2]) -> bool {
        x > E::zero() && x.is_finite() || x == E::zero() && shape == E::one()
    }

    fn check<E: Numeric>([shape, rate]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("shape", shape)?;
        require_positive("rate", rate)
    }

    fn mean<E: Numeric>([shape, rate]: [E; 2]) -> E {
        shape / rate
    }

    fn variance<E: Numeric>([shape, rate]: [E; 2]) -> E {
        shape / rate / rate
    }

    fn entropy<E: Numeric>(p: [E; 2]) -> Option<E> {
        let [shape, rate] = p.map(E::as_f64);
        Some(E::of(shape - rate.ln() + math::ln_gamma(shape) + (1.0 - shape) * math::digamma(shape)))
    }

    fn cdf<E: Numeric>(x: E, [shape, rate]: [E; 2]) -> Option<E> {
        Some(special::gamma_p(shape, rate * x))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const LINE: check::Interval = (0.0, f64::INFINITY);

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.gamma.logpdf(x, shape, scale=1/rate), by mpmath for the largest shape.
        for (x, p, expected) in [
            (0.7, [2.5, 1.3], -1.07378462521229),
            (1e-10, [0.01, 3.0], 18.20709866518571),
            (50.0, [12.0, 0.2], -3.7833097353734835),
            (1010.0, [1000000.0, 1000.0], -50.598035779308326),
            (3.0, [1.0, 2.0], -5.306852819440055),
        ] {
            check::assert_log_density::<GammaFamily, 2>(x, p, expected);
        }
        let at = |x: f64, p| GammaFamily::log_density(x, p, Need::ALL);
        assert_eq!(at(0.0, [1.0, 3.0]).log, 3.0_f64.ln());
        assert_eq!(at(0.0, [1.0, 3.0]).by_value, -3.0);
        assert_eq!(at(0.0, [0.5, 3.0]).log, f64::INFINITY);
        assert_eq!(at(0.0, [2.0, 3.0]).log, f64::NEG_INFINITY);
        assert_eq!(at(-1.0, [2.0, 3.0]).log, f64::NEG_INFINITY);
        assert!(at(1e-320, [30.0, 3.0]).log.is_finite() && at(1e300, [30.0, 3.0]).log.is_finite());
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.7, [2.5, 1.3]), (2e-3, [0.3, 20.0]), (900.0, [40.0, 0.05]), (9.3, [1000.0, 100.0])]
        {
            check::assert_partials::<GammaFamily, 2>(x, p);
            check::assert_cdf::<GammaFamily, 2>(x, p);
            check::assert_draw_partials_by_density::<GammaFamily, 2>(x, p, LINE);
            check::assert_single::<GammaFamily, 2>(x, p, 1e-6);
            check::assert_nan_passes::<GammaFamily, 2>(x, p);
        }
        for p in [[2.5, 1.3], [0.3, 20.0], [40.0, 0.05]] {
            check::assert_normalised::<GammaFamily, 2>(p, LINE);
            check::assert_moments::<GammaFamily, 2>(p, LINE);
            check::assert_draws::<GammaFamily, 2>(7, 50_000, p);
        }
        check::assert_draw_partials::<GammaFamily, 2>(0.7, [2.5, 1.3]);
        check::assert_draws::<GammaFamily, 2>(8, 50_000, [0.05, 1.0]);
        assert!(check::draws::<GammaFamily, 2>(9, 1000, [1e-3, 1.0]).iter().all(|&z| z > 0.0));
    }

    #[test]
    fn the_cdf_of_a_tiny_shape_stays_in_the_unit_interval() {
        for shape in [1e-300, 1e-45, 1e-16] {
            let below = GammaFamily::cdf(1.0, [shape, 0.5]).unwrap();
            assert!((0.0..=1.0).contains(&below) && below > 0.999, "{shape}: {below}");
        }
    }
}

//! The inverse Gamma distribution, with a shape and a scale.

use super::double::{moves, outside, positive, require_positive, rounded};
use super::gamma_draw::GammaDraw;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::{self, ln_gamma_kernel, ln_less_digamma};
use crate::support::Positive;
use rand::Rng;

/// The inverse Gamma family: density `scale^shape x^(-shape - 1) e^(-scale / x) / Gamma(shape)` for `x > 0`.
///
/// The pathwise gradient is implicit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, inverse_gamma::InverseGammaFamily};
/// assert_eq!(InverseGammaFamily::mean([3.0_f64, 4.0]), 2.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InverseGammaFamily;

fn density(x: f64, [shape, scale]: [f64; 2], need: Need) -> Density<f64, 2> {
    if !(x > 0.0 && x < f64::INFINITY) || shape.is_nan() || scale.is_nan() {
        return outside(x, [shape, scale]);
    }
    let (ln_x, ln_inverse) = (x.ln(), scale.ln() - x.ln());
    Density {
        log: ln_gamma_kernel(shape, scale / x, ln_inverse) - ln_x,
        by_value: (scale / x - (shape + 1.0)) / x,
        by_parameter: [
            if need.parameter(0) { ln_less_digamma(shape, scale / x, ln_inverse) } else { 0.0 },
            shape / scale - x.recip(),
        ],
    }
}

impl Univariate<2> for InverseGammaFamily {
    type Support = Positive;
    const NAME: &'static str = "InverseGamma";
    const PARAMETERS: [&'static str; 2] = ["shape", "scale"];
    const STANDARD: Standard = Standard::Scale { scale: 1 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64), need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        let [shape, scale] = p.map(E::as_f64);
        let draw = GammaDraw::new(rng, shape);
        positive(draw.value().map_or_else(|| (scale.ln() - draw.ln()).exp(), |value| scale / value))
    }

    fn draw_partials<E: Numeric>(z: E, [shape, scale]: [E; 2]) -> [E; 2] {
        if !moves(z) {
            return [E::zero(); 2];
        }
        let ln_unit = scale.as_f64().ln() - z.as_f64().ln();
        let by_log = special::gamma_log_draw_derivative(ln_unit, shape.as_f64());
        [E::of(-z.as_f64() * by_log), z / scale]
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        x > E::zero() && x.is_finite()
    }

    fn check<E: Numeric>([shape, scale]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("shape", shape)?;
        require_positive("scale", scale)
    }

    /// Infinite for shapes up to one.
    fn mean<E: Numeric>([shape, scale]: [E; 2]) -> E {
        if shape <= E::one() { E::infinity() } else { scale / (shape - E::one()) }
    }

    /// Infinite for shapes up to two, and NaN where the mean is infinite.
    fn variance<E: Numeric>([shape, scale]: [E; 2]) -> E {
        let mean = Self::mean([shape, scale]);
        let two = E::of(2.0);
        if mean.is_infinite() {
            E::nan()
        } else if shape <= two {
            E::infinity()
        } else {
            mean * mean / (shape - two)
        }
    }

    fn entropy<E: Numeric>(p: [E; 2]) -> Option<E> {
        let [shape, scale] = p.map(E::as_f64);
        Some(E::of(shape + scale.ln() + math::ln_gamma(shape) - (1.0 + shape) * math::digamma(shape)))
    }

    fn cdf<E: Numeric>(x: E, [shape, scale]: [E; 2]) -> Option<E> {
        Some(if x <= E::zero() { E::zero() } else { special::gamma_q(shape, scale / x) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const LINE: check::Interval = (0.0, f64::INFINITY);

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.invgamma.logpdf(x, shape, scale=scale).
        for (x, p, expected) in [
            (0.7, [2.5, 1.3], -0.23755276266148523),
            (100000000.0, [0.01, 3.0], -23.19338133654723),
            (50.0, [12.0, 500.0], -3.7833097353734835),
            (0.001, [1.0, 2.0], -1985.4913422614757),
        ] {
            check::assert_log_density::<InverseGammaFamily, 2>(x, p, expected);
        }
        for x in [0.0, -1.0, f64::INFINITY] {
            assert_eq!(InverseGammaFamily::log_density(x, [2.0, 3.0], Need::ALL).log, f64::NEG_INFINITY);
        }
        assert!(InverseGammaFamily::log_density(1e300_f64, [30.0, 3.0], Need::ALL).log.is_finite());
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.7, [2.5, 1.3]), (3.0, [0.3, 0.02]), (900.0, [40.0, 3e4])] {
            check::assert_partials::<InverseGammaFamily, 2>(x, p);
            check::assert_cdf::<InverseGammaFamily, 2>(x, p);
            check::assert_draw_partials_by_density::<InverseGammaFamily, 2>(x, p, LINE);
            check::assert_single::<InverseGammaFamily, 2>(x, p, 1e-6);
            check::assert_nan_passes::<InverseGammaFamily, 2>(x, p);
            check::assert_normalised::<InverseGammaFamily, 2>(p, LINE);
            check::assert_draws::<InverseGammaFamily, 2>(7, 50_000, p);
        }
        check::assert_moments::<InverseGammaFamily, 2>([3.5, 1.3], LINE);
        check::assert_moments::<InverseGammaFamily, 2>([40.0, 3e4], LINE);
        assert!(InverseGammaFamily::variance([0.5_f64, 1.0]).is_nan());
        assert_eq!(InverseGammaFamily::variance([1.5, 1.0]), f64::INFINITY);
    }
}

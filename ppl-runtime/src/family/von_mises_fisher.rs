//! The von Mises-Fisher distribution of directions.

use super::directions::Apart;
use super::gamma_draw::GammaDraw;
use super::normal::standard;
use super::require;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::{Resultant, sphere_angle_slope};
use crate::support::{UnitVector, has_unit_length, length};
use rand::{Rng, RngExt};
use std::f64::consts::{LN_2, PI};

/// The von Mises-Fisher family: unit vectors `x` in `D >= 2` dimensions with a density proportional to
/// `exp(concentration mean_direction . x)`; uniform over the sphere where the concentration is zero.
///
/// # Density
///
/// `concentration (mean_direction . x - 1) - ln(2 pi^(D/2) / Gamma(D/2)) - ln(Gamma(D/2) (2/k)^v I_v(k) e^-k)` with `v = D/2 - 1` and
/// `k = concentration`, with respect to area on the sphere; `-inf` where `x` has another length than one, to half the digits of the
/// number type. Within these the density and its partials are those of the directions, whatever the lengths: the
/// partials by the value and by the mean direction lie along the sphere.
///
/// In two dimensions it is the von Mises distribution of the angle, in three it is Fisher's.
///
/// # Draws
///
/// The cosine is drawn by rejection (Wood, 1994), in three dimensions by its quantile; the direction across the mean is uniform. A draw
/// moves with the mean direction as the sphere does in the smallest rotation that takes the mean along. By the concentration it moves along the great
/// circle through the mean, with the cdf of the angle held fixed (implicitly).
///
/// # Shapes
///
/// `concentration`: one number; `mean_direction`: `[D]`. The value is `[D]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Structured, von_mises_fisher::VonMisesFisherFamily};
///
/// let log = |x: &[f64; 3], concentration: f64| {
///     let (p, shape): ([&[f64]; 2], [&[usize]; 2]) = ([&[concentration], &[0.0, 0.6, 0.8]], [&[], &[3]]);
///     VonMisesFisherFamily::log_density(x, p, shape, Need::NONE, 1.0, &mut [], [&mut [], &mut []], &mut [])
/// };
/// let area = 4.0 * std::f64::consts::PI;
/// assert!((log(&[1.0, 0.0, 0.0], 0.0) + area.ln()).abs() < 1e-14);
/// // The mean is at the largest density, `k e^k / (4 pi sinh(k))`.
/// let expected = (2.0 * 2.0_f64.exp() / (area * 2.0_f64.sinh())).ln();
/// assert!((log(&[0.0, 0.6, 0.8], 2.0) - expected).abs() < 1e-14);
/// assert_eq!(log(&[1.0, 1.0, 0.0], 2.0), f64::NEG_INFINITY);
/// ```
///
/// # References
///
/// Mardia and Jupp (2000), Directional Statistics, section 9.3. Wood (1994), Simulation of the von Mises Fisher distribution,
/// Communications in Statistics - Simulation and Computation 23, 157-164.
#[derive(Clone, Copy, Debug)]
pub struct VonMisesFisherFamily;

impl VonMisesFisherFamily {
    /// Returns the entropy in nats, for vectors in `dimension >= 2` dimensions.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::von_mises_fisher::VonMisesFisherFamily;
    ///
    /// let uniform: f64 = VonMisesFisherFamily::entropy(3, 0.0);
    /// assert!((uniform - (4.0 * std::f64::consts::PI).ln()).abs() < 1e-14);
    /// ```
    pub fn entropy<E: Numeric>(dimension: usize, concentration: E) -> E {
        let k = concentration.as_f64();
        let resultant = Resultant::new(dimension, k);
        E::of(k * resultant.lack + ln_area(dimension) + resultant.log_mean)
    }
}

/// Returns the logarithm of the area of the unit sphere in so many dimensions.
fn ln_area(dimension: usize) -> f64 {
    let half = 0.5 * dimension as f64;
    LN_2 + half * PI.ln() - math::ln_gamma(half)
}

/// Returns one minus the cosine of the angle between a draw and the mean, and the sine.
fn draw_angle<R: Rng>(rng: &mut R, dimension: usize, k: f64) -> [f64; 2] {
    if dimension == 3 {
        // The quantile of what is left to the mean. The numbers that are drawn from zero on are below one.
        let share: f64 = 1.0 - rng.random::<f64>();
        let lack = if k < f64::EPSILON { 2.0 * share } else { -(share * (-2.0 * k).exp_m1()).ln_1p() / k };
        let lack = lack.min(2.0);
        return [lack, (lack * (2.0 - lack)).sqrt()];
    }
    // Wood's b, without a cancellation or an overflow at either end.
    let half = 0.5 * (dimension as f64 - 1.0);
    let b = if k > half {
        let ratio = half / k;
        ratio / (1.0 + ratio.hypot(1.0))
    } else {
        let ratio = k / half;
        (ratio + ratio.hypot(1.0)).recip()
    };
    // One minus his x0.
    let centre = 2.0 * b / (1.0 + b);
    loop {
        // The odds of a Beta number with two equal shapes.
        let odds = GammaDraw::new(rng, half).ln_ratio(GammaDraw::new(rng, half)).exp();
        let scaled = b * odds;
        let lack = 2.0 / (1.0 + scaled.recip());
        let ratio = (lack + centre - lack * centre) / (centre * (2.0 - centre));
        let log = k * (centre - lack) + 2.0 * half * ratio.ln();
        // What is no number is accepted, so that the loop ends whatever went in.
        let below: f64 = 1.0 - rng.random::<f64>();
        let reject = log < below.ln();
        if !reject {
            return [lack, 2.0 / (scaled.sqrt() + scaled.sqrt().recip())];
        }
    }
}

/// Returns the product of a vector with the direction of another one.
fn along<E: Numeric>(mean: &[E], length: f64, x: &[E]) -> f64 {
    mean.iter().zip(x).map(|(m, x)| m.as_f64() / length * x.as_f64()).sum()
}

impl Structured<2> for VonMisesFisherFamily {
    type Support = UnitVector;
    const NAME: &'static str = "VonMisesFisher";
    const PARAMETERS: [&'static str; 2] = ["concentration", "mean_direction"];
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [0, 1] };
    const PATHWISE: bool = true;

    fn event_shape([concentration, mean]: [&[usize]; 2]) -> Result<EventShape, String> {
        require::scalar("concentration", concentration)?;
        Ok(EventShape::vector(require::vector("mean_direction", mean, 2)?))
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [concentration, mean]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_concentration, by_mean]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        if x.iter().any(|x| x.is_nan()) {
            return E::nan();
        }
        if !has_unit_length(x) {
            return E::neg_infinity();
        }
        if !has_unit_length(mean) {
            return E::nan();
        }
        let k = concentration[0].as_f64();
        let (apart, resultant) = (Apart::new(x, mean), Resultant::new(x.len(), k));
        let seed = seed.as_f64();
        if need.value() {
            apart.add_gradient(x, mean, -seed * k, by_value);
        }
        if need.parameter(0) {
            by_concentration[0] += E::of(seed * (resultant.lack - apart.lack));
        }
        if need.parameter(1) {
            apart.swapped().add_gradient(mean, x, -seed * k, by_mean);
        }
        E::of(-k * apart.lack - ln_area(x.len()) - resultant.log_mean)
    }

    /// The noise is what of the draw lies across the mean, which keeps its digits where the draw is close to it.
    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [concentration, mean]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        let [lack, sin] = draw_angle(rng, mean.len(), concentration[0].as_f64());
        let unit = length(mean);
        noise.iter_mut().for_each(|e| *e = standard(rng));
        // Twice, since little may be left where there are few dimensions.
        for _ in 0..2 {
            let off = along(mean, unit, noise);
            for (e, m) in noise.iter_mut().zip(mean) {
                *e = E::of(e.as_f64() - off * (m.as_f64() / unit));
            }
        }
        let scale = sin / length(noise).max(f64::MIN_POSITIVE);
        for ((z, e), m) in z.iter_mut().zip(noise).zip(mean) {
            *e = E::of(scale * e.as_f64());
            *z = E::of((1.0 - lack) * (m.as_f64() / unit) + e.as_f64());
        }
    }

    fn pull_back<E: Numeric>(
        z: &[E],
        noise: &[E],
        dz: &[E],
        [concentration, mean]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_concentration, by_mean]: [&mut [E]; 2],
        _: &mut [E],
    ) {
        let unit = length(mean);
        let (sin, cos, pull) = (length(noise), along(mean, unit, z), along(mean, unit, dz));
        if need.parameter(0) {
            let slope = sphere_angle_slope(mean.len(), concentration[0].as_f64(), sin, cos);
            let across: f64 = noise.iter().zip(dz).map(|(e, d)| e.as_f64() * d.as_f64()).sum();
            by_concentration[0] += E::of(slope * (cos * across - sin * sin * pull));
        }
        if need.parameter(1) {
            for (((by, e), d), m) in by_mean.iter_mut().zip(noise).zip(dz).zip(mean) {
                let tangent = d.as_f64() - pull * (m.as_f64() / unit);
                *by += E::of((cos * tangent - pull * e.as_f64()) / unit);
            }
        }
    }

    fn contains<E: Numeric>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        has_unit_length(x)
    }

    /// The first axis, which serves the uniform distribution as any direction does.
    fn second_parameter<E: Numeric>(out: &mut [E]) {
        out.fill(E::zero());
        out.iter_mut().take(1).for_each(|first| *first = E::one());
    }

    fn say_outside<E: Numeric>(x: &[E], _: [&[E]; 2]) -> Option<String> {
        Some(format!("its length is {}, expected 1", E::of(length(x))))
    }

    fn check<E: Numeric>([concentration, mean]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::not_negative("concentration", concentration[0])?;
        require::all_finite("mean_direction", mean)?;
        if has_unit_length(mean) {
            Ok(())
        } else {
            Err(BadParameter { name: "mean_direction", must: "have length one" })
        }
    }

    fn mean_into<E: Numeric>([concentration, mean]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let (resultant, unit) = (Resultant::new(mean.len(), concentration[0].as_f64()), length(mean));
        for (out, m) in out.iter_mut().zip(mean) {
            *out = E::of(resultant.length * (m.as_f64() / unit));
        }
    }

    fn variance_into<E: Numeric>([concentration, mean]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let (resultant, unit) = (Resultant::new(mean.len(), concentration[0].as_f64()), length(mean));
        let (across, along) = (resultant.across, resultant.along());
        for (out, m) in out.iter_mut().zip(mean) {
            let share = (m.as_f64() / unit).powi(2);
            *out = E::of(across * (1.0 - share) + along * share);
        }
    }
}

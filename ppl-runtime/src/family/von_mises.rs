//! The von Mises distribution on the circle.

use super::double::{outside, require_finite, rounded};
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::special::{self, VON_MISES_NEARLY_NORMAL, bessel_ratio_lack, ln_bessel_i0_scaled};
use crate::support::Circle;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::f64::consts::{PI, TAU};

/// The von Mises family: density `exp(concentration cos(x - loc)) / (2 pi I0(concentration))` for `x` from `-pi` to
/// `pi`.
///
/// The mean is the circular one, `loc` on the circle, and the variance the circular one, `1 - I1/I0`. A draw moves along
/// the circle with `loc`; its gradient by the concentration is implicit, with the point opposite `loc` held fixed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, von_mises::VonMisesFamily};
/// assert_eq!(VonMisesFamily::mean([1.0_f64, 3.0]), 1.0);
/// ```
///
/// # References
///
/// Best and Fisher (1979), Efficient simulation of the von Mises distribution.
#[derive(Clone, Copy, Debug)]
pub struct VonMisesFamily;

/// Pi less its nearest double.
const PI_REST: f64 = 1.224_646_799_147_353_2e-16;

/// Returns the same angle from `-pi` to `pi`.
fn wrapped(angle: f64) -> f64 {
    if angle.abs() <= PI {
        return angle;
    }
    // The sine and the cosine take whole turns off exactly, however many there are.
    let (sin, cos) = angle.sin_cos();
    sin.atan2(cos).clamp(-PI, PI)
}

/// Returns the angle from `loc` to `x`, both between `-pi` and `pi`, the shorter way round.
fn between(loc: f64, x: f64) -> f64 {
    let angle = x - loc;
    if angle.abs() <= PI {
        return angle;
    }
    // Across the cut each is measured from it, where neither difference is rounded.
    let side = PI.copysign(loc);
    (x + side) + (side - loc) + 2.0 * PI_REST.copysign(loc)
}

fn density(x: f64, [loc, concentration]: [f64; 2], need: Need) -> Density<f64, 2> {
    if x.is_nan() || loc.is_nan() || concentration.is_nan() {
        return outside(x, [loc, concentration]);
    }
    let angle = between(wrapped(loc), x);
    let lack = 2.0 * (0.5 * angle).sin().powi(2);
    let pull = concentration * angle.sin();
    Density {
        log: -concentration * lack - TAU.ln() - ln_bessel_i0_scaled(concentration),
        by_value: -pull,
        by_parameter: [pull, if need.parameter(1) { bessel_ratio_lack(concentration) - lack } else { 0.0 }],
    }
}

/// Returns one draw around zero.
fn draw<R: Rng>(rng: &mut R, concentration: f64) -> f64 {
    if concentration < f64::EPSILON {
        // Uniform, to the precision of a double.
        return PI * (2.0 * rng.random::<f64>() - 1.0);
    }
    if concentration >= VON_MISES_NEARLY_NORMAL {
        let noise: f64 = rng.sample(StandardNormal);
        return noise / concentration.sqrt();
    }
    let twice = 2.0 * concentration;
    let root = (1.0 + twice * twice).sqrt();
    // Best and Fisher's rho = (r - sqrt(2 r)) / (2 k) and s = (1 + rho^2) / (2 rho), without cancellation at either end.
    let r = 1.0 + root;
    let divisor = r + (2.0 * r).sqrt();
    let rho = twice / divisor;
    let from_one = (1.0 + (root + twice).recip() + (2.0 * r).sqrt()) / divisor;
    let s_less_one = from_one * from_one / (2.0 * rho);
    loop {
        let (u, v): (f64, f64) = (rng.random(), rng.random());
        // 1 - cos and 1 + cos of a uniform angle.
        let (lack, rest) = (2.0 * (0.5 * PI * u).sin().powi(2), 2.0 * (0.5 * PI * u).cos().powi(2));
        let one_less_w = s_less_one * lack / (s_less_one + rest);
        let y = concentration * (s_less_one + one_less_w);
        if y * (2.0 - y) > v || (y / v).ln() + 1.0 - y >= 0.0 {
            let angle = 2.0 * (0.5 * one_less_w).min(1.0).sqrt().asin();
            return if rng.random::<bool>() { angle } else { -angle };
        }
    }
}

impl Univariate<2> for VonMisesFamily {
    type Support = Circle;
    const NAME: &'static str = "VonMises";
    const PARAMETERS: [&'static str; 2] = ["loc", "concentration"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        let p = p.map(E::as_f64);
        rounded(if x.abs() > E::PI() { outside(x.as_f64(), p) } else { density(x.as_f64(), p, need) })
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        let [loc, concentration] = p.map(E::as_f64);
        E::of(wrapped(wrapped(loc) + draw(rng, concentration)))
    }

    fn draw_partials<E: Numeric>(z: E, [loc, concentration]: [E; 2]) -> [E; 2] {
        let angle = between(wrapped(loc.as_f64()), z.as_f64().clamp(-PI, PI));
        [E::one(), E::of(special::von_mises_draw_derivative(angle, concentration.as_f64()))]
    }

    fn contains<E: Numeric>(x: E, _: [E; 2]) -> bool {
        x.abs() <= E::PI()
    }

    fn check<E: Numeric>([loc, concentration]: [E; 2]) -> Result<(), BadParameter> {
        require_finite("loc", loc)?;
        if concentration >= E::zero() && concentration.is_finite() {
            Ok(())
        } else {
            Err(BadParameter { name: "concentration", must: "be finite and not negative" })
        }
    }

    fn mean<E: Numeric>([loc, _]: [E; 2]) -> E {
        E::of(wrapped(loc.as_f64()))
    }

    fn variance<E: Numeric>([_, concentration]: [E; 2]) -> E {
        E::of(bessel_ratio_lack(concentration.as_f64()))
    }

    fn entropy<E: Numeric>([_, concentration]: [E; 2]) -> Option<E> {
        let k = concentration.as_f64();
        Some(E::of(TAU.ln() + ln_bessel_i0_scaled(k) + k * bessel_ratio_lack(k)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const ROUND: check::Interval = (-PI, PI);

    fn at(x: f64, p: [f64; 2]) -> Density<f64, 2> {
        VonMisesFamily::log_density(x, p, Need::ALL)
    }

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.vonmises.logpdf(x, concentration, loc).
        for (x, p, expected) in [
            (0.7, [0.1, 1.3], -1.149711753177535),
            (-3.0, [2.0, 0.01], -1.8350654443984649),
            (1.2, [1.0, 50.0], 0.03787632378093193),
            (0.5, [0.5, 100000.0], 4.837522949274192),
        ] {
            check::assert_log_density::<VonMisesFamily, 2>(x, p, expected);
        }
        check::assert_close("uniform", at(1.0, [0.3, 0.0]).log, -TAU.ln(), 1e-15);
        assert_eq!(at(3.2, [0.0, 1.0]).log, f64::NEG_INFINITY);
        assert!(at(PI, [0.0, 1e6]).log.is_finite());
    }

    #[test]
    fn meets_outside_values_at_both_ends_of_the_concentration() {
        // mpmath, sixty digits: the log-density, its partial by the value and that by the concentration.
        for (x, p, [log, by_value, by_concentration]) in [
            (0.6, [0.6, 1e300], [344.4688254159022, 0.0, 5e-301]),
            (
                0.6000000000000001,
                [0.6, 1e300],
                [-6.162975822039155e267, -1.1102230246251566e284, -6.162975822039155e-33],
            ),
            (0.6, [0.5999999997, 1e20], [17.606911652072412, -30000002482.21113, -4.00000074466337e-20]),
            (0.6, [0.6000001, 1e13], [13.997864571198225, 1000000.0005838655, 4.4999999994162584e-14]),
            (0.6, [0.6000001, 3e14], [14.2484632603361, 30000000.017515965, -3.3333333391719995e-15]),
            // Across the cut.
            (-3.12, [3.15, 1e4], [2.816970118581374, -131.849251335217, -3.692365323267839e-5]),
            (
                -(PI - 1.3e-13),
                [PI - 2.4e-13, 1e26],
                [22.16333028643862, -37017124116493.16, -6.351337389279299e-26],
            ),
            (0.7, [1e15, 5.0], [-4.340547377604509, 4.935258616385393, -0.7329808441186113]),
            (0.7, [1e300, 2.0], [-4.595817740411463, -0.5097533605783438, -1.6647482242235884]),
            (1.0, [0.25, 1e-300], [-1.8378770664093455, -6.816387600233342e-301, 0.7316888688738208]),
            (1.0, [0.25, 1e-10], [-1.8378770663361766, -6.816387600233342e-11, 0.7316888688238208]),
        ] {
            check::assert_log_density::<VonMisesFamily, 2>(x, p, log);
            let found = at(x, p);
            check::assert_close("by value", found.by_value, by_value, 1e-13);
            check::assert_close("by loc", found.by_parameter[0], -by_value, 1e-13);
            check::assert_close("by concentration", found.by_parameter[1], by_concentration, 1e-13);
        }
        // The variance of a narrow one is 1 / (2 k), the entropy that of a normal number.
        for k in [1e13, 1e100, 1e300] {
            check::assert_close("variance", VonMisesFamily::variance([0.6, k]), 0.5 / k, 1e-12);
            let expected = 0.5 * (1.0 + TAU.ln() - k.ln());
            check::assert_close("entropy", VonMisesFamily::entropy([0.6, k]).unwrap(), expected, 1e-12);
        }
        assert_eq!(VonMisesFamily::variance([0.6_f32, 1e-30]), 1.0);
        check::assert_close(
            "mean",
            VonMisesFamily::mean([1e15, 2.0]),
            (1e15_f64).sin().atan2(1e15_f64.cos()),
            1e-15,
        );
    }

    #[test]
    fn draws_of_any_concentration_are_around_the_place() {
        // On both sides of where the normal law takes over.
        for k in [9e15, 2e16] {
            let draws = check::draws::<VonMisesFamily, 2>(5, 20_000, [0.0, k]);
            let standardised = draws.into_iter().map(|z| z * k.sqrt()).collect();
            check::assert_distributed("narrow", standardised, crate::family::normal::standard_cdf);
        }
        for k in [1e160, 1e300, f64::MAX] {
            assert!(check::draws::<VonMisesFamily, 2>(6, 1000, [0.6, k]).iter().all(|&z| z == 0.6), "{k}");
        }
        // A turn more does not matter, and neither does the cut.
        for z in check::draws::<VonMisesFamily, 2>(7, 1000, [PI, 1e20]) {
            assert!(PI - z.abs() < 1e-9, "{z}");
        }
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.7, [0.1, 1.3]), (-2.5, [1.0, 0.02]), (1.3, [1.1, 60.0])] {
            check::assert_partials::<VonMisesFamily, 2>(x, p);
            check::assert_single::<VonMisesFamily, 2>(x, p, 1e-5);
            check::assert_nan_passes::<VonMisesFamily, 2>(x, p);
            check::assert_normalised::<VonMisesFamily, 2>(p, ROUND);
            check::assert_draws_by_density::<VonMisesFamily, 2>(7, 50_000, p, ROUND);
            let total = |f: &dyn Fn(f64) -> f64| check::integrate(|x| f(x) * at(x, p).log.exp(), ROUND);
            check::assert_close(
                "variance",
                VonMisesFamily::variance(p),
                1.0 - total(&|x| (x - p[0]).cos()),
                1e-8,
            );
            let entropy = VonMisesFamily::entropy(p).expect("closed");
            check::assert_close("entropy", entropy, -total(&|x| at(x, p).log), 1e-9);
        }
        check::assert_draws_by_density::<VonMisesFamily, 2>(8, 50_000, [0.0, 1e-3], ROUND);
        check::assert_draws_by_density::<VonMisesFamily, 2>(9, 50_000, [0.0, 1e4], ROUND);
    }

    #[test]
    fn the_draw_moves_with_the_parameters() {
        for (angle, k) in [(0.7, 1.3), (-2.5, 0.2), (0.1, 60.0)] {
            // Around zero the end of the circle is the point held fixed.
            let expected = {
                let slope = |x: f64| at(x, [0.0, k]).log.exp() * at(x, [0.0, k]).by_parameter[1];
                -check::integrate(slope, (-PI, angle)) / at(angle, [0.0, k]).log.exp()
            };
            for loc in [0.0, 3.0, -20.0] {
                let got = VonMisesFamily::draw_partials(wrapped(angle + loc), [loc, k]);
                check::assert_close("by concentration", got[1], expected, 1e-8);
                assert_eq!(got[0], 1.0);
            }
        }
    }
}

//! The implicit gradient of the angle between a draw from a von Mises-Fisher distribution and its mean direction.

use super::quadrature::{end_of, panels};
use super::resultant::Resultant;

/// Returns `dangle/dconcentration / sin(angle)`, with the cdf of the angle held fixed, for vectors in `dimension >= 2` dimensions.
///
/// The angle is given by its sine, which is not negative, and its cosine. The density of the angle `s` is proportional to
/// `exp(k cos(s)) sin(s)^(D-2)`.
pub(crate) fn sphere_angle_slope(dimension: usize, concentration: f64, sin: f64, cos: f64) -> f64 {
    // Half the squared distances from both poles.
    let (near, far) = if cos > 0.0 {
        (sin * (sin / (1.0 + cos)), 1.0 + cos)
    } else {
        (1.0 - cos, sin * (sin / (1.0 - cos)))
    };
    if dimension == 3 && concentration > 0.1 && concentration * far > 0.5 {
        return in_three(concentration, near, far);
    }
    by_quadrature(dimension, concentration, [sin, cos], near)
}

fn by_quadrature(dimension: usize, k: f64, [sin, cos]: [f64; 2], near: f64) -> f64 {
    let (lack, power) = (Resultant::new(dimension, k).lack, dimension as f64 - 2.0);
    let angle = sin.atan2(cos);
    let score = |s: f64| lack - 2.0 * (0.5 * s).sin().powi(2);
    // The integral of the score vanishes, so either side gives the gradient: the one over which the score keeps its sign.
    let (side, length) = if lack >= near { (-1.0, angle) } else { (1.0, sin.atan2(-cos)) };
    if length == 0.0 {
        // Nothing but the power of the sine changes over so short a side.
        return side * (lack - 1.0 - side) / (power + 1.0);
    }
    // By the distance from the draw in units of the sine, relative to the density at the draw.
    let end = length / sin;
    let log = |u: f64| {
        if u >= end {
            return f64::NEG_INFINITY;
        }
        let (half, whole) = ((0.5 * sin * u).sin(), (sin * u).sin());
        let pull = -side * 2.0 * (k * half) * (angle + side * 0.5 * sin * u).sin();
        let crowding = -2.0 * half * half + side * cos * (whole / sin);
        if power == 0.0 { pull } else { pull + power * crowding.max(-1.0).ln_1p() }
    };
    let slope = side * (k * sin * sin - power * cos);
    let bend = k * cos * sin * sin + power;
    let end = end_of(log, slope.max(0.0), bend.max(0.0)).min(end);
    side * panels(|u| [0.0, log(u).exp() * score(angle + side * sin * u)], end, 0.25 * end)[1]
}

/// Returns the slope in three dimensions, where the cdf is elementary, for an angle that is not too close to the far pole.
fn in_three(k: f64, near: f64, far: f64) -> f64 {
    // (1 - e^-x) / x
    let mean = |x: f64| if x == 0.0 { 1.0 } else { -(-x).exp_m1() / x };
    let left = (-k * far).exp();
    let ratio = if left > 0.0 { left * mean(k * near) / mean(2.0 * k) } else { left };
    (ratio - 1.0) / far / k
}

#[cfg(test)]
mod tests {
    use super::super::von_mises::von_mises_draw_derivative;
    use super::*;

    #[test]
    fn meets_outside_values() {
        // mpmath, forty digits: -quad(density * score, [0, angle]) / density(angle) / sin(angle).
        for (dimension, k, angle, expected) in [
            (2, 2.0, 0.7, -0.3474058988270729),
            (2, 2.0, 2.5, -1.3471035132391802),
            (3, 0.05, 0.001, -0.49166805928781454),
            (3, 0.05, 1.2, -0.49689071537149127),
            (3, 0.05, 3.1, -0.5083245570268048),
            (3, 4.0, 0.001, -0.12466445562969466),
            (3, 4.0, 0.5, -0.1326887453626145),
            (3, 4.0, 1.5, -0.22671464374069872),
            (3, 4.0, 3.0, -0.8598809871237545),
            (3, 300.0, 0.01, -0.0016667083340277877),
            (3, 300.0, 0.1, -0.0016708402876285707),
            (3, 300.0, 0.3, -0.0017047364235625473),
            (4, 0.0, 0.3, -0.3333333333333333),
            (4, 0.0, 1.5, -0.3333333333333333),
            (4, 0.0, 2.9, -0.3333333333333333),
            (5, 0.3, 0.5, -0.23670455056261963),
            (5, 0.3, 1.6, -0.24968969422264767),
            (5, 0.3, 3.0, -0.2647963255213214),
            (5, 60.0, 0.02, -0.00826353112735705),
            (5, 60.0, 0.2, -0.008345174861552665),
            (5, 60.0, 0.5, -0.008796531825327428),
            (10, 1e-8, 0.9, -0.11111111104204334),
            (10, 1e-8, 1.57, -0.11111111111102263),
            (10, 1e-8, 2.4, -0.11111111119304375),
            (10, 25.0, 0.3, -0.01894239017159476),
            (10, 25.0, 0.55, -0.01991011551983303),
            (10, 25.0, 1.2, -0.026315116201729688),
            (100, 7.0, 1.2, -0.009804863947870392),
            (100, 7.0, 1.5, -0.01000316091621256),
            (100, 7.0, 1.8, -0.010214127429675436),
            (100, 2000.0, 0.1, -0.00024757861680775324),
            (100, 2000.0, 0.22, -0.0002499432800633126),
            (100, 2000.0, 0.35, -0.00025459165707474577),
            (1000, 1.0, 1.45, -0.0010008793923690206),
            (1000, 1.0, 1.57, -0.001000999203880384),
            (1000, 1.0, 1.7, -0.00100112899081546),
            (1000, 1e6, 0.028, -4.999733388317489e-07),
            (1000, 1e6, 0.0316, -5.000001534262379e-07),
            (1000, 1e6, 0.036, -5.000373291040005e-07),
            (6, 1e10, 5e-6, -4.99999999965625e-11),
            (6, 1e10, 2e-5, -5.000000000125e-11),
            (6, 1e10, 6e-5, -5.000000004125e-11),
        ] {
            let angle: f64 = angle;
            let got = sphere_angle_slope(dimension, k, angle.sin(), angle.cos());
            assert!((got / expected - 1.0).abs() < 1e-11, "{dimension}, {k}, {angle}: {got:e}, {expected:e}");
        }
    }

    #[test]
    fn three_dimensions_by_quadrature_are_the_closed_form() {
        for (k, angle) in
            [(0.3, 0.4), (3.0, 1.0), (3.0, 2.0), (50.0, 0.1), (50.0, 1.0), (1e6, 2e-3), (1e200, 1e-100)]
        {
            let angle: f64 = angle;
            let (near, far) = (2.0 * (0.5 * angle).sin().powi(2), 1.0 + angle.cos());
            let (closed, by_rule) =
                (in_three(k, near, far), by_quadrature(3, k, [angle.sin(), angle.cos()], near));
            assert!((by_rule / closed - 1.0).abs() < 1e-11, "{k}, {angle}: {by_rule:e}, {closed:e}");
        }
    }

    #[test]
    fn on_the_circle_it_is_that_of_von_mises() {
        for (k, angle) in [(1e-3, 0.7), (0.3, 3.0), (15.0, 0.01), (300.0, 0.2), (1e12, 7e-7), (1e150, 2e-75)]
        {
            let angle: f64 = angle;
            let got = sphere_angle_slope(2, k, angle.sin(), angle.cos()) * angle.sin();
            let expected = von_mises_draw_derivative(angle, k);
            assert!((got / expected - 1.0).abs() < 1e-9, "{k}, {angle}: {got:e}, {expected:e}");
        }
    }

    #[test]
    fn at_the_poles_and_at_both_ends_it_is_the_limit() {
        for dimension in [2, 3, 5, 40] {
            let power = dimension as f64 - 1.0;
            // Without a concentration the angle moves as its sine, wherever it is.
            for angle in [0.0, 1e-300, 1e-9, 0.4, 2.0, std::f64::consts::PI - 1e-9] {
                let got = sphere_angle_slope(dimension, 0.0, angle.sin(), angle.cos());
                assert!((got * power + 1.0).abs() < 1e-8, "{dimension}, {angle}: {got}");
            }
            for k in [0.7, 3.0] {
                for cos in [1.0, -1.0] {
                    let (at, near) = (
                        sphere_angle_slope(dimension, k, 0.0, cos),
                        sphere_angle_slope(dimension, k, 1e-5, cos),
                    );
                    assert!((near / at - 1.0).abs() < 1e-7, "{dimension}, {k}, {cos}: {near}, {at}");
                }
            }
            // Nearly normal: the angle is proportional to `k^(-1/2)`.
            for k in [1e100, 1e300, f64::MAX] {
                for units in [1e-3, 0.5, 1.0, 3.0, 12.0] {
                    let got = sphere_angle_slope(dimension, k, units / k.sqrt(), 1.0);
                    assert!((got * k + 0.5).abs() < 1e-10, "{dimension}, {k}, {units}: {got:e}");
                }
            }
        }
        assert!(sphere_angle_slope(4, f64::NAN, 0.5, 0.7).is_nan());
        assert!(sphere_angle_slope(4, 2.0, f64::NAN, 0.7).is_nan());
    }
}

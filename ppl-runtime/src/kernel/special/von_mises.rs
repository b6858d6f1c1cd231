//! The implicit gradient of a draw from a von Mises distribution by its concentration.

use super::bessel::bessel_i1_over_i0;
use super::quadrature::{FALL, panels};
use std::f64::consts::PI;

pub(super) fn von_mises_draw_derivative(angle: f64, concentration: f64) -> f64 {
    let from = angle.abs();
    let mean = bessel_i1_over_i0(concentration);
    // exp(k cos s) relative to its value at the draw.
    let log = |s: f64| 2.0 * concentration * (0.5 * (from + s)).sin() * (0.5 * (from - s)).sin();
    // 1 - cos s keeps its digits near zero.
    let lack = 1.0 - mean;
    let score = |s: f64| lack - 2.0 * (0.5 * s).sin().powi(2);
    let integrand = |s: f64| [0.0, log(s).exp() * score(s)];
    // The integral of the score over half the circle vanishes, so either side gives the gradient: the one over which
    // the score keeps its sign. The score is positive near zero and negative near pi.
    let size = if score(from) >= 0.0 {
        -panels(integrand, from, 1.0)[1]
    } else {
        // The tail ends at pi, or before that where nothing is left of it.
        let mut end = PI - from;
        while end > 0.0 && log(from + 0.7 * end) < -FALL {
            end *= 0.7;
        }
        panels(|t| integrand(from + t), end, 0.5)[1]
    };
    size * angle.signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_outside_values() {
        // mpmath: -quad(pdf * score, [0, angle]) / pdf(angle), thirty-five digits.
        for (concentration, angle, expected) in [
            (0.001, 0.001, -0.0009994998337290082),
            (0.001, 0.7, -0.6439712802843621),
            (0.001, 1.6, -0.9995880301207928),
            (0.001, 3.0, -0.14118986145717188),
            (0.3, 0.001, -0.0008516624915587103),
            (0.3, 0.7, -0.5673959283494038),
            (0.3, 1.6, -0.9891223558908766),
            (0.3, 3.0, -0.16179912765996424),
            (2.0, 0.001, -0.00030222537685288883),
            (2.0, 0.7, -0.22380502467510816),
            (2.0, 1.6, -0.6238484205302335),
            (2.0, 3.0, -0.23674249160413252),
            (15.0, 0.001, -3.39304389990056e-05),
            (15.0, 0.7, -0.024833129127894076),
            (15.0, 1.6, -0.07135450258135612),
            (15.0, 3.0, -0.25168849659380305),
            (300.0, 7.505553499465134e-05, -1.251971514837171e-07),
            (300.0, 0.05253887449625593, -8.765822142607505e-05),
            (300.0, 0.12008885599144214, -0.00020055713166494598),
            (300.0, 0.22516660498395402, -0.00037719045341188785),
            (100000.0, 4.110960958218893e-06, -2.0554856178649268e-11),
            (100000.0, 0.002877672670753225, -1.4388409254311484e-08),
            (100000.0, 0.006577537533150229, -3.288788845856784e-08),
            (100000.0, 0.01233288287465668, -6.166535015201776e-08),
        ] {
            let got: f64 = von_mises_draw_derivative(angle, concentration);
            assert!(
                (got / expected - 1.0_f64).abs() < 1e-9,
                "{concentration}, {angle}: {got:e}, {expected:e}"
            );
            assert_eq!(von_mises_draw_derivative(-angle, concentration), -got);
        }
    }
}

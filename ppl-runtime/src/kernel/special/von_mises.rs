//! The implicit gradient of a draw from a von Mises distribution by its concentration.

use super::bessel::bessel_ratio_lack;
use super::quadrature::{FALL, panels};
use std::f64::consts::PI;

/// From this concentration on the distribution is normal along the circle, to the precision of a double.
pub(crate) const NEARLY_NORMAL: f64 = 1e16;

pub(super) fn von_mises_draw_derivative(angle: f64, concentration: f64) -> f64 {
    if (NEARLY_NORMAL..f64::INFINITY).contains(&concentration) {
        // What is left of the density over both integrals below: `-angle / (2 k)`, and so too in the tails.
        return -(0.5 * angle).tan() / concentration;
    }
    let from = angle.abs();
    // 1 - I1/I0 and 1 - cos s keep their digits where they are small.
    let lack = bessel_ratio_lack(concentration);
    let score = |s: f64| lack - 2.0 * (0.5 * s).sin().powi(2);
    // The integral of the score over half the circle vanishes, so either side gives the gradient: the one over which
    // the score keeps its sign. The score is positive near zero and negative near pi.
    let size = if score(from) >= 0.0 {
        // exp(k cos s) relative to its value at the draw.
        let log = |s: f64| 2.0 * concentration * (0.5 * (from + s)).sin() * (0.5 * (from - s)).sin();
        -panels(|s| [0.0, log(s).exp() * score(s)], from, 1.0)[1]
    } else {
        // By the distance beyond the draw, which may be far smaller than the draw. The tail ends at pi, or before that
        // where nothing is left of it.
        let log = |t: f64| -2.0 * concentration * (from + 0.5 * t).sin() * (0.5 * t).sin();
        let mut end = PI - from;
        while end > 0.0 && log(0.7 * end) < -FALL {
            end *= 0.7;
        }
        panels(|t| [0.0, log(t).exp() * score(from + t)], end, 0.5)[1]
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
            (1e12, 7e-07, -3.500000000001018e-19),
            (1e12, 2.5e-06, -1.2500000000009636e-18),
            (1e15, 2.2135943621178655e-08, -1.1067971810589331e-23),
            (1e15, 9.486832980505138e-08, -4.7434164902525735e-23),
            // The limit, -angle / (2 k).
            (1e16, 3e-9, -1.5e-25),
            (1e150, 2e-75, -1e-225),
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

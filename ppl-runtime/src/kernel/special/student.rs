//! The implicit gradient of a draw from Student's t by its degrees of freedom.

use super::beta::logit_draw_derivative;
use super::quadrature::{end_of, panels};
use super::stirling::{digamma_difference, ln_1p_minus};

/// From here on the relation to the Beta distribution cancels, and the score is integrated itself.
const NEARLY_NORMAL: f64 = 30.0;

pub(super) fn student_draw_derivative(t: f64, df: f64) -> f64 {
    if t == 0.0 && !df.is_nan() {
        return t;
    }
    if df < NEARLY_NORMAL {
        // x = df / (df + t^2) is a Beta(df/2, 1/2) whose logit is ln df - 2 ln |t|.
        let logit = df.ln() - 2.0 * t.abs().ln();
        return t * 0.5 * (df.recip() - 0.5 * logit_draw_derivative(logit, 0.5 * df, 0.5));
    }
    let from = t.abs();
    let size = if student_score(from, df) >= 0.0 {
        // The integral of the score over half the line vanishes, so the part up to the draw serves as well as the rest.
        let log = |s: f64| -0.5 * (df + 1.0) * ((s * s - t * t) / (df + t * t)).ln_1p();
        -panels(|s| [0.0, log(s).exp() * student_score(s, df)], from, 1.0)[1]
    } else {
        // Beyond the draw s = |t| e^u, where the tail falls as a power of s.
        let ratio = (1.0 + df / (t * t)).recip();
        let log = |u: f64| u - 0.5 * (df + 1.0) * (ratio * (2.0 * u).exp_m1()).ln_1p();
        let end = end_of(log, ((df + 1.0) * ratio - 1.0).max(0.0), 2.0 * (df + 1.0) * ratio);
        from * panels(|u| [0.0, log(u).exp() * student_score(from * u.exp(), df)], end, 1.0)[1]
    };
    size * t.signum()
}

/// Returns the derivative of the standard log-density by `df`: of order `df^-2`, and so written without its larger
/// terms.
pub(crate) fn student_score(t: f64, df: f64) -> f64 {
    let w = t * t / df;
    let ratio = (1.0 + w.recip()).recip();
    let level = if df < NEARLY_NORMAL {
        digamma_difference(0.5 * df, 0.5) - df.recip()
    } else {
        // digamma(df/2 + 1/2) - digamma(df/2) - 1/df, from DLMF 5.11.2.
        let z = (df * df).recip();
        z * (0.5 + z * (-0.25 + z * (0.5 + z * (-17.0 / 8.0 + z * 15.5))))
    };
    let bend = if w < 1.0 { ln_1p_minus(w) + w * ratio } else { ln_1p_square(t, df) - ratio };
    0.5 * (level + ratio / df - bend)
}

/// Returns `ln(1 + t^2 / df)`, also where the square overflows.
pub(crate) fn ln_1p_square(t: f64, df: f64) -> f64 {
    let w = t * t / df;
    if w < f64::INFINITY { w.ln_1p() } else { 2.0 * t.abs().ln() - df.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_outside_values() {
        // mpmath: -quad(pdf * score, [0, t]) / pdf(t), thirty-five digits.
        for (df, t, expected) in [
            (0.1, 0.001, -0.004380975600323332),
            (0.1, 0.4, -3.121826591162522),
            (0.1, 1.2, -18.500121991194963),
            (0.1, 1.7, -31.48117007602273),
            (0.1, 3.0, -71.65965183067281),
            (0.1, 8.0, -268.2694334624421),
            (0.7, 0.001, -0.0003436150395821293),
            (0.7, 0.4, -0.1739898270758367),
            (0.7, 1.2, -1.0690637863884251),
            (0.7, 1.7, -2.0102247380590024),
            (0.7, 3.0, -5.381187537231737),
            (0.7, 8.0, -24.576978111998965),
            (1.0, 0.001, -0.00019314747599128993),
            (1.0, 0.4, -0.0951367613206206),
            (1.0, 1.2, -0.5834804823998879),
            (1.0, 1.7, -1.1238403939554558),
            (1.0, 3.0, -3.1544267698396533),
            (1.0, 8.0, -15.337358929220816),
            (2.5, 0.001, -3.7463037610954e-05),
            (2.5, 0.4, -0.017748965729754727),
            (2.5, 1.2, -0.10918538840252358),
            (2.5, 1.7, -0.22373144952885576),
            (2.5, 3.0, -0.7240023361243171),
            (2.5, 8.0, -4.337604143396837),
            (7.0, 0.001, -5.051947790617009e-06),
            (7.0, 0.4, -0.002359007702919338),
            (7.0, 1.2, -0.014679652135303702),
            (7.0, 1.7, -0.0316893604687557),
            (7.0, 3.0, -0.11953724361976402),
            (7.0, 8.0, -0.9614390856001073),
            (29.9, 0.001, -2.794831652785097e-07),
            (29.9, 0.4, -0.0001298537575716585),
            (29.9, 1.2, -0.0008161888067828923),
            (29.9, 1.7, -0.0018211034699530983),
            (29.9, 3.0, -0.007800032053548336),
            (29.9, 8.0, -0.09387241985576861),
            (30.1, 0.001, -2.7578347732646043e-07),
            (30.1, 0.4, -0.00012813362572047188),
            (30.1, 1.2, -0.0008053969571400893),
            (30.1, 1.7, -0.0017971629795974797),
            (30.1, 3.0, -0.007700117882196515),
            (30.1, 8.0, -0.0928142873941692),
            (100.0, 0.001, -2.4998775332806328e-08),
            (100.0, 0.4, -1.1603949600318048e-05),
            (100.0, 1.2, -7.313486768842573e-05),
            (100.0, 1.7, -0.0001645580142244193),
            (100.0, 3.0, -0.0007327538265467909),
            (100.0, 8.0, -0.010938878831729797),
            (10000.0, 0.001, -2.5000024875833292e-12),
            (10000.0, 0.4, -1.1600044746974681e-09),
            (10000.0, 1.2, -7.319936622361013e-09),
            (10000.0, 1.7, -1.6531726272572655e-08),
            (10000.0, 3.0, -7.498200794563763e-08),
            (10000.0, 8.0, -1.2973205664793287e-06),
            (1000000.0, 0.001, -2.5000024999995836e-16),
            (1000000.0, 0.4, -1.1600000447994697e-13),
            (1000000.0, 1.2, -7.319999366398235e-13),
            (1000000.0, 1.7, -1.6532492262032008e-12),
            (1000000.0, 3.0, -7.499982000079499e-12),
            (1000000.0, 8.0, -1.299973120857557e-10),
        ] {
            let got: f64 = student_draw_derivative(t, df);
            assert!((got / expected - 1.0_f64).abs() < 1e-9, "{df}, {t}: {got:e}, {expected:e}");
            assert_eq!(student_draw_derivative(-t, df), -got);
        }
    }
}

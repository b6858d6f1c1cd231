//! The incomplete gamma function and the implicit gradient of a Gamma draw.
//!
//! Both are integrals over a tail of the draw `z`, with `x = z e^-t` below and `x = z e^t` above it:
//! `P(a, z) = z p(z) int exp(-a t - z expm1(-t)) dt` and `dz/da = z int exp(..) (digamma(a) - ln x) dt`, which is
//! equation 5 of Figurnov, Mohamed and Mnih (2018) with the derivative of the cdf taken under its integral. The side is
//! chosen so that the integrand of the gradient keeps its sign.

use super::quadrature::{end_of, panels};
use super::stirling::{
    HALF_LN_TWO_PI, LARGE, digamma, ln_1p_minus, ln_gamma, ln_minus_digamma, stirling_correction,
};

/// Below this shape the lower tail is summed as a series.
const SMALL: f64 = 8.0;

/// Returns, relative to `z p(z)`, the mass below `z` and minus its derivative by `a`.
fn below(a: f64, z: f64, ln_z: f64) -> [f64; 2] {
    if a < SMALL {
        return series(a, z, ln_z);
    }
    let lead = digamma(a) - ln_z;
    let log = |t: f64| -a * t - z * (-t).exp_m1();
    let end = end_of(log, (a - z).max(0.0), z);
    panels(
        |t| {
            let weight = log(t).exp();
            [weight, weight * (lead + t)]
        },
        end,
        2.0,
    )
}

/// Returns the same by the series `sum of z^n / (a (a + 1) .. (a + n))` of positive terms (DLMF 8.7.1) and its
/// derivative term by term.
fn series(a: f64, z: f64, ln_z: f64) -> [f64; 2] {
    let (mut term, mut harmonic, mut mass, mut slope) = (1.0, 0.0, 1.0, 0.0);
    let mut next = a;
    for _ in 0..1000 {
        next += 1.0;
        let inverse = next.recip();
        term *= z * inverse;
        harmonic += inverse;
        mass += term;
        slope += term * harmonic;
        if term * harmonic <= 1e-17 * slope {
            break;
        }
    }
    [mass / a, (mass * (digamma(a + 1.0) - ln_z) + slope) / a]
}

/// Returns, relative to `z p(z)`, the mass above `z` and its derivative by `a`.
fn above(a: f64, z: f64, ln_z: f64) -> [f64; 2] {
    let lead = ln_z - digamma(a);
    let log = |t: f64| a * t - z * t.exp_m1();
    let end = end_of(log, (z - a).max(0.0), z);
    panels(
        |t| {
            let weight = log(t).exp();
            [weight, weight * (lead + t)]
        },
        end,
        2.0,
    )
}

/// Returns whether the lower side is the one to integrate over.
fn is_low(a: f64, z: f64, ln_z: f64) -> bool {
    // The series is the faster way, and where the mass above is no smaller than a tenth or so it loses nothing.
    z < 1.0 || a < SMALL && z < a + a.sqrt() || ln_z <= digamma(a)
}

/// From this shape on a draw near its mean is `(a - 1/3) v^3` with a normal `v` that does not depend on more than the spread
/// (Wilson and Hilferty, 1931): the derivative of that differs by a share of `a^(-3/2)`.
const NEARLY_NORMAL: f64 = 1e8;

pub(super) fn gamma_log_draw_derivative(ln_z: f64, a: f64) -> f64 {
    let z = ln_z.exp();
    if a >= NEARLY_NORMAL && (z - a).abs() <= 1e-3 * a {
        let d = a - 1.0 / 3.0;
        let v = (z / d).cbrt();
        return (3.0 - v) / (2.0 * v * d);
    }
    if is_low(a, z, ln_z) { below(a, z, ln_z)[1] } else { above(a, z, ln_z)[1] }
}

pub(super) fn gamma_draw_derivative(z: f64, a: f64) -> f64 {
    if z == 0.0 && !a.is_nan() {
        return 0.0;
    }
    z * gamma_log_draw_derivative(z.ln(), a)
}

/// Returns `ln(z^a e^-z / Gamma(a))`: the log-density of a Gamma draw's logarithm.
pub(crate) fn ln_gamma_kernel(a: f64, z: f64, ln_z: f64) -> f64 {
    let shift = (z - a) / a;
    if a >= LARGE && shift > -0.5 && shift < f64::INFINITY {
        // a ln(z / a) - (z - a) is what is left of a logarithm, and Stirling's formula takes the rest.
        a * ln_1p_minus(shift) + 0.5 * a.ln() - HALF_LN_TWO_PI - stirling_correction(a)
    } else {
        a * ln_z - z - ln_gamma(a)
    }
}

/// Returns `ln z - digamma(a)`, given `ln z`: nothing cancels where `a` is large and `z` near it.
pub(crate) fn ln_less_digamma(a: f64, z: f64, ln_z: f64) -> f64 {
    let shift = (z - a) / a;
    if a >= LARGE && shift.abs() < 0.5 { shift.ln_1p() + ln_minus_digamma(a) } else { ln_z - digamma(a) }
}

/// Returns the mass on the side that is integrated, and whether that is the lower one.
fn mass(a: f64, z: f64) -> (f64, bool) {
    let ln_z = z.ln();
    let low = is_low(a, z, ln_z);
    let side = if low { below(a, z, ln_z) } else { above(a, z, ln_z) };
    (ln_gamma_kernel(a, z, ln_z).exp() * side[0], low)
}

pub(super) fn gamma_p(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    if x <= 0.0 || x == f64::INFINITY {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mass, low) = mass(a, x);
    // Rounding may leave the unit interval where the whole of the mass is at one end.
    let mass = mass.clamp(0.0, 1.0);
    if low { mass } else { 1.0 - mass }
}

pub(super) fn gamma_q(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    if x <= 0.0 || x == f64::INFINITY {
        return if x > 0.0 { 0.0 } else { 1.0 };
    }
    let (mass, low) = mass(a, x);
    let mass = mass.clamp(0.0, 1.0);
    if low { 1.0 - mass } else { mass }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_large_shapes_meet_outside_values() {
        // mpmath, sixty digits: the integral of the module's documentation, divided by z.
        for (z, a, expected) in [
            (300022516.6604984_f64, 3e8, 3.333208248885698e-9),
            (9999800000.0, 1e10, 1.0000100001500022e-10),
            (1000003000000.0, 1e12, 9.999985000031667e-13),
            (1.000000005e16, 1e16, 9.999999975e-17),
        ] {
            let got = gamma_log_draw_derivative(z.ln(), a);
            assert!((got / expected - 1.0).abs() < 1e-11, "{a}: {got:e}");
        }
        let got = gamma_log_draw_derivative(1e300_f64.ln(), 1e300);
        assert!((got * 1e300 - 1.0).abs() < 1e-11, "{got:e}");
    }

    #[test]
    fn a_logarithm_less_digamma_keeps_its_digits() {
        // mpmath, sixty digits.
        for (a, z, expected) in [
            (1e15, 1000000030000000.0, 3.000000005000001e-8),
            (1e300, 1e300, 5e-301),
            (30.0, 29.0, -0.01714230269905085),
        ] {
            let got = ln_less_digamma(a, z, f64::ln(z));
            assert!((got / expected - 1.0).abs() < 1e-14, "{a}: {got:e}");
        }
    }

    #[test]
    fn the_incomplete_gamma_function_meets_outside_values() {
        // mpmath: gammainc(a, 0, x, regularized=True), gammainc(a, x, inf, regularized=True).
        for (a, x, p, q) in [
            (0.001, 1e-20, 0.9555431963033035, 0.044456803696696495),
            (0.001, 0.001, 0.9936876467088603, 0.00631235329113971),
            (0.001, 0.3, 0.9990941619116933, 0.000905838088306647),
            (0.001, 0.95, 0.9997610273954259, 0.00023897260457403572),
            (0.001, 1.05, 0.9997979132836744, 0.00020208671632562252),
            (0.001, 2.0, 0.999951023082169, 4.897691783098148e-05),
            (0.001, 7.0, 0.999999884213344, 1.1578665606005359e-07),
            (0.001, 30.0, 1.0, 3.033689506589931e-18),
            (0.1, 1e-20, 0.010511370061117775, 0.9894886299388822),
            (0.1, 0.001, 0.5267685683924451, 0.4732314316075549),
            (0.1, 0.3, 0.9083579897300342, 0.09164201026996573),
            (0.1, 0.95, 0.9738435807045236, 0.026156419295476428),
            (0.1, 1.05, 0.9777177751315577, 0.022282224868442283),
            (0.1, 2.0, 0.9943261760201885, 0.005673823979811528),
            (0.1, 7.0, 0.9999850828318516, 1.4917168148428529e-05),
            (0.1, 30.0, 0.9999999999999996, 4.476766580012692e-16),
            (0.7, 1e-20, 1.1005474055236679e-14, 0.999999999999989),
            (0.7, 0.001, 0.008738360281455996, 0.991261639718544),
            (0.7, 0.3, 0.4204173688752939, 0.5795826311247061),
            (0.7, 0.95, 0.7465446277171561, 0.2534553722828439),
            (0.7, 1.05, 0.7749089568777723, 0.22509104312222775),
            (0.7, 2.0, 0.9237471472921016, 0.07625285270789836),
            (0.7, 7.0, 0.99962254423209, 0.0003774557679100169),
            (0.7, 30.0, 0.9999999999999742, 2.573641480679768e-14),
            (1.0, 1e-20, 1e-20, 1.0),
            (1.0, 0.001, 0.0009995001666250085, 0.999000499833375),
            (1.0, 0.3, 0.2591817793182821, 0.7408182206817179),
            (1.0, 0.95, 0.6132589765454988, 0.38674102345450123),
            (1.0, 1.05, 0.6500622508888446, 0.3499377491111553),
            (1.0, 2.0, 0.8646647167633873, 0.1353352832366127),
            (1.0, 7.0, 0.9990881180344455, 0.0009118819655545162),
            (1.0, 30.0, 0.9999999999999064, 9.357622968840175e-14),
            (1.9, 1e-20, 5.472390180777056e-39, 1.0),
            (1.9, 0.001, 1.0911702827659634e-06, 0.9999989088297172),
            (1.9, 0.3, 0.04576065334980372, 0.9542393466501963),
            (1.9, 0.95, 0.2737225524062855, 0.7262774475937145),
            (1.9, 1.05, 0.3119587774059105, 0.6880412225940895),
            (1.9, 2.0, 0.6234008687764083, 0.3765991312235917),
            (1.9, 7.0, 0.99384303534361, 0.0061569646563899875),
            (1.9, 30.0, 0.9999999999978606, 2.139448486488359e-12),
            (2.5, 1e-20, 3.0090111122547e-51, 1.0),
            (2.5, 0.001, 9.50853459860795e-09, 0.9999999904914654),
            (2.5, 0.3, 0.011996757205906266, 0.9880032427940937),
            (2.5, 0.95, 0.13719827739686827, 0.8628017226031317),
            (2.5, 1.05, 0.1648576993583661, 0.8351423006416339),
            (2.5, 2.0, 0.4505840486472198, 0.5494159513527802),
            (2.5, 7.0, 0.9843905838997331, 0.015609416100266916),
            (2.5, 30.0, 0.9999999999878454, 1.215456977718304e-11),
            (15.0, 0.3, 8.28403466135854e-21, 1.0),
            (15.0, 1.5, 8.239722367590807e-11, 0.9999999999176028),
            (15.0, 7.25403, 0.007762347324346077, 0.9922376526756539),
            (15.0, 13.0635, 0.33136648770176613, 0.6686335122982339),
            (15.0, 14.6, 0.4928909267299404, 0.5071090732700596),
            (15.0, 16.9365, 0.7140613503936346, 0.28593864960636545),
            (15.0, 22.746, 0.9652825576658368, 0.03471744233416323),
            (15.0, 45.9839, 0.9999999670582007, 3.294179933913737e-08),
            (300.0, 178.756, 8.871795900588186e-17, 0.9999999999999999),
            (300.0, 265.359, 0.019547667765418015, 0.980452332234582),
            (300.0, 291.34, 0.3136304590019383, 0.6863695409980617),
            (300.0, 299.6, 0.4984618445730823, 0.5015381554269177),
            (300.0, 308.66, 0.6965328563474138, 0.3034671436525862),
            (300.0, 334.641, 0.9742259903566225, 0.02577400964337746),
            (300.0, 438.564, 0.9999999999990358, 9.64201243852608e-13),
            (20000.0, 19010.1, 5.546394144822813e-13, 0.9999999999994453),
            (20000.0, 19717.2, 0.022383248837179064, 0.977616751162821),
            (20000.0, 19929.3, 0.30918666943197265, 0.6908133305680273),
            (20000.0, 19999.6, 0.49981193198885976, 0.5001880680111402),
            (20000.0, 20070.7, 0.6920582413890719, 0.3079417586109281),
            (20000.0, 20282.8, 0.9768530643795605, 0.02314693562043949),
            (20000.0, 21131.4, 0.999999999999998, 1.9753089815939967e-15),
            (1000000.0, 993000.0, 1.1410047078311216e-12, 0.999999999998859),
            (1000000.0, 998000.0, 0.022696114006736802, 0.9773038859932632),
            (1000000.0, 999500.0, 0.30862555689081533, 0.6913744431091847),
            (1000000.0, 1000000.0, 0.5001329807608725, 0.4998670192391274),
            (1000000.0, 1000500.0, 0.6915504757714972, 0.3084495242285028),
            (1000000.0, 1002000.0, 0.9771959041012301, 0.022804095898769864),
            (1000000.0, 1008000.0, 0.9999999999999992, 7.370278579605256e-16),
        ] {
            let (got_p, got_q): (f64, f64) = (gamma_p(a, x), gamma_q(a, x));
            assert!((got_p - p).abs() <= 1e-11 * f64::max(p, 1e-290), "P({a}, {x}): {got_p:e}, {p:e}");
            assert!((got_q - q).abs() <= 1e-11 * q + 2e-15, "Q({a}, {x}): {got_q:e}, {q:e}");
            assert!(
                p < q || (got_q - q).abs() <= 1e-11 * f64::max(q, 1e-290),
                "Q({a}, {x}): {got_q:e}, {q:e}"
            );
        }
    }

    #[test]
    fn the_draw_derivative_meets_outside_values() {
        // mpmath: -diff(P, a) / pdf, by numerical differentiation with sixty digits.
        for (a, z, expected) in [
            (0.001, 1e-20, 4.547612992807061e-16),
            (0.001, 0.001, 6.339511118616954),
            (0.001, 0.3, 367.1215248780466),
            (0.001, 0.95, 587.2869169562432),
            (0.001, 1.05, 606.6303248695588),
            (0.001, 2.0, 723.9961222022795),
            (0.001, 7.0, 888.9265255989419),
            (0.001, 30.0, 972.6052615379465),
            (0.1, 1e-20, 4.562794691946983e-18),
            (0.1, 0.001, 0.06490724738374097),
            (0.1, 0.3, 4.006480392225533),
            (0.1, 0.95, 6.663117904618867),
            (0.1, 1.05, 6.9110332551130815),
            (0.1, 2.0, 8.495649227426856),
            (0.1, 7.0, 11.19645660024897),
            (0.1, 30.0, 13.464757570725503),
            (0.7, 1e-20, 6.608607104964915e-19),
            (0.7, 0.001, 0.010172624278609288),
            (0.7, 0.3, 0.7785402442490689),
            (0.7, 0.95, 1.4516181240230315),
            (0.7, 1.05, 1.523088915764675),
            (0.7, 2.0, 2.0272476995621234),
            (0.7, 7.0, 3.1679887509239375),
            (0.7, 30.0, 4.608563412739636),
            (1.0, 1e-20, 4.647448619497938e-19),
            (1.0, 0.001, 0.007334456244883786),
            (1.0, 0.3, 0.5957784656561824),
            (1.0, 0.95, 1.1432282914665892),
            (1.0, 1.05, 1.202887899476216),
            (1.0, 2.0, 1.6316914623497007),
            (1.0, 7.0, 2.649766910033479),
            (1.0, 30.0, 4.010702785322668),
            (1.9, 1e-20, 2.4702211479220344e-19),
            (1.9, 0.001, 0.004101611143525997),
            (1.9, 0.3, 0.37276776408515694),
            (1.9, 0.95, 0.7538037031148259),
            (1.9, 1.05, 0.7971952956038916),
            (1.9, 2.0, 1.1191761800321276),
            (1.9, 7.0, 1.9485435937929072),
            (1.9, 30.0, 3.170258256490634),
            (2.5, 1e-20, 1.886194340021046e-19),
            (2.5, 0.001, 0.00320531317009488),
            (2.5, 0.3, 0.30557287974671365),
            (2.5, 0.95, 0.6316338555334766),
            (2.5, 1.05, 0.6694218056949516),
            (2.5, 2.0, 0.9534627029186165),
            (2.5, 7.0, 1.709902981455647),
            (2.5, 30.0, 2.870701721535223),
            (15.0, 0.3, 0.08042990135427368),
            (15.0, 1.5, 0.2582571642473436),
            (15.0, 7.25403, 0.6878102831072409),
            (15.0, 13.0635, 0.9428932814586728),
            (15.0, 14.6, 0.9975771114445597),
            (15.0, 16.9365, 1.0738125992577678),
            (15.0, 22.746, 1.2361833892951852),
            (15.0, 45.9839, 1.6804761894350002),
            (300.0, 6.0, 0.07986705316624335),
            (300.0, 178.756, 0.7637805737730767),
            (300.0, 265.359, 0.9404269152098049),
            (300.0, 291.34, 0.9859733685479134),
            (300.0, 299.6, 0.9998884064119345),
            (300.0, 308.66, 1.0148600959754244),
            (300.0, 334.641, 1.0562192580412744),
            (300.0, 438.564, 1.2025134374758328),
            (20000.0, 19010.1, 0.9748419159042263),
            (20000.0, 19717.2, 0.9929047132421444),
            (20000.0, 19929.3, 0.9982387322316483),
            (20000.0, 19999.6, 0.9999983332249966),
            (20000.0, 20070.7, 1.001773769052746),
            (20000.0, 20282.8, 1.0070453023100467),
            (20000.0, 21131.4, 1.0277747957020762),
            (1000000.0, 993000.0, 0.9964919707110977),
            (1000000.0, 998000.0, 0.9989994991657488),
            (1000000.0, 999500.0, 0.9997501249479218),
            (1000000.0, 1000000.0, 1.0000001666666833),
            (1000000.0, 1000500.0, 1.0002501250520885),
            (1000000.0, 1002000.0, 1.000999500832418),
            (1000000.0, 1008000.0, 1.0039895431275114),
        ] {
            let got: f64 = gamma_draw_derivative(z, a);
            assert!((got / expected - 1.0_f64).abs() < 1e-9, "a = {a}, z = {z:e}: {got:e}, {expected:e}");
        }
        assert_eq!(gamma_draw_derivative(0.0, 0.1), 0.0);
    }

    #[test]
    fn both_sides_give_the_same_derivative_and_one_in_all() {
        // The score has mean zero and the density one, so the two tails check each other.
        for i in 0..400 {
            let a = 10.0_f64.powf(-1.0 + 7.0 * f64::from(i) / 400.0);
            for shift in [-1.0, -0.3, 0.0, 0.4, 1.5] {
                let z = a * (shift / a.max(0.5).sqrt()).exp();
                let ln_z = z.ln();
                let (low, high) = (below(a, z, ln_z), above(a, z, ln_z));
                // The side that is not chosen cancels, the more so the heavier it is.
                assert!((low[1] / high[1] - 1.0).abs() < 1e-8, "a = {a}, z = {z}: {low:?}, {high:?}");
                let total = ln_gamma_kernel(a, z, ln_z).exp() * (low[0] + high[0]);
                assert!((total - 1.0).abs() < 1e-10, "a = {a}, z = {z}: {total}");
            }
        }
    }
}

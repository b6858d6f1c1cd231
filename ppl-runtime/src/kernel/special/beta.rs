//! The incomplete beta function and the implicit gradient of a Beta draw.
//!
//! Both are integrals over a tail of the draw `z`, in logits: with `logit x = logit z - t` below it
//! `I_z(a, b) = z (1 - z) p(z) int exp(-a t + (a + b) l) dt`, where `l(t) = ln((1 - x)/(1 - z))`, and
//! `dz/da = z (1 - z) int exp(..) (digamma(a) - digamma(a + b) - ln x) dt`. Above it `a` and `b`, `z` and `1 - z`
//! change places (Figurnov, Mohamed and Mnih, 2018, equation 5, with the derivative of the cdf taken under its
//! integral). The side is chosen so that the integrand of the gradient keeps its sign.

use super::ln_beta::ln_beta;
use super::quadrature::{beyond, end_of, panels};
use super::stirling::{HALF_LN_TWO_PI, LARGE, digamma_difference, ln_1p_minus, stirling_correction};

/// Below this rate of decay a tail's limiting exponential is integrated by hand.
const SLOW: f64 = 2.0;

/// Below this sum of the parameters a tail is summed as a series where that converges well.
const FEW: f64 = 25.0;

/// Returns `S = sum over n of x^n (sum)_n / (rate + 1)_n`, positive terms (DLMF 8.17.8), and the two parts of its
/// derivative: through `sum`, and minus that through `rate`.
fn series(rate: f64, sum: f64, x: f64) -> [f64; 3] {
    let (mut term, mut up, mut down) = (1.0, 0.0, 0.0);
    let mut total = [1.0, 0.0, 0.0];
    let (mut numerator, mut denominator) = (sum, rate + 1.0);
    for _ in 0..1000 {
        let (above, below) = (numerator.recip(), denominator.recip());
        term *= x * numerator * below;
        up += above;
        down += below;
        total[0] += term;
        total[1] += term * up;
        total[2] += term * down;
        // Terms may grow at first; they end once their ratio is below one.
        if term * (1.0 + up) <= 1e-17 * total[0] && numerator * x < denominator {
            break;
        }
        numerator += 1.0;
        denominator += 1.0;
    }
    total
}

/// The tail on one side of a draw.
struct Tail {
    /// How fast it decays in the end: `a` below, `b` above.
    rate: f64,
    /// `a + b`.
    sum: f64,
    /// The draw's distance from the end of the interval that the tail runs to, and from the other.
    near: f64,
    far: f64,
    /// The logarithm of `far`.
    ln_far: f64,
}

impl Tail {
    /// Returns the integrals of `exp(L)` and of `exp(L) (level + slope t - side l(t))`; `level_by_hand` is
    /// `level + slope / rate - side l(inf)`, which may cancel if it is computed so.
    fn integrals(&self, level: f64, slope: f64, side: f64, level_by_hand: f64) -> [f64; 2] {
        let &Tail { rate, sum, near, far, ln_far } = self;
        let stretch = |t: f64| -(near * (-t).exp_m1()).ln_1p();
        if rate >= SLOW {
            let log = |t: f64| -rate * t + sum * stretch(t);
            let end = end_of(log, (rate - sum * near).max(0.0), sum * near * far);
            return panels(
                |t| {
                    let l = stretch(t);
                    let weight = (-rate * t + sum * l).exp();
                    [weight, weight * (level + slope * t - side * l)]
                },
                end,
                3.0,
            );
        }
        // exp(L) tends to limit exp(-rate t), the rest falls as exp(-t) faster.
        let limit = (-sum * ln_far).exp();
        let rest = |t: f64| {
            let missing = (near / far * (-t).exp()).ln_1p();
            let slow = limit * (-rate * t).exp();
            let weight = slow * (-sum * missing).exp_m1();
            [weight, weight * (level + slope * t + side * (ln_far + missing)) + slow * side * missing]
        };
        let knee = (sum * near / far).ln().max(0.0) + 6.0;
        let first = panels(rest, knee, 3.0);
        let second = beyond(rest, knee);
        let by_hand = limit / rate;
        [by_hand + first[0] + second[0], by_hand * level_by_hand + first[1] + second[1]]
    }
}

/// A draw from a Beta: `z`, `1 - z`, and their logarithms, each to full precision.
#[derive(Clone, Copy)]
struct Point {
    z: f64,
    w: f64,
    ln_z: f64,
    ln_w: f64,
}

impl Point {
    fn new(z: f64, w: f64) -> Point {
        // Each logarithm is taken of the smaller number.
        let ln_z = if z < 0.5 { z.ln() } else { (-w).ln_1p() };
        let ln_w = if w < 0.5 { w.ln() } else { (-z).ln_1p() };
        Point { z, w, ln_z, ln_w }
    }

    fn mirrored(self) -> Point {
        Point { z: self.w, w: self.z, ln_z: self.ln_w, ln_w: self.ln_z }
    }
}

/// Returns the mass of the side that is integrated relative to `z (1 - z) p(z)`, `d logit z / da`, and whether the side
/// is the lower one.
fn integrate(point: Point, a: f64, b: f64) -> (f64, f64, bool) {
    let Point { z, w, ln_z, ln_w } = point;
    // The mean of ln x is minus this.
    let difference = digamma_difference(a, b);
    // The same and 1/a together, which cancel where `a` is small.
    let shifted =
        if a < SLOW || a + b < FEW { (a + b).recip() - digamma_difference(a + 1.0, b) } else { 0.0 };
    let low = ln_z <= -difference || a < SLOW && ln_z <= shifted - 1.0;
    let lead = -difference - ln_z;
    if a + b < FEW && (if low { z } else { w }) <= 0.6 {
        let (rate, near) = if low { (a, z) } else { (b, w) };
        let [mass, by_sum, by_rate] = series(rate, a + b, near);
        // The derivatives by `a` of the logarithm of z^a w^b / (rate B(a, b)), times the series, and of the series.
        let moment = if low { mass * (shifted - ln_z) - by_sum + by_rate } else { mass * -lead + by_sum };
        return (mass / rate, moment / rate, low);
    }
    let [mass, moment] = if low {
        let tail = Tail { rate: a, sum: a + b, near: z, far: w, ln_far: ln_w };
        tail.integrals(lead, 1.0, 1.0, shifted - ln_z + ln_w)
    } else {
        let tail = Tail { rate: b, sum: a + b, near: w, far: z, ln_far: ln_z };
        tail.integrals(-lead, 0.0, -1.0, difference)
    };
    (mass, moment, low)
}

/// Returns `d logit z / da` of a draw whose logit is `logit`.
pub(super) fn logit_draw_derivative(logit: f64, a: f64, b: f64) -> f64 {
    let e = (-logit.abs()).exp();
    let (small, large) = (e / (1.0 + e), 1.0 / (1.0 + e));
    let (ln_small, ln_large) = (-logit.abs() - e.ln_1p(), -e.ln_1p());
    let point = if logit < 0.0 {
        Point { z: small, w: large, ln_z: ln_small, ln_w: ln_large }
    } else {
        Point { z: large, w: small, ln_z: ln_large, ln_w: ln_small }
    };
    integrate(point, a, b).1
}

/// From this size of both parameters on a draw is normal, up to two terms of its expansion by quantiles.
const NEARLY_NORMAL: f64 = 1e8;

/// A draw near its mean, of large parameters.
#[derive(Clone, Copy)]
struct Near {
    a: f64,
    /// The shares of the parameters in their sum.
    share: f64,
    rest: f64,
    /// The draw less its mean.
    shift: f64,
}

impl Near {
    fn new(z: f64, w: f64, a: f64, b: f64) -> Option<Near> {
        let (share, rest) = ((1.0 + b / a).recip(), (1.0 + a / b).recip());
        let shift = z * rest - w * share;
        let is_near = a.min(b) >= NEARLY_NORMAL && shift.abs() <= 1e-3 * share.min(rest);
        is_near.then_some(Near { a, share, rest, shift })
    }

    fn mirrored(self) -> Near {
        // b = a (1 - share) / share.
        Near { a: self.a / self.share * self.rest, share: self.rest, rest: self.share, shift: -self.shift }
    }

    /// Returns `dz/da` of `z = m + s n + c (n^2 - 1)`, where `n` is held fixed, `m` is the mean, `s` the standard deviation and `c`
    /// a sixth of the skewness times it (Cornish and Fisher, 1938): it differs by a share of the power -3/2 of the parameters.
    fn by_a(self) -> f64 {
        let Near { a, share, rest, shift } = self;
        let per_sum = share / a;
        let bend = (rest - share) / 3.0 * per_sum;
        let by_bend = (share - 3.0 * rest) / 3.0 * per_sum * per_sum;
        // The derivative of ln s.
        let stretch = 0.5 / a - 1.5 * per_sum;
        let square = shift / share * (shift / rest) / per_sum;
        rest * per_sum + shift * stretch + (square - 1.0) * (by_bend - bend * stretch)
    }
}

/// Returns `[dz/da, dz/db]` for a draw `z` where `w = 1 - z`.
pub(super) fn beta_draw_derivatives(z: f64, w: f64, a: f64, b: f64) -> [f64; 2] {
    // At an end the draw does not move.
    if z <= 0.0 || w <= 0.0 {
        return [0.0; 2];
    }
    if let Some(nearly_normal) = Near::new(z, w, a, b) {
        return [nearly_normal.by_a(), -nearly_normal.mirrored().by_a()];
    }
    let point = Point::new(z, w);
    [z * w * integrate(point, a, b).1, -z * w * integrate(point.mirrored(), b, a).1]
}

/// Returns `ln(z^a w^b / B(a, b))`, where `w = 1 - z`: the log-density of a Beta draw's logit.
pub(crate) fn ln_beta_kernel(a: f64, b: f64, z: f64, w: f64) -> f64 {
    let Point { ln_z, ln_w, .. } = Point::new(z, w);
    // Relative to the mean a/(a + b): a ln(1 + u) + b ln(1 + v) with a u + b v = 0 (Didonato and Morris, 1992).
    let shift = z * b - a * w;
    let (u, v) = (shift / a, -shift / b);
    if a < LARGE || b < LARGE || u < -0.5 || v < -0.5 {
        return a * ln_z + b * ln_w - ln_beta(a, b);
    }
    let sum = a + b;
    let correction = stirling_correction(a) + stirling_correction(b) - stirling_correction(sum);
    a * ln_1p_minus(u) + b * ln_1p_minus(v) + 0.5 * (a / sum * b).ln() - HALF_LN_TWO_PI - correction
}

pub(super) fn beta_inc(a: f64, b: f64, x: f64) -> f64 {
    if a.is_nan() || b.is_nan() || x.is_nan() || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    if x <= 0.0 || x >= 1.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let point = Point::new(x, 1.0 - x);
    let (mass, _, low) = integrate(point, a, b);
    // Rounding may leave the unit interval where the whole of the mass is at one end.
    let mass = (ln_beta_kernel(a, b, point.z, point.w).exp() * mass).clamp(0.0, 1.0);
    if low { mass } else { 1.0 - mass }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_large_parameters_meet_outside_values() {
        // mpmath, sixty digits: the integral of the module's documentation.
        for (z, a, b, expected) in [
            (0.3750222512288847, 3e8, 5e8, [7.812453638032574e-10, -4.687694695827013e-10]),
            (0.00028559228758711383, 2e8, 7e11, [1.4276545627349941e-12, -4.078724555217497e-16]),
            (0.2000004472135955, 1e12, 4e12, [1.600000894425231e-13, -4.000007826235646e-14]),
            (0.09090909350944343, 1e14, 1e15, [8.264462904475644e-16, -8.264463034493258e-17]),
        ] {
            let got = beta_draw_derivatives(z, 1.0 - z, a, b);
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((got / expected - 1.0_f64).abs() < 1e-10, "{a}, {b}: {got:e}, {expected:e}");
            }
        }
    }

    #[test]
    fn the_incomplete_beta_function_meets_outside_values() {
        // mpmath: betainc(a, b, 0, x, regularized=True).
        for (a, b, x, expected) in [
            (0.01, 0.02, 1e-09, 0.5420614958126982),
            (0.01, 0.02, 0.3, 0.6611784272511073),
            (0.01, 0.02, 0.9, 0.6809152058570812),
            (0.5, 0.5, 1e-06, 0.0006366198784709244),
            (0.5, 0.5, 0.5, 0.5),
            (0.5, 0.5, 0.99, 0.9362314391414801),
            (0.5, 0.5, 0.999999, 0.9993633801215199),
            (1.0, 1.0, 0.001, 0.001),
            (1.0, 1.0, 0.4, 0.4),
            (1.0, 1.0, 0.95, 0.95),
            (2.0, 3.0, 0.01, 0.00059203),
            (2.0, 3.0, 0.35, 0.43701874999999996),
            (2.0, 3.0, 0.9, 0.9963),
            (1.9, 40.0, 1e-05, 1.955043561876472e-07),
            (1.9, 40.0, 0.03, 0.37996412284810804),
            (1.9, 40.0, 0.2, 0.9990029119469893),
            (30.0, 0.3, 0.5, 4.5602445173574144e-11),
            (30.0, 0.3, 0.97, 0.09728318799112191),
            (30.0, 0.3, 0.9999, 0.8057762925551296),
            (0.05, 200.0, 1e-12, 0.33624979624974527),
            (0.05, 200.0, 0.0001, 0.8438249622342984),
            (0.05, 200.0, 0.01, 0.9973804502129794),
            (15.0, 25.0, 0.05, 2.4305650312849635e-10),
            (15.0, 25.0, 0.37, 0.4849637407758892),
            (15.0, 25.0, 0.7, 0.9999888283737745),
            (400.0, 300.0, 0.45, 6.033901725953836e-11),
            (400.0, 300.0, 0.57, 0.4681323674742976),
            (400.0, 300.0, 0.66, 0.9999993991680696),
            (3.0, 5000.0, 1e-05, 2.0079682946247523e-05),
            (3.0, 5000.0, 0.0005, 0.4564755033297791),
            (3.0, 5000.0, 0.003, 0.9999615611201771),
            (20000.0, 30000.0, 0.39, 2.3590868064170453e-06),
            (20000.0, 30000.0, 0.4, 0.5002427892729779),
            (20000.0, 30000.0, 0.412, 0.9999999762557098),
            (1.5, 0.001, 0.2, 6.802912596513169e-05),
            (1.5, 0.001, 0.9, 0.0017383195058514461),
            (1.5, 0.001, 0.999, 0.006275132606689287),
        ] {
            let got: f64 = beta_inc(a, b, x);
            assert!((got / expected - 1.0_f64).abs() < 1e-11, "I({a}, {b}, {x:e}): {got:e}, {expected:e}");
        }
    }

    #[test]
    fn the_draw_derivatives_meet_outside_values() {
        // mpmath: -diff(I, a) / pdf and -diff(I, b) / pdf, by numerical differentiation with sixty digits.
        for (a, b, z, by_a, by_b) in [
            (0.3, 0.2, 0.1, 1.2642815831484404, -1.0311052633730566),
            (0.3, 0.2, 0.5, 2.358313862235129, -3.412837696898283),
            (0.3, 0.2, 0.76, 1.525118427183085, -3.0365159156212185),
            (0.3, 0.2, 0.95, 0.3713228252113114, -1.127085482061413),
            (12.0, 0.5, 0.9, 0.008063516927383645, -0.15412428565728917),
            (12.0, 0.5, 0.97, 0.002513098140869841, -0.09085834491460165),
            (12.0, 0.5, 0.9999, 8.506365894766794e-06, -0.0013534169915694995),
            (0.7, 20.0, 0.01, 0.030008422369146793, -0.0005011906392764058),
            (0.7, 20.0, 0.05, 0.07061108877646496, -0.0024544197738305346),
            (0.7, 20.0, 0.2, 0.10575134760015184, -0.008989700533302515),
            (0.01, 0.02, 1e-09, 5.4024634746315865e-06, -1.6682534873640502e-06),
            (0.01, 0.02, 0.3, 725.0767486281861, -353.9797360714538),
            (0.01, 0.02, 0.9, 301.06534570071085, -160.33547957386617),
            (0.5, 0.5, 1e-06, 2.8858422329762993e-05, -2.7725871313764375e-06),
            (0.5, 0.5, 0.5, 0.915965594177219, -0.915965594177219),
            (0.5, 0.5, 0.99, 0.027566362557611097, -0.10398372974154833),
            (0.5, 0.5, 0.999999, 2.772587131456165e-06, -2.8858422330535324e-05),
            (1.0, 1.0, 0.001, 0.0069077552789821375, -0.00099949983324995),
            (1.0, 1.0, 0.4, 0.366516292749662, -0.30649537425959444),
            (1.0, 1.0, 0.95, 0.04872862966817305, -0.14978661367769963),
            (2.0, 3.0, 0.01, 0.02025621454622428, -0.0029027289151284967),
            (2.0, 3.0, 0.35, 0.14075870812665905, -0.08250434183171317),
            (2.0, 3.0, 0.9, 0.034450756943447625, -0.07055152633405526),
            (1.9, 40.0, 1e-05, 4.564912097237366e-05, -2.4725042353004044e-07),
            (1.9, 40.0, 0.03, 0.020507398607236625, -0.0007305569331481459),
            (1.9, 40.0, 0.2, 0.04029924421214663, -0.004415633550731246),
            (30.0, 0.3, 0.5, 0.011672048266839019, -0.10167972631848783),
            (30.0, 0.3, 0.97, 0.0009963276231997388, -0.08517947404333656),
            (30.0, 0.3, 0.9999, 3.3722211760910982e-06, -0.0018869754864122297),
            (0.05, 200.0, 1e-12, 4.3674220502175297e-10, -5.011892805345023e-15),
            (0.05, 200.0, 0.0001, 0.007000264997533258, -5.011642003495321e-07),
            (0.05, 200.0, 0.01, 0.07820697092923486, -4.98672950408619e-05),
            (15.0, 25.0, 0.05, 0.007470473197670396, -0.0015544187200882034),
            (15.0, 25.0, 0.37, 0.015951658910500988, -0.009427651772437137),
            (15.0, 25.0, 0.7, 0.010293557878012193, -0.012016855797563699),
            (400.0, 300.0, 0.45, 0.000696198395132195, -0.0007271423418330892),
            (400.0, 300.0, 0.57, 0.0006140651150564561, -0.0008164837217295757),
            (400.0, 300.0, 0.66, 0.0005220250989939556, -0.0008387647984660101),
            (3.0, 5000.0, 1e-05, 1.4360662268673004e-05, -1.9995901359177585e-09),
            (3.0, 5000.0, 0.0005, 0.00019253234296497278, -9.995500916172636e-08),
            (3.0, 5000.0, 0.003, 0.00042255368984943077, -5.989793787293604e-07),
            (20000.0, 30000.0, 0.39, 1.2046393224099064e-05, -7.864738209016539e-06),
            (20000.0, 30000.0, 0.4, 1.2000180001579985e-05, -8.00009777851259e-06),
            (20000.0, 30000.0, 0.412, 1.1934841600781232e-05, -8.157144529579233e-06),
            (1.5, 0.001, 0.2, 0.2725069475190714, -121.70510792817662),
            (1.5, 0.001, 0.9, 0.087959350324231, -183.4173421649041),
            (1.5, 0.001, 0.999, 0.0009338556137528444, -6.298404894625924),
        ] {
            let got: [f64; 2] = beta_draw_derivatives(z, 1.0 - z, a, b);
            assert!(
                (got[0] / by_a - 1.0_f64).abs() < 1e-9,
                "by a at {a}, {b}, {z:e}: {:e}, {by_a:e}",
                got[0]
            );
            assert!(
                (got[1] / by_b - 1.0_f64).abs() < 1e-9,
                "by b at {a}, {b}, {z:e}: {:e}, {by_b:e}",
                got[1]
            );
        }
        assert_eq!(beta_draw_derivatives(0.0, 1.0, 0.1, 0.1), [0.0; 2]);
    }

    #[test]
    fn the_derivative_has_no_seam_between_its_regimes() {
        // Along a draw at a fixed ratio to its mean the derivatives vary smoothly with the parameters: a third
        // difference over neighbours is far below the values themselves.
        for b in [0.05, 0.9, 1.99, 2.01, 9.0, 300.0] {
            for logit in [-6.0, -1.0, 0.0, 1.0, 5.0] {
                let at =
                    |i: i32| logit_draw_derivative(logit + (0.9_f64 / b).ln(), 1.9 + 1e-3 * f64::from(i), b);
                for i in 0..200 {
                    let third = at(i + 3) - 3.0 * at(i + 2) + 3.0 * at(i + 1) - at(i);
                    assert!(third.abs() < 1e-7 * at(i).abs(), "b = {b}, logit = {logit}, i = {i}: {third:e}");
                }
            }
        }
    }
}

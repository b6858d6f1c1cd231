//! Checks that a family keeps the laws of [`Univariate`]: what the tests of the distributions are made of.
//!
//! Every check panics when a law is broken; the tests at the end plant errors and require that panic.
//! Nothing that is not finite is ever filtered: it fails the check.

use super::numerical::{self, chi_squared};
pub(crate) use super::numerical::{difference, step};
use super::{Density, Need, Univariate};
use crate::support::{Integer, Support};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::any::TypeId;

/// The interval that a density lives on; either end may be infinite.
pub(crate) type Interval = (f64, f64);

/// Asserts that `got` is the derivative of `f` at `x`, to 1e-6 relative.
///
/// Beside that only the rounding of `f` itself is allowed for: a difference cannot see less than `ulp(f) / h`.
#[track_caller]
pub(crate) fn assert_derivative(what: &str, f: impl Fn(f64) -> f64, x: f64, got: f64) {
    assert_slope(what, &f, x, got);
}

#[track_caller]
fn assert_slope(what: &str, f: &dyn Fn(f64) -> f64, x: f64, got: f64) {
    let expected = difference(f, x);
    let rounding = 32.0 * f64::EPSILON * f(x).abs().max(1e-3) / step(x);
    assert!(
        (got - expected).abs() <= 1e-6 * expected.abs() + rounding,
        "{what}: got {got}, the difference quotient is {expected}"
    );
}

/// Asserts that two numbers agree to `tolerance` relative.
#[track_caller]
pub(crate) fn assert_close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        got == expected || (got - expected).abs() <= tolerance * expected.abs(),
        "{what}: got {got:e}, expected {expected:e}"
    );
}

fn is_discrete<F: Univariate<N>, const N: usize>() -> bool {
    TypeId::of::<<F::Support as Support>::Kind>() == TypeId::of::<Integer>()
}

/// Densities are inlined wherever they are called: here the checks have one copy of each.
#[inline(never)]
fn at<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N], need: Need) -> Density<f64, N> {
    F::log_density(x, p, need)
}

fn log_density<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N]) -> f64 {
    at::<F, N>(x, p, Need::NONE).log
}

fn density<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N]) -> f64 {
    log_density::<F, N>(x, p).exp()
}

fn with<const N: usize>(mut p: [f64; N], k: usize, value: f64) -> [f64; N] {
    p[k] = value;
    p
}

/// Asserts the log-density at `x` against a value from outside, to 1e-12 relative (absolute below one).
#[track_caller]
pub(crate) fn assert_log_density<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N], expected: f64) {
    let got = log_density::<F, N>(x, p);
    assert!(
        got == expected || (got - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{} at {x} given {p:?}: got {got}, expected {expected}",
        F::NAME
    );
}

/// Asserts the partial derivatives by the value (unless discrete) and by every parameter.
#[track_caller]
pub(crate) fn assert_partials<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N]) {
    assert_partials_by::<F, N>(x, p, [true; N]);
}

/// Asserts the partial derivatives by the value (unless discrete) and by those parameters that `which` marks;
/// the others are integers.
#[track_caller]
pub(crate) fn assert_partials_by<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N], which: [bool; N]) {
    let all = at::<F, N>(x, p, Need::ALL);
    assert_eq!(all.log, log_density::<F, N>(x, p), "the log-density may not depend on what is needed");
    let name = |of: &str| format!("{}: d log density / d {of} at {x} given {p:?}", F::NAME);
    if is_discrete::<F, N>() {
        assert_eq!(all.by_value, 0.0, "{} is discrete", F::NAME);
    } else {
        assert_derivative(&name("value"), |x| log_density::<F, N>(x, p), x, all.by_value);
        let alone = at::<F, N>(x, p, Need::of(true, [false; N]));
        assert_eq!((alone.log, alone.by_value), (all.log, all.by_value), "asked for alone");
    }
    for k in (0..N).filter(|&k| which[k]) {
        let moved = |v| log_density::<F, N>(x, with(p, k, v));
        assert_derivative(&name(F::PARAMETERS[k]), moved, p[k], all.by_parameter[k]);
        let alone = at::<F, N>(x, p, Need::of::<N>(false, std::array::from_fn(|j| j == k)));
        assert_eq!((alone.log, alone.by_parameter[k]), (all.log, all.by_parameter[k]), "asked for alone");
    }
}

/// Returns the integral of `f` over the interval by the double-exponential rule.
///
/// The function may have an integrable singularity at an end that is zero; it must be smooth inside.
pub(crate) fn integrate(f: impl Fn(f64) -> f64, over: Interval) -> f64 {
    let value = |x| {
        let value = f(x);
        assert!(!value.is_nan(), "the integrand is NaN at {x}");
        value
    };
    numerical::integrate(value, over, 256)
}

/// Returns the sum of `f` over the natural numbers below `end`.
pub(crate) fn sum(f: impl Fn(f64) -> f64, end: u32) -> f64 {
    (0..end).map(|k| f(f64::from(k))).sum()
}

/// Asserts that the density integrates to one over the interval, to 1e-9.
#[track_caller]
pub(crate) fn assert_normalised<F: Univariate<N>, const N: usize>(p: [f64; N], over: Interval) {
    let total = integrate(|x| density::<F, N>(x, p), over);
    assert_close(&format!("{} given {p:?}: total probability", F::NAME), total, 1.0, 1e-9);
}

/// Asserts that the probabilities of the natural numbers below `end` sum to one, to 1e-9.
#[track_caller]
pub(crate) fn assert_sums_to_one<F: Univariate<N>, const N: usize>(p: [f64; N], end: u32) {
    let total = sum(|x| density::<F, N>(x, p), end);
    assert_close(&format!("{} given {p:?}: total probability", F::NAME), total, 1.0, 1e-9);
}

/// Asserts mean, variance and (where given) entropy against integrals of the density, to 1e-7.
#[track_caller]
pub(crate) fn assert_moments<F: Univariate<N>, const N: usize>(p: [f64; N], over: Interval) {
    assert_moments_with::<F, N>(p, |f| integrate(f, over));
}

/// Asserts mean, variance and (where given) entropy against sums over the natural numbers below `end`, to 1e-7.
#[track_caller]
pub(crate) fn assert_moments_by_sum<F: Univariate<N>, const N: usize>(p: [f64; N], end: u32) {
    assert_moments_with::<F, N>(p, |f| sum(f, end));
}

#[track_caller]
fn assert_moments_with<F: Univariate<N>, const N: usize>(
    p: [f64; N],
    total: impl Fn(&dyn Fn(f64) -> f64) -> f64,
) {
    let name = |of: &str| format!("{} given {p:?}: {of}", F::NAME);
    let (mean, variance) = (F::mean(p), F::variance(p));
    // The scale makes the comparison sensible where the mean is zero.
    let scale = variance.sqrt().max(mean.abs());
    let expected = total(&|x| x * density::<F, N>(x, p));
    assert!((mean - expected).abs() <= 1e-7 * scale, "{}: got {mean}, expected {expected}", name("mean"));
    let expected = total(&|x| (x - mean).powi(2) * density::<F, N>(x, p));
    assert_close(&name("variance"), variance, expected, 1e-7);
    if let Some(entropy) = F::entropy(p) {
        let expected = -total(&|x| {
            let log = log_density::<F, N>(x, p);
            if log == f64::NEG_INFINITY { 0.0 } else { log * log.exp() }
        });
        assert!(
            (entropy - expected).abs() <= 1e-7 * expected.abs().max(1.0),
            "{}: got {entropy}, expected {expected}",
            name("entropy")
        );
    }
}

/// Asserts at the point `x` that the cdf's slope is the density, and that the quantile, if there is one, inverts it.
#[track_caller]
pub(crate) fn assert_cdf<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N]) {
    let name = |of: &str| format!("{} at {x} given {p:?}: {of}", F::NAME);
    let cdf = |x| F::cdf(x, p).expect("the family has a cdf");
    assert_derivative(&name("slope of the cdf"), cdf, x, density::<F, N>(x, p));
    if let Some(back) = F::icdf(cdf(x), p) {
        // A quantile cannot be better than the rounding of the probability it is asked for.
        let rounding = 8.0 * f64::EPSILON / density::<F, N>(x, p);
        assert!((back - x).abs() <= 1e-9 * x.abs() + rounding, "{}: got {back}", name("icdf(cdf(x))"));
    }
}

/// Returns `n` draws, in the order drawn.
pub(crate) fn draws<F: Univariate<N>, const N: usize>(seed: u64, n: usize, p: [f64; N]) -> Vec<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let draws: Vec<f64> = (0..n).map(|_| F::draw(&mut rng, p)).collect();
    for &x in &draws {
        assert!(F::contains(x, p), "{} given {p:?}: the draw {x} lies outside the support", F::NAME);
    }
    draws
}

/// Asserts by Kolmogorov-Smirnov at level 1e-6 that values have the cdf; `cdf` is called on them in rising order.
#[track_caller]
pub(crate) fn assert_distributed(what: &str, mut values: Vec<f64>, mut cdf: impl FnMut(f64) -> f64) {
    assert!(values.len() >= 1000, "{what}: too few draws to see anything");
    assert!(values.iter().all(|x| x.is_finite()), "{what}: a draw is not finite");
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let mut distance = 0.0_f64;
    for (i, &x) in values.iter().enumerate() {
        let u = cdf(x);
        assert!((-1e-9..=1.0 + 1e-9).contains(&u), "{what}: the cdf at {x} is {u}");
        distance = distance.max(u - i as f64 / n).max((i + 1) as f64 / n - u);
    }
    // The limiting tail of sqrt(n) D is 2 exp(-2 t^2) (Kolmogorov, 1933).
    let limit = (-(1e-6_f64 / 2.0).ln() / 2.0).sqrt();
    let scaled = distance * n.sqrt();
    assert!(scaled < limit, "{what}: sqrt(n) D = {scaled}, the limit is {limit}");
}

/// Asserts that `n` draws have the family's cdf (Kolmogorov-Smirnov, level 1e-6).
#[track_caller]
pub(crate) fn assert_draws<F: Univariate<N>, const N: usize>(seed: u64, n: usize, p: [f64; N]) {
    let name = format!("draws of {} given {p:?}", F::NAME);
    assert_distributed(&name, draws::<F, N>(seed, n, p), |x| F::cdf(x, p).expect("the family has a cdf"));
}

/// Asserts that `n` draws have the family's density, which is integrated from draw to draw
/// (Kolmogorov-Smirnov, level 1e-6).
#[track_caller]
pub(crate) fn assert_draws_by_density<F: Univariate<N>, const N: usize>(
    seed: u64,
    n: usize,
    p: [f64; N],
    (low, high): Interval,
) {
    let name = format!("draws of {} given {p:?}", F::NAME);
    let f = |x| density::<F, N>(x, p);
    let mut last = None;
    let mut below = 0.0;
    let values = draws::<F, N>(seed, n, p);
    assert!(values.iter().all(|&x| low <= x && x <= high), "{name}: a draw is outside the interval");
    assert_distributed(&name, values, |x| {
        below += match last {
            None => integrate(f, (low, x)),
            Some(before) => gauss(f, before, x),
        };
        last = Some(x);
        below
    });
}

/// Returns the integral over a short interval by five-point Gauss-Legendre.
fn gauss(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    const NODES: [(f64, f64); 3] = [
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.906_179_845_938_664, 0.236_926_885_056_189_08),
    ];
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let mut total = NODES[0].1 * f(middle);
    for (node, weight) in &NODES[1..] {
        total += weight * (f(middle - half * node) + f(middle + half * node));
    }
    total * half
}

/// Asserts by chi-squared at level 1e-6 that `n` draws of a discrete family have its probabilities.
///
/// Neighbouring values are pooled until each cell expects at least ten draws.
#[track_caller]
pub(crate) fn assert_counts<F: Univariate<N>, const N: usize>(seed: u64, n: usize, p: [f64; N]) {
    let name = format!("draws of {} given {p:?}", F::NAME);
    let mut values = draws::<F, N>(seed, n, p);
    assert!(values.iter().all(|x| x.is_finite() && x.fract() == 0.0), "{name}: a draw is no integer");
    values.sort_by(f64::total_cmp);
    let (statistic, limit) = chi_squared(&values, |k| density::<F, N>(k, p));
    assert!(statistic < limit, "{name}: chi-squared is {statistic}, the limit is {limit}");
}

/// Asserts the partials of a draw against differences of the quantile at a fixed probability, or where there is no
/// quantile against `-(dF/dp) / density` with differences of the cdf.
///
/// Meant for points in the bulk: a cdf near one has lost the digits that the upper tail would need.
#[track_caller]
pub(crate) fn assert_draw_partials<F: Univariate<N>, const N: usize>(z: f64, p: [f64; N]) {
    let got = F::draw_partials(z, p);
    let u = F::cdf(z, p).expect("the family has a cdf");
    for k in 0..N {
        let name = format!("{} given {p:?}: d draw / d {} at {z}", F::NAME, F::PARAMETERS[k]);
        if F::icdf(u, p).is_some() {
            let at = |v| F::icdf(u, with(p, k, v)).expect("the family has a quantile");
            assert_derivative(&name, at, p[k], got[k]);
        } else {
            let at = |v| F::cdf(z, with(p, k, v)).expect("the family has a cdf");
            assert_derivative(&name, at, p[k], -got[k] * density::<F, N>(z, p));
        }
    }
}

/// Asserts the partials of a draw against `-(dF/dp) / density`, where `dF/dp` is the integral of the density times
/// its score over the lighter side of `z`: exact in both tails, and in need of no cdf.
///
/// For supports that do not move with the parameters.
#[track_caller]
pub(crate) fn assert_draw_partials_by_density<F: Univariate<N>, const N: usize>(
    z: f64,
    p: [f64; N],
    (low, high): Interval,
) {
    let got = F::draw_partials(z, p);
    let here = log_density::<F, N>(z, p);
    let relative = |x: f64| (log_density::<F, N>(x, p) - here).exp();
    let below = integrate(relative, (low, z)) <= integrate(relative, (z, high));
    for (k, &got) in got.iter().enumerate() {
        let slope = |x: f64| relative(x) * at::<F, N>(x, p, Need::ALL).by_parameter[k];
        let (expected, size) = if below {
            (-integrate(slope, (low, z)), integrate(|x| slope(x).abs(), (low, z)))
        } else {
            (integrate(slope, (z, high)), integrate(|x| slope(x).abs(), (z, high)))
        };
        // The quadrature itself is good to about 1e-13 of the integral of the absolute value.
        assert!(
            (got - expected).abs() <= 1e-8 * expected.abs() + 1e-11 * size,
            "{} given {p:?}: d draw / d {} at {z}: got {:e}, expected {expected:e}",
            F::NAME,
            F::PARAMETERS[k],
            got
        );
    }
}

/// Asserts that NaN, in the value or in any parameter, gives a NaN log-density, and that `check` refuses it and the
/// infinities.
#[track_caller]
pub(crate) fn assert_nan_passes<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N]) {
    assert!(log_density::<F, N>(f64::NAN, p).is_nan(), "{}: NaN as the value", F::NAME);
    assert!(!F::contains(f64::NAN, p), "{}: NaN is not in the support", F::NAME);
    assert!(F::check(p).is_ok(), "{}: {p:?} is a member", F::NAME);
    for k in 0..N {
        let name = format!("{}: {}", F::NAME, F::PARAMETERS[k]);
        assert!(log_density::<F, N>(x, with(p, k, f64::NAN)).is_nan(), "{name} is NaN");
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = F::check(with(p, k, bad)).expect_err(&name);
            assert_eq!(refused.name, F::PARAMETERS[k]);
        }
    }
}

/// Asserts that the single-precision log-density agrees with the double-precision one, to `tolerance` relative
/// (absolute below one).
#[track_caller]
pub(crate) fn assert_single<F: Univariate<N>, const N: usize>(x: f64, p: [f64; N], tolerance: f64) {
    // Rounded first, so that both see the same point.
    let (x, p) = (x as f32, p.map(|v| v as f32));
    let single = F::log_density(x, p, Need::NONE).log;
    let double = log_density::<F, N>(f64::from(x), p.map(f64::from));
    assert!(
        (f64::from(single) - double).abs() <= tolerance * double.abs().max(1.0),
        "{} at {x} given {p:?}: got {single} in single precision, {double} in double",
        F::NAME
    );
}

#[cfg(test)]
mod tests {
    use super::super::{BadParameter, Density};
    use super::*;
    use crate::element::Numeric;
    use crate::kernel::math;
    use crate::support::{NaturalNumber, Positive};
    use rand::{Rng, RngExt};

    const SOUND: u8 = 0;
    const DENSITY: u8 = 1;
    const BY_VALUE: u8 = 2;
    const BY_PARAMETER: u8 = 3;
    const DRAW: u8 = 4;
    const DRAW_PARTIALS: u8 = 5;
    const MOMENTS: u8 = 6;
    const CDF: u8 = 7;
    const NOT_A_NUMBER: u8 = 8;

    /// An exponential distribution with a rate and one planted error.
    struct Planted<const ERROR: u8>;

    /// Returns a factor near one if `error` is the planted one.
    fn off<E: Numeric>(planted: u8, error: u8) -> E {
        E::of(if planted == error { 1.0 + 1e-4 } else { 1.0 })
    }

    impl<const ERROR: u8> Univariate<1> for Planted<ERROR> {
        type Support = Positive;
        const NAME: &'static str = "Planted";
        const PARAMETERS: [&'static str; 1] = ["rate"];
        const PATHWISE: bool = true;
        const VECTORISES: bool = true;

        fn log_density<E: Numeric>(x: E, [rate]: [E; 1], _: Need) -> Density<E, 1> {
            let log = (math::ln(rate) - rate * x) * off(ERROR, DENSITY);
            Density {
                log: if ERROR == NOT_A_NUMBER { log.max(E::of(-1e3)) } else { log },
                by_value: -rate * off::<E>(ERROR, DENSITY) * off(ERROR, BY_VALUE),
                by_parameter: [(rate.recip() - x) * off(ERROR, DENSITY) * off(ERROR, BY_PARAMETER)],
            }
        }

        fn draw<E: Numeric, R: Rng>(rng: &mut R, [rate]: [E; 1]) -> E {
            let u: f64 = rng.random();
            -math::ln_1p(E::of(-u)) / rate * E::of(if ERROR == DRAW { 1.1 } else { 1.0 })
        }

        fn draw_partials<E: Numeric>(z: E, [rate]: [E; 1]) -> [E; 1] {
            [-z / rate * off(ERROR, DRAW_PARTIALS)]
        }

        fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
            x >= E::zero()
        }

        fn check<E: Numeric>([rate]: [E; 1]) -> Result<(), BadParameter> {
            let good = rate > E::zero() && (rate.is_finite() || ERROR == NOT_A_NUMBER);
            if good { Ok(()) } else { Err(BadParameter { name: "rate", must: "be positive" }) }
        }

        fn mean<E: Numeric>([rate]: [E; 1]) -> E {
            rate.recip()
        }

        fn variance<E: Numeric>([rate]: [E; 1]) -> E {
            (rate * rate).recip() * off(ERROR, MOMENTS)
        }

        fn entropy<E: Numeric>([rate]: [E; 1]) -> Option<E> {
            Some(E::one() - math::ln(rate))
        }

        fn cdf<E: Numeric>(x: E, [rate]: [E; 1]) -> Option<E> {
            Some(-math::exp_m1(-rate * x * off(ERROR, CDF)))
        }
    }

    /// The geometric distribution over the failures, with a planted error in its draws or its density.
    struct Failures<const ERROR: u8>;

    impl<const ERROR: u8> Univariate<1> for Failures<ERROR> {
        type Support = NaturalNumber;
        const NAME: &'static str = "Failures";
        const PARAMETERS: [&'static str; 1] = ["p"];
        const PATHWISE: bool = false;
        const VECTORISES: bool = true;

        fn log_density<E: Numeric>(x: E, [p]: [E; 1], _: Need) -> Density<E, 1> {
            let log = (math::ln(p) + x * math::ln_1p(-p)) * off(ERROR, DENSITY);
            let by_value = if ERROR == BY_VALUE { E::one() } else { E::zero() };
            Density { log, by_value, by_parameter: [p.recip() - x / (E::one() - p)] }
        }

        fn draw<E: Numeric, R: Rng>(rng: &mut R, [p]: [E; 1]) -> E {
            let u: f64 = rng.random();
            let p = if ERROR == DRAW { p.as_f64() * 0.95 } else { p.as_f64() };
            E::of(((-u).ln_1p() / (-p).ln_1p()).floor())
        }

        fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
            x >= E::zero() && x.fract() == E::zero()
        }

        fn check<E: Numeric>(_: [E; 1]) -> Result<(), BadParameter> {
            Ok(())
        }

        fn mean<E: Numeric>([p]: [E; 1]) -> E {
            (E::one() - p) / p
        }

        fn variance<E: Numeric>([p]: [E; 1]) -> E {
            (E::one() - p) / (p * p) * off(ERROR, MOMENTS)
        }
    }

    const LINE: Interval = (0.0, f64::INFINITY);

    #[test]
    fn a_sound_family_passes() {
        type Sound = Planted<SOUND>;
        for (x, rate) in [(0.7, 1.3), (1e-3, 20.0), (500.0, 0.01)] {
            assert_partials::<Sound, 1>(x, [rate]);
            assert_cdf::<Sound, 1>(x, [rate]);
            assert_draw_partials::<Sound, 1>(x, [rate]);
            assert_draw_partials_by_density::<Sound, 1>(x, [rate], LINE);
            assert_normalised::<Sound, 1>([rate], LINE);
            assert_moments::<Sound, 1>([rate], LINE);
            assert_nan_passes::<Sound, 1>(x, [rate]);
            assert_single::<Sound, 1>(x, [rate], 1e-6);
        }
        assert_log_density::<Sound, 1>(2.0, [1.0], -2.0);
        assert_draws::<Sound, 1>(1, 20_000, [1.3]);
        assert_draws_by_density::<Sound, 1>(1, 20_000, [1.3], LINE);
        assert_partials_by::<Failures<SOUND>, 1>(3.0, [0.3], [true]);
        assert_sums_to_one::<Failures<SOUND>, 1>([0.3], 200);
        assert_moments_by_sum::<Failures<SOUND>, 1>([0.3], 200);
        assert_counts::<Failures<SOUND>, 1>(1, 100_000, [0.3]);
        assert_counts::<Failures<SOUND>, 1>(2, 100_000, [0.99]);
    }

    #[test]
    fn the_quadrature_meets_known_integrals() {
        let gaussian = |x: f64| (-0.5 * x * x).exp();
        let both = (f64::NEG_INFINITY, f64::INFINITY);
        assert_close("gaussian", integrate(gaussian, both), (2.0 * std::f64::consts::PI).sqrt(), 1e-14);
        assert_close("singular", integrate(|x| x.powf(-0.9), (0.0, 1.0)), 10.0, 1e-13);
        assert_close("left", integrate(f64::exp, (f64::NEG_INFINITY, 1.0)), std::f64::consts::E, 1e-13);
        assert_close("short", gauss(f64::exp, 0.0, 0.5), 0.5_f64.exp_m1(), 1e-10);
    }

    macro_rules! rejects {
        ($($name:ident: $check:expr;)*) => {$(
            #[test]
            #[should_panic]
            fn $name() {
                $check
            }
        )*};
    }
    rejects! {
        rejects_an_error_of_the_log_density: assert_log_density::<Planted<DENSITY>, 1>(2.0, [1.0], -2.0);
        rejects_an_error_of_the_total: assert_normalised::<Planted<DENSITY>, 1>([1.3], LINE);
        rejects_an_error_of_the_sum: assert_sums_to_one::<Failures<DENSITY>, 1>([0.3], 200);
        rejects_an_error_by_value: assert_partials::<Planted<BY_VALUE>, 1>(0.7, [1.3]);
        rejects_a_value_partial_of_integers: assert_partials::<Failures<BY_VALUE>, 1>(3.0, [0.3]);
        rejects_an_error_by_parameter: assert_partials::<Planted<BY_PARAMETER>, 1>(0.7, [1.3]);
        rejects_an_error_of_draws: assert_draws::<Planted<DRAW>, 1>(1, 20_000, [1.3]);
        rejects_an_error_of_draws_by_density: assert_draws_by_density::<Planted<DRAW>, 1>(1, 20_000, [1.3], LINE);
        rejects_an_error_of_counts: assert_counts::<Failures<DRAW>, 1>(1, 100_000, [0.3]);
        rejects_an_error_of_draw_partials: assert_draw_partials::<Planted<DRAW_PARTIALS>, 1>(0.7, [1.3]);
        rejects_an_error_of_draw_partials_by_density:
            assert_draw_partials_by_density::<Planted<DRAW_PARTIALS>, 1>(0.7, [1.3], LINE);
        rejects_an_error_of_moments: assert_moments::<Planted<MOMENTS>, 1>([1.3], LINE);
        rejects_an_error_of_moments_by_sum: assert_moments_by_sum::<Failures<MOMENTS>, 1>([0.3], 200);
        rejects_an_error_of_the_cdf: assert_cdf::<Planted<CDF>, 1>(0.7, [1.3]);
        rejects_swallowed_nans: assert_nan_passes::<Planted<NOT_A_NUMBER>, 1>(0.7, [1.3]);
        rejects_too_few_draws: assert_draws::<Planted<SOUND>, 1>(1, 100, [1.3]);
        rejects_draws_that_are_not_finite: assert_distributed("", vec![f64::NAN; 2000], |_| 0.5);
    }
}

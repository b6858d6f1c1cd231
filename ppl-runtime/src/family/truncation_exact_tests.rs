//! Truncated densities, their partials and those of draws keep their digits: in tails, in narrow intervals, at scales of all sizes.

use super::tests::{INF, Of, with};
use super::*;
use crate::family::cauchy::CauchyFamily;
use crate::family::exponential::ExponentialFamily;
use crate::family::gumbel::GumbelFamily;
use crate::family::laplace::LaplaceFamily;
use crate::family::log_normal::LogNormalFamily;
use crate::family::logistic::LogisticFamily;
use crate::family::normal::NormalFamily;
use crate::family::uniform::UniformFamily;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

#[path = "truncation_table_tests.rs"]
mod table;
use table::*;

/// What a partial may be wrong by, relative to itself. At the worst row the score is its mean over the interval but for 4e-8 of it.
const PARTIAL: f64 = 2e-8;

fn error(got: f64, expected: f64) -> f64 {
    if got == expected { 0.0 } else { (got - expected).abs() / expected.abs() }
}

/// Returns the largest relative errors of a log-density and of a partial.
fn worst<F: Univariate<N>, const N: usize>(rows: &[Row]) -> [f64; 2] {
    let mut worst = [0.0_f64; 2];
    for &(p, x, expected) in rows {
        let got = Of::<F, N>::log_density(x, p, Need::ALL);
        worst[0] = worst[0].max((got.log - expected[0]).abs() / expected[0].abs().max(1.0));
        for (got, expected) in got.by_parameter.into_iter().zip(&expected[1..]) {
            assert!(!got.is_nan());
            worst[1] = worst[1].max(error(got, *expected));
        }
    }
    worst
}

fn assert_rows<F: Univariate<N>, const N: usize>(rows: &[Row]) {
    let [log, partial] = worst::<F, N>(rows);
    assert!(log < 2e-14, "{}: a log-density is wrong by {log:e}", F::NAME);
    assert!(partial < PARTIAL, "{}: a partial is wrong by {partial:e} of itself", F::NAME);
    assert_single_follows::<F, N>(rows);
}

/// Checks that in single precision the result is that of double precision, rounded, where the rounded bounds leave an interval.
fn assert_single_follows<F: Univariate<N>, const N: usize>(rows: &[Row]) {
    let mut seen = 0;
    for &(p, x, _) in rows {
        let (p, x) = (p.map(|v| v as f32), x as f32);
        if Of::<F, N>::check(p).is_ok() && Of::<F, N>::contains(x, p) {
            let exact = Of::<F, N>::log_density(f64::from(x), p.map(f64::from), Need::ALL);
            let got = Of::<F, N>::log_density(x, p, Need::ALL);
            assert_eq!(got.log, exact.log as f32);
            assert_eq!(got.by_parameter, exact.by_parameter.map(|by| by as f32));
            seen += 1;
        }
    }
    assert!(2 * seen > rows.len(), "{}: single precision leaves {seen} intervals", F::NAME);
}

#[test]
fn densities_and_partials_are_those_of_mpmath() {
    assert_rows::<NormalFamily, 2>(&NORMAL);
    assert_rows::<LogNormalFamily, 2>(&LOG_NORMAL);
    assert_rows::<LogisticFamily, 2>(&LOGISTIC);
    assert_rows::<LaplaceFamily, 2>(&LAPLACE);
    assert_rows::<CauchyFamily, 2>(&CAUCHY);
    assert_rows::<GumbelFamily, 2>(&GUMBEL);
    assert_rows::<ExponentialFamily, 1>(&EXPONENTIAL);
    assert_rows::<UniformFamily, 2>(&UNIFORM);
}

#[test]
#[should_panic(expected = "a partial is wrong")]
fn a_partial_that_is_wrong_by_a_millionth_is_seen() {
    let (p, x, mut expected) = NORMAL[2];
    expected[3] *= 1.0 + 1e-6;
    assert_rows::<NormalFamily, 2>(&[(p, x, expected)]);
}

#[test]
fn on_one_side_of_a_laplace_nothing_is_left_of_the_location() {
    for p in [[0.5, 2.0, 0.3, 1.7], [-3.0, 0.1, 0.3, 1.7], [1e5, INF, 0.3, 1e-3]] {
        let x = p[1].min(p[0] + 0.1);
        assert_eq!(Of::<LaplaceFamily>::log_density(x, p, Need::ALL).by_parameter[2], 0.0);
    }
}

fn assert_draws_of<F: Univariate<2>>(rows: &[Draw]) {
    for &(p, z, expected) in rows {
        let got = Of::<F>::draw_partials(z, p);
        for (k, (got, expected)) in got.into_iter().zip(expected).enumerate() {
            let error = error(got, expected);
            assert!(error < 1e-9, "{} {k} at {z} given {p:?}: got {got:e}, expected {expected:e}", F::NAME);
        }
    }
}

#[test]
fn partials_of_draws_are_those_of_mpmath() {
    assert_draws_of::<NormalFamily>(&NORMAL_DRAWS);
    assert_draws_of::<LogisticFamily>(&LOGISTIC_DRAWS);
    assert_draws_of::<CauchyFamily>(&CAUCHY_DRAWS);
    assert_draws_of::<GumbelFamily>(&GUMBEL_DRAWS);
    assert_draws_of::<LaplaceFamily>(&LAPLACE_DRAWS);
}

/// An interval of a family at random: its place from the middle to far out, its width from wide to very narrow.
struct Case {
    p: [f64; PLACES],
    x: f64,
    /// The distance of the bounds and of the value from the middle, in units of the scale, where it is least.
    nearest: f64,
}

impl Case {
    /// Returns a case whose scale is up to so many decades from one, and whose bounds are up to `out` decades of scales from the middle.
    fn draw(rng: &mut Xoshiro256PlusPlus, decades: f64, out: f64) -> Case {
        let mut power = |from: f64, to: f64| 10.0_f64.powf(rng.random_range(from..to));
        let (scale, out, width) = (power(-decades, decades), power(-3.0, out), power(-7.0, 3.0));
        let sign = |rng: &mut Xoshiro256PlusPlus| if rng.random() { 1.0 } else { -1.0 };
        let loc = scale * rng.random_range(-3.0..3.0);
        let low = loc + sign(rng) * out * scale;
        let high = low + width * scale;
        // Where the density is, it falls within the scale over the distance from the middle.
        let near = scale * width.min(rng.random_range(0.0..3.0) / (1.0 + out));
        let x = if low < loc { (high - near).max(low) } else { (low + near).min(high) };
        let p = match rng.random_range(0..4) {
            0 if low > loc => [low, INF, loc, scale],
            0 if high < loc => [-INF, high, loc, scale],
            _ => [low, high, loc, scale],
        };
        let nearest = [low, high, x].into_iter().map(|v| ((v - loc) / scale).abs()).fold(INF, f64::min);
        Case { p, x, nearest }
    }

    /// Returns the interval of whose logarithms this is one; none where it is beyond the square root of the largest number.
    fn exponentiated(self) -> Case {
        let exp = |v: f64| if v.abs() < 350.0 || v.is_infinite() { v.exp() } else { f64::NAN };
        let [low, high, loc, scale] = self.p;
        Case { p: [exp(low), exp(high), loc, scale], x: exp(self.x), ..self }
    }
}

/// Checks partials by the parameters against differences of six points, where these show six digits, and returns how many were.
fn count_checked<F: Univariate<2>>(
    Case { p, x, nearest }: Case,
    density: impl Fn(f64, [f64; PLACES]) -> Density<f64, PLACES>,
) -> usize {
    if Of::<F>::check(p).is_err() || !Of::<F>::contains(x, p) {
        return 0;
    }
    let got = density(x, p);
    let mut checked = 0;
    for k in 2..PLACES {
        // The steps may not carry the middle, where a density may have a kink, past any of them.
        let h = 1e-3 * p[3] * nearest.min(1.0);
        let pair = |n: f64| {
            let at = |v| density(x, with(p, k, v)).log;
            at(p[k] + n * h) - at(p[k] - n * h)
        };
        let expected = (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h);
        let rounding = 64.0 * f64::EPSILON * got.log.abs().max(1.0) / h;
        if rounding < 1e-6 * expected.abs() {
            let got = got.by_parameter[k];
            assert!(
                (got - expected).abs() <= 2e-6 * expected.abs(),
                "{} by {} at {x} given {p:?}: got {got:e}, the difference is {expected:e}",
                F::NAME,
                F::PARAMETERS[k - 2]
            );
            checked += 1;
        }
    }
    checked
}

fn assert_differences<F: Univariate<2>>(out: f64, make: impl Fn(Case) -> Case) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let density = |x, p| Of::<F>::log_density(x, p, Need::ALL);
    let checked: usize =
        (0..4_000).map(|_| count_checked::<F>(make(Case::draw(&mut rng, 1.0, out)), density)).sum();
    assert!(checked > 800, "{}: differences showed only {checked} partials", F::NAME);
}

#[test]
fn partials_are_differences_in_intervals_at_random() {
    assert_differences::<NormalFamily>(4.0, |case| case);
    assert_differences::<LogisticFamily>(4.0, |case| case);
    assert_differences::<LaplaceFamily>(4.0, |case| case);
    assert_differences::<CauchyFamily>(4.0, |case| case);
    // Its density falls as the exponential of an exponential.
    assert_differences::<GumbelFamily>(1.5, |case| case);
    assert_differences::<LogNormalFamily>(2.0, Case::exponentiated);
}

/// Returns whether the family takes the interval, and then checks that nothing is NaN.
fn is_known<F: Univariate<N>, E: Numeric, const N: usize>(x: E, p: [E; PLACES]) -> bool {
    let fits = Of::<F, N>::check(p).is_ok() && Of::<F, N>::contains(x, p);
    if fits {
        let got = Of::<F, N>::log_density(x, p, Need::ALL);
        let draw = Of::<F, N>::draw_partials(x, p);
        assert_numbers(
            F::NAME,
            [got.log, got.by_value].into_iter().chain(got.by_parameter).chain(draw),
            x,
            p,
        );
    }
    fits
}

fn assert_numbers<E: Numeric>(name: &str, mut values: impl Iterator<Item = E>, x: E, p: [E; PLACES]) {
    assert!(values.all(|v| !v.is_nan()), "{name} at {x:?} given {p:?}: something is NaN");
}

fn assert_all_known<F: Univariate<N>, const N: usize>(decades: f64, out: f64, make: impl Fn(Case) -> Case) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let cases = 20_000;
    let mut known = [0, 0];
    for _ in 0..cases {
        let Case { p, x, .. } = make(Case::draw(&mut rng, decades, out));
        known[0] += usize::from(is_known::<F, f64, N>(x, p));
        known[1] += usize::from(is_known::<F, f32, N>(x as f32, p.map(|v| v as f32)));
    }
    assert!(known.iter().all(|&known| known > cases / 10), "{}: only {known:?} intervals", F::NAME);
}

#[test]
#[should_panic(expected = "the difference is")]
fn a_difference_sees_a_partial_that_is_wrong_in_the_sixth_digit() {
    let density = |x, p| {
        let mut density = Of::<NormalFamily>::log_density(x, p, Need::ALL);
        density.by_parameter[2] *= 1.0 + 4e-6;
        density
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for _ in 0..100 {
        count_checked::<NormalFamily>(Case::draw(&mut rng, 1.0, 4.0), density);
    }
}

#[test]
#[should_panic(expected = "something is NaN")]
fn one_nan_among_numbers_is_seen() {
    assert_numbers("planted", [1.0, f64::NAN].into_iter(), 0.0, [0.0; PLACES]);
}

#[test]
fn nothing_is_nan_in_intervals_at_random() {
    assert_all_known::<NormalFamily, 2>(8.0, 6.0, |case| case);
    assert_all_known::<LogisticFamily, 2>(8.0, 6.0, |case| case);
    assert_all_known::<LaplaceFamily, 2>(8.0, 6.0, |case| case);
    assert_all_known::<CauchyFamily, 2>(8.0, 6.0, |case| case);
    // The exponential of the distance has a square.
    assert_all_known::<GumbelFamily, 2>(8.0, 2.5, |case| case);
    assert_all_known::<LogNormalFamily, 2>(1.5, 2.0, Case::exponentiated);
    assert_all_known::<ExponentialFamily, 1>(8.0, 6.0, |case| {
        let [low, high, _, scale] = case.p;
        Case { p: [low, high, scale, 0.0], ..case }
    });
}

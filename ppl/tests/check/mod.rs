//! Checks of numbers: exact ones, and means of estimates, which fail beyond five standard errors and refuse to judge where
//! five standard errors are more than the error that they are to see.
#![allow(dead_code)]

/// Asserts that a number is another one, to a tolerance relative to it or to one.
#[track_caller]
pub fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// Returns the mean and its standard error.
pub fn mean_of(draws: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Asserts that an estimate with a standard error is of `exact`, and would show an error of `detect`.
#[track_caller]
pub fn estimates(what: &str, (mean, error): (f64, f64), exact: f64, detect: f64) {
    assert!(
        mean.is_finite() && error.is_finite(),
        "{what}: {mean} with standard error {error} is not finite"
    );
    assert!(
        5.0 * error <= detect,
        "{what}: too few draws: 5 standard errors are {}, not {detect}",
        5.0 * error
    );
    let off = (mean - exact).abs();
    assert!(off <= 5.0 * error + 1e-10, "{what}: biased: {mean}, expected {exact}, standard error {error}");
}

/// Returns the derivative of `f` at `x` by six-point central differences, of step `1e-3 max(|x|, 0.01)`.
pub fn slope(mut f: impl FnMut(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.01);
    let mut pair = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h)
}

pub fn log_normal(x: f64, loc: f64, scale: f64) -> f64 {
    let z = (x - loc) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

pub fn log_mean_exp(logs: &[f64]) -> f64 {
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    highest + (logs.iter().map(|l| (l - highest).exp()).sum::<f64>() / logs.len() as f64).ln()
}

/// Returns the expectation of `f` over two independent draws of the standard normal, by the trapezoidal rule.
pub fn over_two_normals(f: impl Fn(f64, f64) -> f64) -> f64 {
    let (n, reach) = (100, 8.0);
    let h = reach / f64::from(n);
    let point = |k: i32| f64::from(k) * h;
    let weight = |z: f64| h * log_normal(z, 0.0, 1.0).exp();
    let row = |i: i32| -> f64 {
        let a = point(i);
        weight(a) * (-n..=n).map(|j| weight(point(j)) * f(a, point(j))).sum::<f64>()
    };
    (-n..=n).map(row).sum()
}

#[test]
fn the_rule_is_exact_for_moments() {
    close(over_two_normals(|a, b| a * a + b.powi(4)), 4.0, 1e-12);
    close(slope(|x| x * x * x, 2.0), 12.0, 1e-9);
}

#[test]
fn a_number_that_is_off_is_rejected() {
    let judge = |found: f64| std::panic::catch_unwind(|| close(found, 2.0, 1e-9)).is_err();
    assert!(!judge(2.0 + 1e-9) && judge(2.0 + 5e-9) && judge(f64::NAN));
}

#[test]
fn a_biased_estimate_is_rejected_and_few_draws_too() {
    let spread: Vec<f64> = (0..20_000).map(|k| (f64::from(k) * 0.618_033_988_749_894_9).fract()).collect();
    let judge = |draws: &[f64], exact: f64| {
        let of = mean_of(draws);
        std::panic::catch_unwind(|| estimates("spread", of, exact, 0.025)).is_err()
    };
    assert!(!judge(&spread, 0.5), "the mean is rejected");
    assert!(judge(&spread, 0.525), "an error of 5% passes");
    assert!(judge(&spread[..100], 0.5), "too few draws pass");
    let mut bad = spread.clone();
    bad[7] = f64::NAN;
    assert!(judge(&bad, 0.5), "a draw that is not a number passes");
}

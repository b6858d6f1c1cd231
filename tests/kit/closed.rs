//! Closed forms, and sums over the outcomes of a few coins.

use std::f64::consts::PI;

/// Returns the derivative of `f` at `x` by six-point central differences, of step `1e-3 max(|x|, 0.01)`.
///
/// # Examples
///
/// ```
/// assert!((ppl_tests::slope(|x| x * x * x, 2.0) - 12.0).abs() < 1e-9);
/// ```
pub fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.01);
    let pair = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h)
}

/// Returns the logarithm of the normal density.
///
/// # Examples
///
/// ```
/// // scipy.stats.norm.logpdf(1.5, 2.0, 0.5)
/// assert!((ppl_tests::log_normal_density(1.5, 2.0, 0.5) + 0.7257913526447274).abs() < 1e-14);
/// ```
pub fn log_normal_density(x: f64, loc: f64, scale: f64) -> f64 {
    let z = (x - loc) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * (2.0 * PI).ln()
}

/// Returns the probability of a coin's side.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_tests::bernoulli(0.25, false), 0.75);
/// ```
pub fn bernoulli(p: f64, side: bool) -> f64 {
    if side { p } else { 1.0 - p }
}

/// Returns the log-odds.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_tests::logit(0.5), 0.0);
/// ```
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Returns every outcome of `n` coins.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_tests::outcomes(2).len(), 4);
/// ```
pub fn outcomes(n: usize) -> Vec<Vec<bool>> {
    (0..1usize << n).map(|bits| (0..n).map(|k| bits >> k & 1 != 0).collect()).collect()
}

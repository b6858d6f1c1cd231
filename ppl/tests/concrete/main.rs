//! Concrete sites: plain values for branches, loops and recursion, against sums that are written out.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The log-density of a normal distribution of unit scale.
fn normal(x: f64, loc: f64) -> f64 {
    -0.5 * (x - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// Returns how many standard errors the mean of the estimates is from `exact`; too few to see five percent, or one that is
/// not finite, are refused.
fn z_score(exact: f64, estimates: impl Iterator<Item = f64>) -> Result<f64, String> {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in estimates {
        if !x.is_finite() {
            return Err(format!("an estimate is {x}"));
        }
        n += 1.0;
        let d = x - mean;
        mean += d / n;
        squares += d * (x - mean);
    }
    let error = (squares / (n - 1.0) / n).sqrt();
    if 5.0 * error > 0.05 * exact.abs() {
        return Err(format!("the standard error {error} cannot see five percent of {exact}"));
    }
    Ok((mean - exact) / error)
}

fn unbiased(exact: f64, estimates: impl Iterator<Item = f64>) {
    let z = z_score(exact, estimates).unwrap();
    assert!(z.abs() < 5.0, "{z} standard errors from {exact}");
}

mod boundary;
mod chain;
mod constants;
mod endless;
mod failures;
mod loops;
mod mixtures;
mod one_bernoulli;
mod results;

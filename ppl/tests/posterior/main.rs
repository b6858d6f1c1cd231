//! What a session's posterior says beside draws, against sums that are written out and closed forms.

use ppl::prelude::*;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The log-density of a normal distribution.
fn normal(x: f64, loc: f64, scale: f64) -> f64 {
    let d = (x - loc) / scale;
    -0.5 * d * d - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

mod entropies;
mod log_densities;
mod log_likelihoods;
mod no_weights;
mod padding;
mod pairwise;
mod quantities;

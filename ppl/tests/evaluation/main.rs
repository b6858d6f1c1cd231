//! Programs on other data: bounds and evidence for each element of a plate, in blocks of rows, and with rows that are fitted anew.

mod blocks;
mod bounds;
mod evidence;
mod memory;
mod refit;
mod refusals;

use ppl::prelude::*;

/// Numbers that follow no pattern.
fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.3 * ((i * i) as f64 * 0.7 + 0.2).sin()).collect()
}

fn log_normal(x: f64, mean: f64, deviation: f64) -> f64 {
    let e = (x - mean) / deviation;
    -0.5 * e * e - deviation.ln() - 0.5 * std::f64::consts::TAU.ln()
}

/// How far each observation is from its row's number.
const NOISE: f64 = 0.5;

#[model]
fn rows(x: &[f64], batch: usize) {
    plate!("row", x.len(), subsample(batch), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, NOISE), x.at(i));
    });
}

#[guide(rows)]
fn amortised(x: &[f64], batch: usize) {
    let slope = param!("slope", 0.7);
    let scale = param!("scale", 0.6, Positive);
    plate!("row", x.len(), subsample(batch), |i| {
        sample!("z", Normal::new(slope * x.at(i), scale));
    });
}

/// The exact evidence lower bound of a row, at the guide's first values.
fn bound_of_row(x: f64) -> f64 {
    let (mean, s) = (0.7 * x, 0.6f64);
    let likelihood = log_normal(x, mean, NOISE) - s * s / (2.0 * NOISE * NOISE);
    likelihood - (0.5 * (s * s + mean * mean - 1.0) - s.ln())
}

fn evidence_of_row(x: f64) -> f64 {
    log_normal(x, 0.0, 1f64.hypot(NOISE))
}

fn assert_close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        let scale = expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= tolerance * scale,
            "{name}: element {k} is {found}, not {expected}"
        );
    }
}

#[test]
#[should_panic(expected = "element 1 is 2, not 2.1")]
fn the_comparison_sees_an_error() {
    assert_close("x", &[1.0, 2.0], &[1.0, 2.1], 1e-3);
}

//! The same in single precision, where one draw in some ten million rounds to one, and numbers below 1e-45 to zero.

use super::assert_loss;
use ppl::prelude::*;

#[model(f32)]
fn functions() {
    let x: Real<f32> = sample!("x", Normal::new(120.0_f32, 2.0));
    let p = x.sigmoid();
    observe!("a", Bernoulli::new(p), false);
    observe!("b", Bernoulli::new(1.0 - p), true);
    observe!("c", Geometric::new(p), 2);
    factor!("d", (1.0 - p).ln() + (-p).ln_1p());
    let rate: Real<f32> = sample!("rate", LogNormal::new(-60.0_f32, 1.0));
    observe!("e", Bernoulli::new((-rate).exp()), false);
}

#[guide(functions, f32)]
fn numbers() {
    sample!("x", Normal::new(120.0_f32, 2.0));
    sample!("rate", LogNormal::new(-60.0_f32, 1.0));
}

#[test]
fn functions_of_draws() {
    assert_loss(functions(), numbers(), 20_000, 6.0 * 120.0 + 60.0);
}

#[model(f32)]
fn kumaraswamy() {
    let u: Real<f32> = sample!("u", Uniform::new(0.0_f32, 1.0));
    observe!("a", Bernoulli::new(1.0 - (1.0 - u).powf(100.0_f32)), false);
    let v: Real<f32> =
        sample!("v", Transformed::new(Beta::new(1.0_f32, 0.1), Power::new(0.5_f32)), on(UnitInterval));
    observe!("b", Bernoulli::new(v), false);
}

#[guide(kumaraswamy, f32)]
fn shares() {
    sample!("u", Uniform::new(0.0_f32, 1.0));
    sample!("v", Transformed::new(Beta::new(1.0_f32, 0.1), Power::new(0.5_f32)), on(UnitInterval));
}

#[test]
fn powers_of_draws() {
    assert_loss(kumaraswamy(), shares(), 50_000, 100.0 + 10.661_543_487_607_877);
}

#[model(f32)]
fn bounded(low: f32) {
    let p: Real<f32> = sample!("p", Truncated::new(Normal::new(2.0_f32, 1e-6), 0.0, 1.0));
    observe!("a", Bernoulli::new(p), false);
    let q: Real<f32> = sample!("q", Uniform::new(low, 1.0));
    observe!("b", Bernoulli::new(q), false);
}

#[guide(bounded, f32)]
fn the_same_bounds(low: f32) {
    sample!("p", Truncated::new(Normal::new(2.0_f32, 1e-6), 0.0, 1.0));
    sample!("q", Uniform::new(low, 1.0));
}

/// A distance to one with the rate 1 / 1e-12, and a share of a millionth.
#[test]
fn bounded_draws() {
    let (low, scale) = (0.999_999_f32, f64::from(1e-6_f32));
    let truncated = -2.0 * scale.ln() + 0.577_215_664_901_532_9;
    let uniform = 1.0 - (1.0 - f64::from(low)).ln();
    assert_loss(bounded(low), the_same_bounds(low), 50_000, truncated + uniform);
}

//! The gradients of the bound of two normal means: the same for every estimator, divergence and subsample.

use ppl::prelude::*;
use ppl_tests::{assert_unbiased_all, named};

const X: [f64; 2] = [-0.5, 2.0];

#[model]
fn whole(x: &[f64]) {
    plate!("rows", x.len(), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(whole)]
fn pathwise(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("rows", x.len(), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale));
    });
}

#[guide(whole)]
fn score(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("rows", x.len(), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale), Score::new());
    });
}

#[guide(whole)]
fn steadied_score(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("rows", x.len(), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale), Score::baseline(DecayingAverage::new(0.9)));
    });
}

#[model]
fn part(x: &[f64]) {
    plate!("rows", x.len(), subsample(1), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(part)]
fn pathwise_of_part(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("rows", x.len(), subsample(1), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale));
    });
}

#[guide(part)]
fn score_of_part(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("rows", x.len(), subsample(1), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale), Score::new());
    });
}

/// At a scale of one the derivative by its logarithm is that by the scale.
const EXACT: [f64; 3] = [0.5, -2.0, 2.0];

macro_rules! check {
    ($what:literal, $model:ident, $guide:ident, $particles:literal, $n:literal) => {
        for closed in [true, false] {
            assert_unbiased_all(&format!("{} {closed}", $what), 5, $n, &EXACT, 0.05, |seed| {
                let elbo = Elbo::default().closed_kl(closed).particles($particles);
                let mut svi = Svi::new($model(&X), $guide(&X), elbo, Sgd::new(1.0)).seed(seed);
                move || {
                    let (_, gradient) = svi.gradient().unwrap();
                    let mut all = named(&gradient, "loc");
                    all.extend(named(&gradient, "scale"));
                    all
                }
            });
        }
    };
}

#[test]
fn pathwise_gradients() {
    check!("pathwise", whole, pathwise, 10, 20_000);
    check!("pathwise, one particle", whole, pathwise, 1, 200_000);
}

#[test]
fn score_gradients() {
    check!("score", whole, score, 100, 30_000);
    check!("score with a decaying average", whole, steadied_score, 100, 30_000);
}

#[test]
fn gradients_of_a_subsample() {
    check!("pathwise", part, pathwise_of_part, 10, 100_000);
    check!("score", part, score_of_part, 100, 100_000);
}

#[test]
fn the_bound_with_and_without_closed_divergences() {
    // -ELBO = KL(N(0, 1) || N(0, 1)) + sum (x^2 + 1) / 2 + ln(2 pi)
    let exact = (0.25 + 4.0 + 2.0) / 2.0 + (2.0 * std::f64::consts::PI).ln();
    for closed in [true, false] {
        let elbo = Elbo::default().closed_kl(closed).particles(10);
        let mut svi = Svi::new(whole(&X), pathwise(&X), elbo, Sgd::new(1.0)).seed(1);
        let losses: Vec<f64> = (0..10_000).map(|_| svi.gradient().unwrap().0.loss).collect();
        ppl_tests::assert_mean("the loss", &losses, exact, 0.05 * exact);
    }
}

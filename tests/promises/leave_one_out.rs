//! The baseline made of the other particles: the mean is the same, the variance that of its closed form.

use ppl::estimator::Baseline;
use ppl::prelude::*;
use ppl_tests::{bernoulli, log_normal_density, named, outcomes};

#[model]
fn coin(x: f64) {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), x);
}

#[guide(coin)]
fn plain() {
    sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::new());
}

#[guide(coin)]
fn leave_one_out() {
    sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::baseline(Baseline::LeaveOneOut));
}

#[guide(coin)]
fn by_default() {
    sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)));
}

/// The mean and the variance of the estimate by `q`, over every outcome of the particles.
fn exact(particles: usize, leaves_one_out: bool) -> (f64, f64) {
    let q = 0.4;
    let cost = |b: bool| {
        let mean = if b { 2.0 } else { 0.0 };
        bernoulli(0.3, b).ln() + log_normal_density(1.5, mean, 1.0) - bernoulli(q, b).ln()
    };
    let score = |b: bool| if b { 1.0 / q } else { -1.0 / (1.0 - q) };
    let k = particles as f64;
    let (mut mean, mut square) = (0.0, 0.0);
    for outcome in outcomes(particles) {
        let w: f64 = outcome.iter().map(|&b| bernoulli(q, b)).product();
        let total: f64 = outcome.iter().map(|&b| cost(b)).sum();
        let estimate: f64 = outcome
            .iter()
            .map(|&b| {
                let others = if leaves_one_out { (total - cost(b)) / (k - 1.0) } else { 0.0 };
                -score(b) * (cost(b) - others) / k
            })
            .sum();
        mean += w * estimate;
        square += w * estimate * estimate;
    }
    (mean, square - mean * mean)
}

fn variance(draws: &[f64]) -> f64 {
    let mean = draws.iter().sum::<f64>() / draws.len() as f64;
    draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (draws.len() - 1) as f64
}

macro_rules! draws {
    ($guide:expr, $particles:expr) => {{
        let elbo = Elbo::default().closed_kl(false).particles($particles);
        let mut svi = Svi::new(coin(1.5), $guide, elbo, Sgd::new(1.0)).seed(9);
        // By the probability: the logit's slope is q (1 - q).
        (0..200_000).map(|_| named(&svi.gradient().unwrap().1, "q")[0] / 0.24).collect::<Vec<f64>>()
    }};
}

#[test]
fn the_variance_is_that_of_the_table() {
    for (particles, without, with) in [(2, 5.01, 0.3375), (4, 2.40, 0.0649), (8, 1.20, 0.0176)] {
        for (draws, leaves, table) in [
            (draws!(plain(), particles), false, without),
            (draws!(leave_one_out(), particles), true, with),
            (draws!(by_default(), particles), true, with),
        ] {
            let (mean, of_one) = exact(particles, leaves);
            assert!((mean + 0.5581672478).abs() < 1e-9, "{mean}");
            assert!((of_one - table).abs() < 0.05 * table, "{particles}: {of_one}, the table has {table}");
            let found = variance(&draws);
            assert!((found - of_one).abs() < 0.05 * of_one, "{particles}: {found}, expected {of_one}");
            ppl_tests::assert_mean("leave one out", &draws, mean, 0.05 * mean.abs());
        }
    }
}

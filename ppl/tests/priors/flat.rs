//! With a flat prior the posterior is the likelihood over its total; and nothing can be drawn from the prior.

use ppl::prelude::*;
use ppl::support::RealLine;

const X: [f64; 5] = [1.2, 0.4, 2.9, -0.3, 1.6];

fn ln_gamma(n: u32) -> f64 {
    (1..n).map(|k| f64::from(k).ln()).sum()
}

#[model]
fn location(x: &[f64]) {
    let mu = sample!("mu", Flat::new());
    plate!("row", x.len(), |i| observe!("x", Normal::new(mu, 2.0), x.at(i)));
}

#[guide(location)]
fn of_location(x: &[f64], off: f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    sample!(
        "mu",
        Normal::new(param!("loc", mean + off), param!("scale", 2.0 / (x.len() as f64).sqrt(), Positive))
    );
}

#[model]
fn rate(x: &[f64]) {
    let rate = sample!("rate", Flat::on(Positive), on(Positive));
    plate!("row", x.len(), |i| observe!("x", Exponential::new(rate), x.at(i)));
}

#[guide(rate)]
fn of_rate(x: &[f64]) {
    sample!(
        "rate",
        Gamma::new(param!("a", x.len() as f64 + 1.0, Positive), param!("b", x.iter().sum::<f64>(), Positive))
    );
}

/// Asserts that a guide which is the posterior has the same loss in every step, less rounding, and no gradient.
macro_rules! assert_exact {
    ($model:expr, $guide:expr, $objective:expr, $log_total:expr) => {{
        let mut svi = Svi::new($model, $guide, $objective, Sgd::new(1e-12)).seed(3);
        for _ in 0..5 {
            let loss = svi.step().unwrap().loss;
            assert!((loss + $log_total).abs() < 1e-10, "{loss} and {}", -$log_total);
        }
    }};
}

#[test]
fn the_bound_of_the_posterior_is_the_total_of_the_likelihood() {
    let n = X.len() as f64;
    let mean = X.iter().sum::<f64>() / n;
    let squares: f64 = X.iter().map(|x| (x - mean) * (x - mean)).sum();
    let variance = 4.0_f64;
    let log_total =
        -0.5 * squares / variance - 0.5 * (n - 1.0) * (std::f64::consts::TAU * variance).ln() - 0.5 * n.ln();
    assert_exact!(location(&X), of_location(&X, 0.0), Elbo::default(), log_total);
    assert_exact!(location(&X), of_location(&X, 0.0), Elbo::default().particles(3), log_total);
    assert_exact!(location(&X), of_location(&X, 0.0), Iwae::new(4), log_total);
    let waits = [0.4, 1.9, 0.7];
    let log_total = ln_gamma(4) - 4.0 * waits.iter().sum::<f64>().ln();
    assert_exact!(rate(&waits), of_rate(&waits), Elbo::default(), log_total);
    // The density of a guide that is not the posterior is seen.
    let mut svi = Svi::new(location(&X), of_location(&X, 0.05), Elbo::default(), Sgd::new(1e-12)).seed(3);
    let losses: Vec<f64> = (0..2).map(|_| svi.step().unwrap().loss).collect();
    assert!((losses[0] - losses[1]).abs() > 1e-4);
}

#[test]
fn a_fit_finds_the_posterior() {
    let adam = Adam::new(Schedule::cosine(0.05, 2_000));
    let mut svi = Svi::new(
        location(&X),
        of_location(&X, 1.0),
        Elbo::default().sticking_the_landing().particles(4),
        adam,
    )
    .seed(3);
    for _ in 0..2_000 {
        svi.step().unwrap();
    }
    let (parameters, mean) = (svi.parameters(), X.iter().sum::<f64>() / 5.0);
    assert!((parameters.get("loc").unwrap()[[]] - mean).abs() < 1e-3);
    assert!((parameters.get("scale").unwrap()[[]] - 2.0 / 5f64.sqrt()).abs() < 1e-3);
}

#[model(f32)]
fn arrays() {
    let w = sample!("w", Flat::new().expand(&[2]), on(RealLine));
    observe!("y", Normal::new(w, 1.0), [0.5, -0.5]);
}

#[guide(arrays, f32)]
fn of_arrays() {
    sample!("w", Normal::new([0.5, -0.5], 1.0));
}

#[test]
fn arrays_in_single_precision() {
    let mut svi = Svi::new(arrays(), of_arrays(), Elbo::default(), Sgd::new(1e-12)).seed(1);
    assert!(svi.step().unwrap().loss.abs() < 1e-6);
}

#[model]
fn observed() {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    observe!("x", Transformed::new(Flat::new(), Affine::new(mu, 2.0)), 0.5);
}

#[guide(observed)]
fn of_observed() {
    sample!("mu", Normal::new(param!("loc", 0.0), 1.0));
}

#[test]
fn what_would_be_drawn_from_it_is_refused_by_name() {
    let refused = |message: String, site: &str| {
        assert!(
            message.contains(&format!("site `{site}`")) && message.contains("`Flat` is improper"),
            "{message}"
        );
    };
    refused(ppl::prior_predictive(location(&X), 3, 1).unwrap_err().to_string(), "mu");
    refused(ppl::prior_predictive(rate(&X), 3, 1).unwrap_err().to_string(), "rate");
    refused(ppl::prior_predictive(observed(), 3, 1).unwrap_err().to_string(), "x");
    let mut svi = Svi::new(location(&X), of_location(&X, 0.0), WakeSleep::new(2), Adam::new(0.1)).seed(1);
    refused(svi.dream().unwrap_err().to_string(), "mu");
    // What is drawn from the guide is not.
    assert_eq!(svi.posterior().draws(3).unwrap().get("mu").unwrap().len(), 3);
    assert_eq!(svi.posterior().predictive(3).unwrap().get("x").unwrap().len(), 15);
}

#[guide(rate)]
fn negative(_x: &[f64]) {
    sample!("rate", Delta::new(param!("rate", -1.0)));
}

#[test]
fn values_outside_of_its_support_are_an_error() {
    let mut svi = Svi::new(rate(&X), negative(&X), Elbo::default(), Adam::new(0.1)).seed(1);
    let message = svi.step().unwrap_err().to_string();
    assert!(
        message.contains("site `rate`")
            && message.contains("the value -1 is outside the support (Positive) of Flat"),
        "{message}"
    );
}

//! Runs: when they stop, and what they leave.

use ppl::prelude::*;
use ppl::{Error, RunOptions};

#[model]
fn ten_observations(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| observe!("x", Normal::new(mu, 1.0), x.at(i)));
}

#[guide(ten_observations)]
fn normal_guide(_x: &[f64]) {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

const X: [f64; 10] = [1.2, 0.3, -0.4, 2.1, 0.9, 1.7, -0.2, 0.8, 1.1, 0.5];

/// Runs with the defaults from a seed; returns the fitted location and scale.
fn fit(elbo: Elbo, seed: u64, optimiser: impl ppl::optim::Optimiser<f64>) -> (f64, f64) {
    let mut svi = Svi::new(ten_observations(&X), normal_guide(&X), elbo, optimiser).seed(seed);
    let report = svi.run_with(20_000_000, RunOptions::default().tolerance(1e-3)).unwrap();
    assert!(report.converged && report.precision <= 1e-3, "{report}");
    assert!(report.steps < 20_000_000, "{report}");
    let parameters = svi.parameters();
    (parameters.get("loc").unwrap()[[]], parameters.get("scale").unwrap()[[]])
}

#[test]
fn the_optimiser_does_not_bias_the_answer() {
    // The exact posterior is Normal(sum / 11, 1 / sqrt(11)).
    let (loc, scale) = (X.iter().sum::<f64>() / 11.0, 1.0 / 11f64.sqrt());
    let check = |(found_loc, found_scale): (f64, f64)| {
        assert!((found_scale / scale - 1.0).abs() < 0.002, "scale {found_scale} is not {scale}");
        assert!((found_loc - loc).abs() < 0.002, "loc {found_loc} is not {loc}");
    };
    check(fit(Elbo::default(), 0, Adam::new(0.01)));
    check(fit(Elbo::default().closed_kl(false), 1, Adam::new(0.01)));
    // A rule that would leave the scale nine percent too high.
    check(fit(Elbo::default(), 3, RmsProp::new(0.01)));
}

#[test]
fn an_exact_gradient_needs_few_steps() -> Result<(), Error> {
    // Sticking the landing has no noise at the optimum.
    let elbo = Elbo::default().sticking_the_landing();
    let mut svi = Svi::new(ten_observations(&X), normal_guide(&X), elbo, Adam::new(0.02)).seed(1);
    let report = svi.run_with(1_000_000, RunOptions::default().tolerance(5e-4))?;
    assert!(report.converged && report.steps < 30_000, "{report}");
    let scale = svi.parameters().get("scale")?[[]];
    assert!((scale * 11f64.sqrt() - 1.0).abs() < 1e-3, "{scale}");
    Ok(())
}

#[test]
fn a_run_that_still_falls_says_so() -> Result<(), Error> {
    let mut svi = Svi::new(ten_observations(&X), normal_guide(&X), Elbo::default(), Adam::new(1e-5)).seed(1);
    svi.set_parameter("loc", 30.0)?;
    let report = svi.run(5_000)?;
    assert!(!report.converged && report.steps == 5_000, "{report}");
    assert!(report.precision.is_nan());
    Ok(())
}

#[test]
fn the_smoothed_loss_is_the_evidence_up_to_its_error() -> Result<(), Error> {
    // log N(x; 0, I + 11^T) = -(10 ln(2 pi) + ln 11 + x.x - (sum x)^2 / 11) / 2.
    let (n, sum) = (10.0, X.iter().sum::<f64>());
    let squares: f64 = X.iter().map(|x| x * x).sum();
    let loss = 0.5 * (n * (2.0 * std::f64::consts::PI).ln() + 11f64.ln() + squares - sum * sum / 11.0);
    let mut svi = Svi::new(ten_observations(&X), normal_guide(&X), Elbo::default(), Adam::new(0.01)).seed(9);
    let report = svi.run_with(100_000, RunOptions::default().tolerance(0.002))?;
    assert!((report.loss - loss).abs() < 5.0 * report.standard_error, "{report}, expected {loss}");
    assert!(report.standard_error < 0.1);
    let evaluation = svi.evaluate(10_000)?;
    assert!((evaluation.loss - loss).abs() < 5.0 * evaluation.standard_error);
    Ok(())
}

#[model]
fn fragile(x: &[f64], limit: usize, calls: &std::cell::Cell<usize>) {
    calls.set(calls.get() + 1);
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    let scale = if calls.get() > limit { -1.0 } else { 1.0 };
    plate!("row", x.len(), |i| observe!("x", Normal::new(mu, scale), x.at(i)));
}

#[guide]
fn mu_guide() {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn a_failed_step_leaves_the_parameters_of_the_step_before() -> Result<(), Error> {
    // The first step runs the model twice.
    let calls = std::cell::Cell::new(0);
    let mut svi = Svi::new(fragile(&X, 124, &calls), mu_guide(), Elbo::default(), Adam::new(0.01)).seed(4);
    let error = svi.run(1_000).unwrap_err().to_string();
    assert!(error.contains("site `x`") && error.contains("scale"), "{error}");
    let untroubled = std::cell::Cell::new(0);
    let mut twin =
        Svi::new(fragile(&X, 1_000, &untroubled), mu_guide(), Elbo::default(), Adam::new(0.01)).seed(4);
    for _ in 0..123 {
        twin.step()?;
    }
    assert_eq!(svi.parameters(), twin.parameters());
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_run() -> Result<(), Error> {
    let run = |seed| -> Result<_, Error> {
        let mut svi =
            Svi::new(ten_observations(&X), normal_guide(&X), Elbo::default(), Adam::new(0.01)).seed(seed);
        let report = svi.run(6_000)?;
        Ok((report, svi.parameters()))
    };
    assert_eq!(run(1)?, run(1)?);
    assert_ne!(run(1)?, run(2)?);
    Ok(())
}

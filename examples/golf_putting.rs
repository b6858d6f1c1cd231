//! Golf putts: a regression, and a model of how a putt goes in, fitted without a guide.
//!
//! Gelman (2019), Model building and expansion for golf putting, <https://mc-stan.org/users/documentation/case-studies/golf.html>;
//! the angle model is that of Gelman and Nolan (2002), A probability model for golf putting. The putts of professionals, by distance, are
//! from Berry (1995), Statistics: A Bayesian Perspective, as the case study prints them.

use ppl::prelude::*;
use ppl::table::Table;

/// The log-odds that a putt goes in fall with the distance.
#[model]
fn logistic(feet: &[f64], tries: &[f64], made: &[i64]) {
    let a = sample!("a", Flat::new());
    let b = sample!("b", Flat::new());
    plate!("distance", made.len(), |i| {
        observe!("made", Binomial::logits(tries.at(i), a + b * feet.at(i)), made.at(i));
    });
}

/// A putt goes in if its direction errs by no more than the hole allows there; angles are in radians.
#[model]
fn angle(allowed: &[f64], tries: &[f64], made: &[i64]) {
    let sigma = sample!("sigma", Flat::on(Positive), on(Positive));
    deterministic!("degrees", sigma * 1f64.to_degrees());
    plate!("distance", made.len(), |i| {
        // The probability that a normal error is within the allowed angle on both sides: 2 Phi(allowed / sigma) - 1.
        let chance = (allowed.at(i) / (sigma * 2f64.sqrt())).erf();
        observe!("made", Binomial::new(tries.at(i), chance), made.at(i));
    });
}

/// The posterior means and deviations, by quadrature. The case study has 2.23 (0.06) and -0.26 (0.01), and 1.53 (0.02) degrees.
const LOGISTIC: [(&str, f64, f64); 2] = [("a", 2.2324, 0.0585), ("b", -0.25586, 0.00669)];
const ANGLE: [(&str, f64, f64); 2] = [("sigma", 0.026657, 0.000397), ("degrees", 1.5274, 0.0227)];

/// By how many nats the largest likelihood of the angle model is above that of the regression.
const LEAD: f64 = 97.52;

/// Fails unless the fit is said to be near, and its means and deviations are these.
fn compare(
    summary: &ppl::FitSummary,
    reference: &[(&str, f64, f64)],
) -> Result<(), Box<dyn std::error::Error>> {
    assert!(summary.warnings().is_empty(), "{summary}");
    for &(name, mean, sd) in reference {
        let row = summary.row(name, &[])?;
        assert!((row.mean - mean).abs() < 0.05 * sd, "{name}: {}, expected {mean}", row.mean);
        assert!((row.deviation / sd - 1.0).abs() < 0.03, "{name}: {}, expected {sd}", row.deviation);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_reader("golf.csv", include_str!("data/golf.csv").as_bytes())?;
    let (feet, tries, made) = (table.numbers("feet")?, table.numbers("tries")?, table.integers("made")?);
    // The radius of the hole less that of the ball, in feet.
    let room = (4.25 - 1.68) / 2.0 / 12.0;
    let allowed: Vec<f64> = feet.iter().map(|feet| (room / feet).asin()).collect();

    let by_odds = fit(logistic(&feet, &tries, &made)).guide(auto::FullRank).seed(1).run()?.summary();
    println!("logistic regression\n{by_odds}");
    compare(&by_odds, &LOGISTIC)?;
    let fitted = fit(angle(&allowed, &tries, &made)).guide(auto::FullRank).seed(1).run()?;
    // A page of it, where the program is given a path.
    if let Some(path) = std::env::args_os().nth(1) {
        fitted.report(path)?;
    }
    let by_angle = fitted.summary();
    println!("angles\n{by_angle}");
    compare(&by_angle, &ANGLE)?;

    // Priors are flat, so that the joint density is the likelihood.
    let (a, b) = (by_odds.row("a", &[])?.mean, by_odds.row("b", &[])?.mean);
    let sigma = by_angle.row("sigma", &[])?.mean;
    let values = [Values::new().with("a", a).with("b", b), Values::new().with("sigma", sigma)];
    let lead = ppl::log_density(angle(&allowed, &tries, &made), &values[1])?
        - ppl::log_density(logistic(&feet, &tries, &made), &values[0])?;
    println!("the angles explain the putts better by {lead:.1} nats, with one parameter for two");
    assert!((lead - LEAD).abs() < 0.1, "{lead}, expected {LEAD}");
    Ok(())
}

//! Laplace's approximation and Pathfinder on regressions, against references.

use crate::farthest;
use crate::twelve::{self, BETA, cauchy_noise, coefficients, flat};
use ppl::prelude::*;
use ppl_diagnostics::psis::psis;

#[test]
fn laplace_is_corrected_by_its_weights() {
    let (x, y) = twelve::kidiq();
    let sampled = ppl::laplace(cauchy_noise(&x, &y)).seed(1).run().unwrap();
    let summary = sampled.summary();
    assert!(sampled.k_hat() < 0.5 && summary.warnings().is_empty(), "{summary}");
    assert!(summary.to_string().contains("the numbers above are weighted"), "{summary}");
    let z =
        farthest(&summary, include_str!("../data/kidiq-kidscore_momhsiq.json"), &coefficients(&BETA[..3]));
    println!("Laplace, kidiq: |z| {z:.2}, k-hat {:.2}", sampled.k_hat());
    assert!(z < 4.0, "{z}\n{summary}");
    let sigma: Vec<f64> = sampled.draws().get("sigma").unwrap().iter().copied().collect();
    let weighted = psis(sampled.log_weights().unwrap(), 1.0).unwrap().mean(&sigma).unwrap();
    assert_eq!(summary.row("sigma", &[]).unwrap().mean, weighted.value);
    assert_ne!(weighted.value, sigma.iter().sum::<f64>() / sigma.len() as f64);
}

/// Of 46 rows and seven coefficients the posterior has heavier tails than a normal distribution, and weights without a variance.
#[test]
fn laplace_of_few_rows_is_not_trusted() {
    let (x, y) = twelve::mesquite();
    let sampled = ppl::laplace(flat(&x, &y)).seed(2).draws(20_000).run().unwrap();
    let summary = sampled.summary();
    assert!(sampled.k_hat() > 0.7, "{summary}");
    assert!(summary.warnings()[0].contains("far from the posterior"), "{summary}");
}

#[test]
fn pathfinder_is_near_a_regression() {
    let (x, y) = twelve::kidiq();
    let sampled = ppl::pathfinder(cauchy_noise(&x, &y)).seed(1).run().unwrap();
    let summary = sampled.summary();
    let z =
        farthest(&summary, include_str!("../data/kidiq-kidscore_momhsiq.json"), &coefficients(&BETA[..3]));
    println!("Pathfinder, kidiq: |z| {z:.2}, k-hat {:.2}", sampled.k_hat());
    assert!(sampled.k_hat() < 0.7, "{summary}");
    assert!(z < 4.0, "{z}\n{summary}");
}

#[test]
fn pathfinder_does_not_depend_on_threads() {
    let (x, y) = twelve::kidiq();
    let run =
        |threads| ppl::pathfinder(cauchy_noise(&x, &y)).seed(3).draws(200).threads(threads).run().unwrap();
    assert_eq!(run(1).draws(), run(3).draws());
}

#[model]
fn hills() {
    let x = sample!("x", Flat::new());
    let y = sample!("y", Normal::new(0.0, (0.5 * x).exp()));
    observe!("z", Normal::new(x * y, 0.05), 2.0);
    observe!("at", Normal::new(x, 3.0), 0.0);
}

/// A narrow and bent posterior is not near a normal distribution, and this is told.
#[test]
fn what_is_far_is_told() {
    let sampled = ppl::pathfinder(hills()).seed(1).run().unwrap();
    let summary = sampled.summary();
    assert!(sampled.k_hat() > 0.7, "{summary}");
    assert!(summary.warnings()[0].contains("far from the posterior"), "{summary}");
    assert!(summary.rows().iter().all(|row| row.mcse.is_nan()));
}

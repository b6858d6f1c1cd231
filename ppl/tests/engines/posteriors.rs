//! The twelve posteriors of posteriordb in `ppl/tests/data`, drawn by NUTS.

use crate::farthest;
use crate::twelve::{
    self, BETA, Named, autoregression, cauchy_noise, coefficients, flat, garch, gaussian_process, hmm,
    kilpisjarvi, mixture, noncentred, normal_noise,
};
use ppl::{Metric, Model, NutsSettings};
use std::time::Instant;

/// Draws, and compares the means with those of the reference.
#[track_caller]
fn agrees<M: Model + Sync>(what: &str, settings: NutsSettings<M>, reference: &str, names: &[Named]) {
    let begun = Instant::now();
    let sampled = settings.warmup(400).draws(800).seed(1).run().unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let summary = sampled.summary();
    let z = farthest(&summary, reference, names);
    let r_hat = summary.rows().iter().map(|row| row.r_hat).fold(0.0, f64::max);
    let least = summary.rows().iter().map(|row| row.ess_bulk.min(row.ess_tail)).fold(f64::INFINITY, f64::min);
    let chains = sampled.chains();
    let divergences: usize = chains.iter().map(|chain| chain.divergences()).sum();
    let gradients: usize = chains.iter().map(|chain| chain.gradients).sum();
    println!(
        "{what}: |z| {z:.2}, R-hat {r_hat:.4}, least effective size {least:.0}, {divergences} divergences, {gradients} gradients, {seconds:.1} s"
    );
    assert!(z < 4.0, "{what}: |z| {z}\n{summary}");
    assert!(r_hat < 1.01, "{what}: R-hat {r_hat}\n{summary}");
    // So many draws see an error of a fifth of a deviation.
    assert!(least > 400.0, "{what}: effective size {least}\n{summary}");
}

macro_rules! agrees {
    ($settings:expr, $reference:literal, $names:expr) => {
        agrees($reference, $settings, include_str!(concat!("../data/", $reference, ".json")), $names)
    };
}

#[test]
fn kidiq() {
    let (x, y) = twelve::kidiq();
    let settings = ppl::nuts(cauchy_noise(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "kidiq-kidscore_momhsiq", &coefficients(&BETA[..3]));
}

#[test]
fn mesquite() {
    let (x, y) = twelve::mesquite();
    let settings = ppl::nuts(flat(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "mesquite-logmesquite", &coefficients(&BETA[..7]));
}

#[test]
fn earnings() {
    let (x, y) = twelve::earnings();
    let settings = ppl::nuts(flat(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "earnings-logearn_height", &coefficients(&BETA[..2]));
}

#[test]
fn nes() {
    let (x, y) = twelve::nes();
    let settings = ppl::nuts(flat(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "nes1972-nes", &coefficients(&BETA));
}

#[test]
fn sblri() {
    let (x, y) = twelve::sblri();
    agrees!(ppl::nuts(normal_noise(&x, &y)), "sblri-blr", &coefficients(&BETA[..5]));
}

#[test]
fn ark() {
    let (x, y) = twelve::ark();
    let settings = ppl::nuts(autoregression(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "arK-arK", &coefficients(&twelve::ARK));
}

#[test]
fn kilpisjarvi_years() {
    let (x, y) = twelve::kilpisjarvi_years();
    let settings = ppl::nuts(kilpisjarvi(&x, &y)).metric(Metric::LowRank);
    agrees!(settings, "kilpisjarvi_mod-kilpisjarvi", &twelve::KILPISJARVI);
}

#[test]
fn eight_schools() {
    const PLACES: [[usize; 1]; 8] = [[0], [1], [2], [3], [4], [5], [6], [7]];
    let (y, error) = twelve::eight_schools();
    let theirs: Vec<String> = (1..=8).map(|j| format!("theta[{j}]")).collect();
    let mut names: Vec<Named> = vec![("mu", "mu", &[]), ("tau", "tau", &[])];
    names.extend(theirs.iter().zip(&PLACES).map(|(name, at)| (name.as_str(), "theta", &at[..])));
    let settings = ppl::nuts(noncentred(&y, &error)).target_acceptance(0.95);
    agrees!(settings, "eight_schools-eight_schools_noncentered", &names);
}

#[test]
fn low_dim_gauss_mix() {
    let y = twelve::low_dim_gauss_mix();
    agrees!(ppl::nuts(mixture(&y)), "low_dim_gauss_mix-low_dim_gauss_mix", &twelve::MIXTURE);
}

#[test]
fn hmm_example() {
    let y = twelve::hmm_example();
    agrees!(ppl::nuts(hmm(&y)), "hmm_example-hmm_example", &twelve::HMM);
}

#[test]
fn garch11() {
    let (y, sigma1) = twelve::garch11();
    agrees!(ppl::nuts(garch(&y, sigma1)), "garch-garch11", &twelve::GARCH);
}

#[test]
fn gp_regression() {
    let (distances, y) = twelve::gp_regression();
    agrees!(ppl::nuts(gaussian_process(&distances, &y)), "gp_pois_regr-gp_regr", &twelve::GP);
}

/// Data that are moved by a fifth of a deviation of the intercept's posterior are told from the reference's.
#[test]
fn a_planted_error_is_seen() {
    let (x, mut y) = twelve::kidiq();
    y.iter_mut().for_each(|y| *y += 0.2 * 5.86);
    let summary = ppl::nuts(cauchy_noise(&x, &y))
        .metric(Metric::LowRank)
        .warmup(300)
        .draws(500)
        .seed(1)
        .run()
        .unwrap()
        .summary();
    let reference = include_str!("../data/kidiq-kidscore_momhsiq.json");
    assert!(farthest(&summary, reference, &coefficients(&BETA[..3])) > 5.0);
}

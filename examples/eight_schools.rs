//! Eight schools: the effects of coaching on test scores, partially pooled (Rubin, 1981).

use ppl::prelude::*;

/// The estimated effects and their standard errors (Rubin 1981, table 1).
const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

#[model]
fn eight_schools(effects: &[f64], errors: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", effects.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * eta);
        observe!("effect", Normal::new(theta, errors.at(j)), effects.at(j));
    });
}

#[guide(eight_schools)]
fn mean_field(effects: &[f64], _errors: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
    plate!("school", effects.len(), |_j| {
        sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 0.1, Positive)));
    });
}

/// The mean and the deviation of `theta = mu + tau eta` by 10,000 draws of Hamiltonian Monte Carlo (posteriordb,
/// `eight_schools-eight_schools_noncentered`), and those of `mu`.
const REFERENCE: [(f64, f64); 8] = [
    (6.151, 5.616),
    (4.940, 4.646),
    (3.906, 5.281),
    (4.796, 4.771),
    (3.614, 4.615),
    (4.051, 4.796),
    (6.317, 5.003),
    (4.884, 5.318),
];
const REFERENCE_MU: (f64, f64) = (4.411, 3.309);

/// The best ELBO of this family of guides: by L-BFGS on 2^15 points of a scrambled Sobol sequence.
const BEST_ELBO: f64 = -31.597;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = eight_schools(&EFFECTS, &ERRORS);
    let guide = mean_field(&EFFECTS, &ERRORS);
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(1);
    for _ in 0..10_000 {
        svi.step()?;
    }
    let evaluation = svi.evaluate(50_000)?;
    let draws = svi.posterior().draws(20_000)?;
    println!("{}", draws.summary());
    println!("ELBO {:.3} (standard error {:.3})", -evaluation.loss, evaluation.standard_error);
    assert!((-evaluation.loss - BEST_ELBO).abs() < 0.05, "the ELBO is that of the best mean-field guide");

    // Mean-field guides match means, not deviations: the effects depend on tau, which no independent guide can show.
    let by_guide = draws.summary();
    let mean = by_guide.row("mu", &[])?.mean;
    assert!((mean - REFERENCE_MU.0).abs() < 0.15 * REFERENCE_MU.1, "mu: {mean}, expected {}", REFERENCE_MU.0);

    // The same without a guide, in three lines.
    let model = eight_schools(&EFFECTS, &ERRORS);
    let fitted = fit(model).guide(auto::FullRank).seed(1).run()?;
    println!("{}", fitted.summary());
    // A page of it, where the program is given a path.
    if let Some(path) = std::env::args_os().nth(1) {
        fitted.report(path)?;
    }

    assert!(fitted.trust().is_reliable(), "{:?}", fitted.trust());
    let summary = fitted.summary();
    println!("school  by the guide  without       reference");
    for (j, (mean, sd)) in REFERENCE.into_iter().enumerate() {
        let (guide, row) = (by_guide.row("theta", &[j])?.mean, summary.row("theta", &[j])?);
        println!("{j:>6}  {guide:>12.2}  {:>5.2} ({:.2})  {mean:.2} ({sd:.2})", row.mean, row.deviation);
        assert!((guide - mean).abs() < 0.2 * sd, "school {j}: {guide}, expected {mean}");
        // Corrected by importance weights, deviations match too.
        assert!((row.mean - mean).abs() < 0.1 * sd, "school {j}: {}, expected {mean}", row.mean);
        assert!((row.deviation / sd - 1.0).abs() < 0.1, "school {j}: {}, expected {sd}", row.deviation);
    }
    Ok(())
}

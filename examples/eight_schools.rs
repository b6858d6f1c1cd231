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
        observe!("effect", Normal::new(mu + tau * eta, errors.at(j)), effects.at(j));
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

fn main() -> Result<(), ppl::Error> {
    let model = eight_schools(&EFFECTS, &ERRORS);
    let guide = mean_field(&EFFECTS, &ERRORS);
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(1);
    let start = std::time::Instant::now();
    for _ in 0..10_000 {
        svi.step()?;
    }
    println!("{:?} a step", start.elapsed() / 10_000);
    println!("{}", svi.posterior().draws(4_000)?.summary());
    println!("{:?}", svi.evaluate(10_000)?);
    Ok(())
}

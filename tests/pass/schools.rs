//! A model with its guide, and both given to a session.
use ppl::prelude::*;

#[model]
fn schools(sigma: &[f64], y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfNormal::new(5.0));
    plate!("school", sigma.len(), |i| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * eta, sigma.at(i)), y.at(i));
    });
}

#[guide(schools)]
fn proposal(sigma: &[f64], _y: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 1.0, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.5, Positive)));
    plate!("school", sigma.len(), |_i| {
        sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 1.0, Positive)))
    });
}

fn main() {
    let (sigma, y) = ([15.0, 10.0], [28.0, 8.0]);
    let _ = Svi::new(schools(&sigma, &y), proposal(&sigma, &y), Elbo::default(), Adam::new(0.02));
}

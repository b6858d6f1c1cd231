//! Saving and loading: a session that is resumed goes on with the same bits as one that never stopped, and a file that does
//! not fit says how it differs and changes nothing.

mod kit;

mod objectives;
mod optimisers;
mod programs;
mod refusals;
mod rules_of_users;
mod runs;

use kit::{TempFile, assert_resumes, bits, trail};
use ppl::prelude::*;

/// A hierarchical model whose guide has a parameter for each element of a plate.
#[model]
fn schools(effects: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", effects.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("effect", Normal::new(mu + tau * eta, 12.0), effects.at(j));
    });
}

#[guide(schools)]
fn mean_field(effects: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.5), param!("mu_scale", 0.1, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
    plate!("school", effects.len(), |_j| {
        sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 0.1, Positive)));
    });
}

const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];

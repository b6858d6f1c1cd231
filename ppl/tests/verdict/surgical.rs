//! Deaths after surgery in twelve hospitals (Spiegelhalter et al. 1996, BUGS Examples, "Surgical"), with a guide whose descent has a
//! long plateau: one of its scales collapses, and recovers later.

use ppl::prelude::*;

pub const OPERATIONS: [f64; 12] =
    [47.0, 148.0, 119.0, 810.0, 211.0, 196.0, 148.0, 215.0, 207.0, 97.0, 256.0, 360.0];
pub const DEATHS: [i64; 12] = [0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24];

#[model]
pub fn surgical(n: &[f64], r: &[i64]) {
    let mu = sample!("mu", Normal::new(0.0, 1000.0));
    let v = sample!("v", InverseGamma::new(0.001, 0.001));
    plate!("hospital", n.len(), |i| {
        let b = sample!("b", Normal::new(mu, v.sqrt()));
        observe!("deaths", Binomial::logits(n.at(i), b), r.at(i));
    });
}

/// Everything follows the logarithm of the variance by a line.
#[guide(surgical)]
pub fn surgical_guide(n: &[f64]) {
    let v = sample!("v", LogNormal::new(param!("v_loc", -1.0), param!("v_scale", 0.3, Positive)));
    let log_v = v.ln();
    let mu_loc = param!("mu_loc", 0.0) + param!("mu_slope", 0.0) * log_v;
    let mu = sample!("mu", Normal::new(mu_loc, param!("mu_scale", 0.1, Positive)));
    plate!("hospital", n.len(), |_i| {
        let loc = param!("b_loc", 0.0) + param!("b_mu", 0.0) * mu + param!("b_v", 0.0) * log_v;
        let scale = (param!("b_scale", -1.0) + param!("b_scale_v", 0.0) * log_v).exp();
        sample!("b", Normal::new(loc, scale));
    });
}

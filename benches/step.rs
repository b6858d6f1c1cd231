//! Eight schools: a run without its sweep, and a whole step; the difference is the reverse sweep and the optimiser.

use criterion::{Criterion, criterion_group, criterion_main};
use ppl::prelude::*;

const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

#[model]
fn eight_schools(sigma: &[f64], y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("J", y.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * eta, sigma.at(j)), y.at(j));
    });
}

#[guide(eight_schools)]
fn mean_field(y: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
    plate!("J", y.len(), |_j| {
        sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 0.1, Positive)));
    });
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("eight_schools");
    let mut svi = Svi::new(eight_schools(&SIGMA, &Y), mean_field(&Y), Elbo::default(), Adam::new(0.01));
    group.bench_function("forward", |b| b.iter(|| svi.evaluate(1)));
    group.bench_function("step", |b| b.iter(|| svi.step()));
    group.finish();
}

criterion_group!(step, steps);
criterion_main!(step);

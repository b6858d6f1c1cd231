//! A concrete program leaves early: by `?`, by `return`, and out of a loop by `break` with a value.
#![deny(warnings)]
use ppl::prelude::*;

#[model]
fn tries(most: usize) -> Result<usize, String> {
    let mut n = 0;
    while sample!("more"[n], Bernoulli::new(0.5), concrete) {
        n += 1;
        (n <= most).then_some(()).ok_or_else(|| format!("more than {most} tries"))?;
    }
    observe!("x", Normal::new(n as f64, 1.0), 1.0);
    Ok(n)
}

#[guide(tries)]
fn tries_guide(most: usize) -> Option<()> {
    let mut n = 0;
    while sample!("more"[n], Bernoulli::logits(param!("logit", -0.5)), concrete) {
        n += 1;
        most.checked_sub(n)?;
    }
    Some(())
}

#[model]
fn first(limit: usize) -> usize {
    if !sample!("starts", Bernoulli::new(0.5), concrete) {
        return 0;
    }
    let mut t = 0;
    loop {
        if t == limit || sample!("stops"[t], Bernoulli::new(0.5), concrete) {
            break t + 1;
        }
        t += 1;
    }
}

#[guide(first)]
fn first_guide(limit: usize) {
    if !sample!("starts", Bernoulli::new(0.5), concrete) {
        return;
    }
    for t in 0..limit {
        if sample!("stops"[t], Bernoulli::new(0.5), concrete) {
            return;
        }
    }
}

fn main() {
    for seed in 0..20 {
        let mut svi = Svi::new(tries(3), tries_guide(3), Elbo::default(), Adam::new(0.1)).seed(seed);
        assert!(svi.step().unwrap().loss.is_finite());
        let mut svi = Svi::new(first(3), first_guide(3), Elbo::default(), Adam::new(0.1)).seed(seed);
        assert!(svi.step().unwrap().loss.is_finite());
    }
}

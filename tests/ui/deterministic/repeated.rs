use ppl::prelude::*;

#[model]
fn coin(x: f64) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    deterministic!("mu", mu * 2.0);
    observe!("x", Normal::new(mu, 1.0), x);
}

fn main() {}

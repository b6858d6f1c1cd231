use ppl::prelude::*;

#[model]
fn twice(x: f64) {
    let mu = sample!("x", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(mu, 1.0), x);
}

fn main() {}

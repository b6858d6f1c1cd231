use ppl::prelude::*;

#[model]
fn jitter(x: f64) {
    let u = noise!("u", Normal::new(0.0, 1.0), mask(true));
    observe!("x", Normal::new(u, 1.0), x);
}

fn main() {}

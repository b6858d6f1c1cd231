use ppl::prelude::*;

#[model]
fn jitter(x: f64) {
    let u = noise!("u", 0.5);
    observe!("x", Normal::new(u, 1.0), x);
}

fn main() {}

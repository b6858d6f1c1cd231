use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
    sample!("tau", HalfNormal::new(1.0));
}

#[guide(coin)]
fn proposal(x: f64) {
    sample!("mu", Normal::new(0.0, 1.0));
    sample!("tau", HalfNormal::new(1.0));
    observe!("x", Normal::new(0.0, 1.0), x);
}

fn main() {}

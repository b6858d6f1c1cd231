use ppl::prelude::*;

#[model]
fn wrapped(x: &[f64]) {
    plate!("data", x.len(), |i| observe!("x", Normal::new(0.0, 1.0), x[i]));
}

fn main() {}

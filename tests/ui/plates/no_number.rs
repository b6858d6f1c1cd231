use ppl::prelude::*;

#[model]
fn wrapped(x: &[f64]) {
    plate!("rows", x.len(), subsample, |i| observe!("x", Normal::new(0.0, 1.0), x.at(i)));
}

fn main() {}

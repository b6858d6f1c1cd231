use ppl::prelude::*;

#[model]
fn many(x: &[f64]) {
    let mu = sample!("mu", Normal::new([0.0, 1.0], 1.0));
    factor!("tie", mu * 2.0);
    plate!("data", x.len(), |i| observe!("x", Normal::new(mu.sum(), 1.0), x.at(i)));
}

fn main() {}

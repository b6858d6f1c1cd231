use ppl::prelude::*;

#[model]
fn heights(x: &[f64], mask: &[bool]) {
    let mean = sample!("mean", Normal::new(170.0, 20.0));
    plate!("person", x.len(), mask, |i| observe!("x", Normal::new(mean, 5.0), x.at(i)));
}

fn main() {}

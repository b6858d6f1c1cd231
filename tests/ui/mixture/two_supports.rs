use ppl::prelude::*;

#[model]
fn outliers(x: f64) {
    let parts = (Normal::new(0.0, 1.0), LogNormal::new(0.0, 1.0));
    observe!("x", Mixture::new([0.9, 0.1], parts), x);
}

fn main() {}

use ppl::prelude::*;

#[model]
fn height(x: f64) {
    observe!("x", 170.0, x);
}

fn main() {}

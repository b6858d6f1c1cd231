use ppl::prelude::*;

#[model]
fn wrapped() -> impl Fn() -> f64 {
    || 0.0
}

fn main() {}

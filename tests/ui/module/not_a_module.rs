use ppl::prelude::*;

fn plain() -> f64 {
    0.5
}

#[model]
fn wrong() {
    module!("net", plain());
}

fn main() {}

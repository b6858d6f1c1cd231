use ppl::prelude::*;

#[model]
fn height(x: usize) {
    observe!("x", Normal::new(170.0, 10.0), x);
}

fn main() {}

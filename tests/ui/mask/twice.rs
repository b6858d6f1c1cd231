use ppl::prelude::*;

#[model]
fn height(x: f64, seen: bool) {
    observe!("x", Normal::new(170.0, 5.0), x, mask(seen), mask(true));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn named() {
    sample!("type", Normal::new(0.0, 1.0));
}

fn main() {}

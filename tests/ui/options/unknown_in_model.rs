use ppl::prelude::*;

#[model]
fn wrapped() {
    sample!("a", Normal::new(0.0, 1.0), om(RealLine));
}

fn main() {}

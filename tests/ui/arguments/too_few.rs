use ppl::prelude::*;

#[model]
fn wrapped() {
    sample!("a");
    observe!("b", Normal::new(0.0, 1.0));
    param!();
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped() {
    param!("a", 1.0, Positive, 3);
    observe!("b", Normal::new(0.0, 1.0), 2.0, 3.0);
}

fn main() {}

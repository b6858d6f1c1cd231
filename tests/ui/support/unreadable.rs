use ppl::prelude::*;

#[model]
fn wrapped() {
    let prior = Normal::new(0.0, 1.0);
    sample!("a", prior);
    sample!("b", (Normal::new)(0.0, 1.0));
}

fn main() {}

use ppl::prelude::*;

#[guide]
fn proposal() {
    let _: Real = param!("scale", 1, Positive);
}

fn main() {}

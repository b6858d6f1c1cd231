use ppl::prelude::*;

#[guide]
fn proposal() {
    let _: Real = param!("scale", "one", Positive);
}

fn main() {}

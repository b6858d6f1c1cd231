use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("side", Bernoulli::new(0.5), enumerate, given(true));
}

fn main() {}

use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("side", Bernoulli::new(0.5), auxiliary, given(Some(true)));
}

fn main() {}

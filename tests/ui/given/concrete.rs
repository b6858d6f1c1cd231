use ppl::prelude::*;

#[model]
fn coin() {
    sample!("side", Bernoulli::new(0.5), concrete, given(Some(true)));
}

fn main() {}

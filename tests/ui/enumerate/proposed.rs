use ppl::prelude::*;

#[model]
fn coin() {
    sample!("side", Bernoulli::new(0.5), enumerate);
}

#[guide(coin)]
fn proposal() {
    sample!("side", Bernoulli::new(0.5));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
}

#[guide(coin)]
fn proposal() {
    sample!("mu", Normal::new(0.0, 1.0), free_bits(0.5));
}

fn main() {}

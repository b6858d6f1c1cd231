use ppl::prelude::*;

#[model]
fn geometric() {
    while sample!("again", Bernoulli::new(0.5), concrete) {}
}

fn main() {}

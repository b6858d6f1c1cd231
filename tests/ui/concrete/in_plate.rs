use ppl::prelude::*;

#[model]
fn coins() {
    plate!("coin", 3, |_i| {
        sample!("side", Bernoulli::new(0.5), concrete);
    });
}

fn main() {}

use ppl::prelude::*;

#[model]
fn coin(fair: bool) {
    if fair {
        sample!("side", Bernoulli::new(0.5), enumerate);
    } else {
        sample!("side", Bernoulli::new(0.9));
    }
}

fn main() {}

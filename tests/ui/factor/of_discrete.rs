use ppl::prelude::*;

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.5), enumerate);
    factor!("tie", b);
}

fn main() {}

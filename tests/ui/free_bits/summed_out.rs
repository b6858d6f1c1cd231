use ppl::prelude::*;

#[model]
fn coin(x: f64) {
    let b = sample!("b", Bernoulli::new(0.5), enumerate, free_bits(0.5));
    observe!("x", Normal::new(b.to_real(), 1.0), x);
}

fn main() {}

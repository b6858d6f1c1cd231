use ppl::prelude::*;

#[model]
fn boundary() {
    let b = sample!("b", Bernoulli::new(0.3));
    let mean = if b { 2.0 } else { 0.0 };
    observe!("x", Normal::new(mean, 1.0), 1.5);
}

fn main() {}

use ppl::prelude::*;

#[model]
fn coin(heads: f64) {
    observe!("heads", Bernoulli::new(0.5), heads);
}

fn main() {}

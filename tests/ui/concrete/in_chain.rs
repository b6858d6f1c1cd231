use ppl::prelude::*;

#[model]
fn coins() {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", 3, start, |prev, _t| {
        sample!("side", Bernoulli::new(0.5), concrete);
        prev
    });
}

fn main() {}

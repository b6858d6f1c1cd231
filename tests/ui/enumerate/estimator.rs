use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("side", Bernoulli::new(0.5), enumerate, Score::baseline(DecayingAverage::new(0.9)));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped() {
    sample!("a", Normal::new(0.0, 1.0), Score::baseline(DecayingAverage::new(0.9)));
}

fn main() {}

use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("z", Normal::new(0.0, 1.0), DecayingAverage::new(0.9));
}

fn main() {}

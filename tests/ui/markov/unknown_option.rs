use ppl::prelude::*;

#[model]
fn walk() {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", 3, start, length(2), |prev, _t| sample!("x", Normal::new(prev, 1.0)));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn walk() {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", 3, start, start);
}

fn main() {}

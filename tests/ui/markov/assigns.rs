use ppl::prelude::*;

#[model]
fn walk() {
    let start = sample!("start", Normal::new(0.0, 1.0));
    let mut count = 0;
    markov!("time", 3, start, |prev, _t| {
        count += 1;
        sample!("x", Normal::new(prev, 1.0))
    });
    let _ = count;
}

fn main() {}

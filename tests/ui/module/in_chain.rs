use ppl::prelude::*;

#[model]
fn walk() {
    markov!("time", 3, 0.5, |x, _t| {
        module!("net", nn::dense(1, 1));
        x
    });
}

fn main() {}

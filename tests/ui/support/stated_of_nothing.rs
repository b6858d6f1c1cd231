use ppl::prelude::*;

#[model]
fn wrapped(prior: String) {
    sample!("a", prior, on(Positive));
}

fn main() {}

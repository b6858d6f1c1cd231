use ppl::prelude::*;

#[model]
fn named() {
    module!("net/first", nn::dense(2, 1));
}

fn main() {}

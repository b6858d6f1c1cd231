use ppl::prelude::*;

#[model]
fn wrapped() {
    sample!("a", let);
}

fn main() {}

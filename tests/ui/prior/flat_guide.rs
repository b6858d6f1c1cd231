use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("z", Flat::new());
}

fn main() {}

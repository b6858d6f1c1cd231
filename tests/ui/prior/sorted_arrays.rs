use ppl::prelude::*;

#[model]
fn program() {
    sample!("z", Sorted::new(Normal::new([0.0, 1.0], 1.0), 2));
}

fn main() {}

use ppl::prelude::*;

#[guide(nothing)]
fn proposal() {
    sample!("mu", Normal::new(0.0, 1.0));
}

fn main() {}

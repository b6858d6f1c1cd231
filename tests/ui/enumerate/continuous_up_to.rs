use ppl::prelude::*;

#[model]
fn counts() {
    sample!("x", Normal::new(0.0, 1.0), enumerate, up_to(3));
}

fn main() {}

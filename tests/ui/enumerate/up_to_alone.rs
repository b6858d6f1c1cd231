use ppl::prelude::*;

#[model]
fn counts() {
    sample!("k", Poisson::new(2.0), up_to(3));
}

fn main() {}

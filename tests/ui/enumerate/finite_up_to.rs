use ppl::prelude::*;

#[model]
fn counts() {
    sample!("k", Binomial::new(5.0, 0.3), enumerate, up_to(3));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn counted() {
    let n = sample!("n", Poisson::new(3.0));
    sample!("z", Normal::new(n, 1.0));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped(n: usize) {
    plate!("data", n, subsamples(3), |_i| sample!("z", Normal::new(0.0, 1.0)));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped(n: usize) {
    plate!("data", n, || sample!("z", Normal::new(0.0, 1.0)));
    plate!("more", n, |i, j| sample!("y", Normal::new(0.0, 1.0)));
}

fn main() {}

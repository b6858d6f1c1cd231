use ppl::prelude::*;

#[model]
fn wrapped(n: usize) {
    plate!("data", n, n);
}

fn main() {}

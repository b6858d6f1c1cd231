use ppl::prelude::*;

#[model]
fn wrapped(n: usize) {
    let _ = plate!("data", n, |_i| vec![sample!("z", Normal::new(0.0, 1.0))]);
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped(mut n: usize) {
    sample!("1", Normal::new(0.0, 1.0));
    for _ in 0..n {
        sample!("z", Normal::new(0.0, 1.0), auxiliary);
    }
}

fn main() {}

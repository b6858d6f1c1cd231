use ppl::prelude::*;

#[model]
fn ties(n: usize) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    for _ in 0..n {
        factor!("tie", mu * 2.0);
    }
}

fn main() {}

use ppl::prelude::*;

#[model]
fn ridge(x: f64) {
    let w = param!("w", [0.5, 0.2]);
    penalty!("l2", w * w);
    observe!("x", Normal::new(w.sum(), 1.0), x);
}

fn main() {}

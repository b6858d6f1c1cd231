use ppl::prelude::*;

#[model]
fn ridge(x: f64) {
    let w = param!("w", 0.5);
    penalty!("l2", w * w, 0.1);
    observe!("x", Normal::new(w, 1.0), x);
}

fn main() {}

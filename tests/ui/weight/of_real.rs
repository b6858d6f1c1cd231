use ppl::prelude::*;

#[model]
fn coin(x: f64) {
    let w = param!("w", 0.5);
    sample!("mu", Normal::new(0.0, 1.0), weight(w));
    observe!("x", Normal::new(0.0, 1.0), x);
}

fn main() {}

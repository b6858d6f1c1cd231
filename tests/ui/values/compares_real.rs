use ppl::prelude::*;

#[model]
fn boundary() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    let mean = if z > 0.0 { 2.0 } else { 0.0 };
    observe!("x", Normal::new(mean, 1.0), 1.5);
}

fn main() {}

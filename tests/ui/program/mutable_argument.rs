use ppl::prelude::*;

#[model]
fn wrapped(mut scale: f64) {
    scale += 1.0;
    sample!("z", Normal::new(0.0, scale));
}

fn main() {}

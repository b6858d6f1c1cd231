use ppl::prelude::*;

#[module]
fn net() -> Real {
    let w = param!("w", 0.5);
    sample!("z", Normal::new(w, 1.0))
}

fn main() {}

use ppl::prelude::*;

#[module]
fn net() -> Real {
    param!("w", 0.5) + param!("w", 1.5)
}

fn main() {}

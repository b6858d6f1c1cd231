use ppl::prelude::*;

#[module(E)]
fn net() -> Real {
    param!("w", 0.5)
}

fn main() {}

use ppl::prelude::*;

#[module(f32)]
fn net() -> Real<f32> {
    param!("w", 0.5)
}

#[model]
fn wide() {
    module!("net", net());
}

fn main() {}

use ppl::prelude::*;

#[model(f16)]
fn wrapped() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[guide(wrapped, f32, fast)]
fn proposal() {
    sample!("z", Normal::new(0.0, 1.0));
}

fn main() {}

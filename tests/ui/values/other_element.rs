use ppl::prelude::*;

#[model]
fn double(prior: Normal<f32>) {
    sample!("z", prior, on(RealLine));
}

fn main() {}

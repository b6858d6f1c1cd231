use ppl::prelude::*;

#[model]
fn start() {
    param!("a", sample!("z", Normal::new(0.0, 1.0)));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn twice() {
    sample!("mu", Normal::new(0.0, 1.0));
    sample!("mu", Normal::new(0.0, 1.0));
}

fn main() {}

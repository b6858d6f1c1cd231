use ppl::prelude::*;

#[model]
fn whole() {
    sample!("z", Normal::new(0, 1.0));
}

fn main() {}

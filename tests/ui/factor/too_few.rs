use ppl::prelude::*;

#[model]
fn ties() {
    sample!("mu", Normal::new(0.0, 1.0));
    factor!("tie");
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped() {
    sample!("a", String::from("normal"));
}

fn main() {}

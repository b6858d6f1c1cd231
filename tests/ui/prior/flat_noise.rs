use ppl::prelude::*;

#[model]
fn program() {
    noise!("u", Flat::new());
}

fn main() {}

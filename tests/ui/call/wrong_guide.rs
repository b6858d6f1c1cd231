use ppl::prelude::*;

#[model]
fn sub() -> Real {
    sample!("z", Normal::new(0.0, 1.0))
}

#[model]
fn outer() {
    call!("enc", sub());
}

#[guide(outer)]
fn wrong() {
    call!("enc", wrong());
}

fn main() {}

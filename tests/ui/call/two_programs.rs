use ppl::prelude::*;

#[model]
fn sub() -> Real {
    sample!("z", Normal::new(0.0, 1.0))
}

#[model]
fn outer() {
    if true {
        call!("enc", sub());
    } else {
        call!("enc", other());
    }
}

#[model]
fn other() {}

fn main() {}

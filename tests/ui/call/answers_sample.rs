use ppl::prelude::*;

#[model]
fn outer() {
    sample!("enc", Normal::new(0.0, 1.0));
}

#[guide]
fn any() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[guide(outer)]
fn proposal() {
    call!("enc", any());
}

fn main() {}

use ppl::prelude::*;

#[model]
fn sub() {
    sample!("z", Normal::new(0.0, 1.0));
    sample!("w", Normal::new(0.0, 1.0));
}

#[model]
fn outer() {
    call!("enc", sub());
}

#[guide(sub)]
fn sub_guide() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[guide(outer)]
fn proposal() {
    call!("enc", sub_guide());
}

fn main() {}

use ppl::prelude::*;

#[model]
fn coin() {
    sample!("p", Beta::new(1.0, 1.0));
}

#[guide(coin)]
fn proposal() {
    sample!("p", Beta::new(1.0, 1.0));
}

#[model]
fn two_coins() {
    call!("first", proposal());
}

fn main() {}

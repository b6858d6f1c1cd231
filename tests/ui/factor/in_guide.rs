use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
}

#[guide(coin)]
fn proposal() {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    factor!("extra", mu * 2.0);
}

fn main() {}

use ppl::prelude::*;

#[model]
fn ties() {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    factor!("tie", mu * 2.0);
    factor!("tie", mu * mu);
}

fn main() {}

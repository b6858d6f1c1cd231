use ppl::prelude::*;

#[model]
fn two() {
    let first = module!("net", nn::dense(2, 1));
    let second = module!("net", nn::dense(3, 1));
    factor!("w", first.w.sum() + second.w.sum());
}

fn main() {}

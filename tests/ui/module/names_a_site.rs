use ppl::prelude::*;

#[model]
fn scored() {
    let net = module!("score", nn::dense(2, 1));
    factor!("score", net.w.sum());
}

fn main() {}

use ppl::prelude::*;

#[model]
fn series() {
    module!("both", nn::bidirectional(nn::gru(2, 3), nn::dense(2, 3)));
}

fn main() {}

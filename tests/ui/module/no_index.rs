use ppl::prelude::*;

#[model]
fn deep() {
    for _ in 0..3 {
        module!("layer", nn::dense(2, 2));
    }
}

fn main() {}

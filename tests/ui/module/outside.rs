use ppl::prelude::*;

fn plain() {
    let _ = module!("net", nn::dense::<f64>(2, 1));
}

fn main() {}

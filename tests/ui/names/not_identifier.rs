use ppl::prelude::*;

#[model]
fn named() {
    sample!("the mean", Normal::new(0.0, 1.0));
    sample!("", Normal::new(0.0, 1.0));
    sample!("1st", Normal::new(0.0, 1.0));
    sample!("r#type", Normal::new(0.0, 1.0));
}

fn main() {}

use ppl::prelude::*;

fn plain() {
    let _: f64 = sample!("z", Normal::new(0.0, 1.0));
}

#[model]
fn wrapped() {
    fn inner() {
        plate!("data", 3, |_i| 0.0);
    }
}

fn main() {}

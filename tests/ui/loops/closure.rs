use ppl::prelude::*;

#[model]
fn walk(steps: usize) {
    let _: Vec<Real> = (0..steps).map(|_| sample!("z", Normal::new(0.0, 1.0))).collect();
}

fn main() {}

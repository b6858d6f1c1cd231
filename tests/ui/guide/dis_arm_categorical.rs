use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("z", Categorical::new(param!("p", [0.5, 0.3, 0.2], Simplex)), DisArm);
}

fn main() {}

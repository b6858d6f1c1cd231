use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("level", Normal::new(0.0, 1.0), concrete, Pathwise);
}

fn main() {}

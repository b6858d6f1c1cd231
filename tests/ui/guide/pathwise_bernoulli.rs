use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("b", Bernoulli::new(param!("p", 0.5, UnitInterval)), Pathwise);
}

fn main() {}

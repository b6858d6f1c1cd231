use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("up", Bernoulli::logits(param!("logit", 0.0)), concrete, Arm);
}

fn main() {}

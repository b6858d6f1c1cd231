use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("a", Normal::new(0.0, 1.0), auxiliary, on(RealLine), auxiliary);
    sample!("b", Normal::new(0.0, 1.0), on(RealLine), on(RealLine));
}

fn main() {}

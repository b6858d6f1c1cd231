use ppl::prelude::*;

#[guide]
fn proposal() {
    sample!("a", Normal::new(0.0, 1.0), auxilary);
    sample!("b", Normal::new(0.0, 1.0), vectorise);
}

fn main() {}

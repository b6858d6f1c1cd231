use ppl::prelude::*;
use ppl::support::Boolean;

#[guide]
fn proposal() {
    let _: Real = param!("switch", 1.0, Boolean);
}

fn main() {}

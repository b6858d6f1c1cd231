use ppl::prelude::*;

#[model]
fn coin(seen: &[bool]) {
    plate!("throw", seen.len(), |i| sample!("side", Bernoulli::new(0.5), given(seen.at(i))));
}

fn main() {}

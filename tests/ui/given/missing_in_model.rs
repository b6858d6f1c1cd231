use ppl::prelude::*;

#[model]
fn coin(seen: &[Option<bool>]) {
    plate!("throw", seen.len(), |_i| sample!("side", Bernoulli::new(0.5)));
}

#[guide(coin)]
fn proposal(seen: &[Option<bool>]) {
    plate!("throw", seen.len(), |i| sample!("side", Bernoulli::new(0.5), given(seen.at(i))));
}

fn main() {}

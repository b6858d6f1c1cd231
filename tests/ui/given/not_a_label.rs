use ppl::prelude::*;

#[model]
fn height(seen: &[Option<bool>]) {
    plate!("row", seen.len(), |i| sample!("height", Normal::new(1.7, 0.1), given(seen.at(i))));
}

fn main() {}

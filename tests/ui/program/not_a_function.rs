use ppl::prelude::*;

#[model]
struct Coin;

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped(n: usize) {
    let mut count = 0;
    plate!("data", n, |_i| count += 1);
    let _ = count;
}

fn main() {}

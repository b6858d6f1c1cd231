use ppl::prelude::*;

#[model]
fn outer(parts: Vec<f64>) {
    let run = || parts;
    call!("part", run);
    call!("rest", (run)());
}

fn main() {}

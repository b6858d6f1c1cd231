use ppl::prelude::*;

#[model]
fn program() {
    sample!("z", Sorted::new(Beta::new(2.0, 2.0), 2), on(Ordered));
}

fn main() {}

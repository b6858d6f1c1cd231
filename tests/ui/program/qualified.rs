use ppl::prelude::*;

#[model]
async unsafe extern "C" fn wrapped(mut n: usize) {
    sample!("z", Normal::new(0.0, 1.0));
}

#[guide(wrapped)]
const fn proposal() {
    sample!("z", Normal::new(0.0, 1.0));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn wrapped() {
    let __ppl_statement = 1.0;
    sample!("z", Normal::new(0.0, __ppl_statement));
}

fn main() {}

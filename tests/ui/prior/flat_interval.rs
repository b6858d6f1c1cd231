use ppl::prelude::*;

#[model]
fn program() {
    sample!("z", Flat::on(UnitInterval), on(UnitInterval));
}

fn main() {}

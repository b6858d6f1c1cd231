use ppl::prelude::*;

#[model]
fn named(name: &'static str) {
    sample!(name, Normal::new(0.0, 1.0));
    sample!(format!("z{}", 1), Normal::new(0.0, 1.0));
}

fn main() {}

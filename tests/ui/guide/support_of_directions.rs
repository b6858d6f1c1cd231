use ppl::prelude::*;

#[model]
fn wind() {
    sample!("heading", VonMisesFisher::uniform(3));
}

#[guide(wind)]
fn proposal() {
    sample!("heading", Normal::new([0.0, 0.0, 1.0], 0.1));
}

fn main() {}

use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
}

#[model]
fn other() {
    sample!("mu", Normal::new(0.0, 1.0));
}

#[guide(other)]
fn proposal() {
    sample!("mu", Normal::new(0.0, 1.0));
}

fn main() {
    let _ = Svi::new(coin(), proposal(), Elbo::default(), Adam::new(0.1));
}

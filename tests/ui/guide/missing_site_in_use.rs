use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
    sample!("tau", HalfNormal::new(1.0));
}

#[guide(coin)]
fn proposal() {
    sample!("mu", Normal::new(0.0, 1.0));
}

fn main() {
    let _ = Svi::new(coin(), proposal(), Elbo::default(), Adam::new(0.1));
}

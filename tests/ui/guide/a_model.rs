use ppl::prelude::*;

#[model]
fn coin() {
    sample!("mu", Normal::new(0.0, 1.0));
}

fn main() {
    let _ = Svi::new(coin(), coin(), Elbo::default(), Adam::new(0.1));
}

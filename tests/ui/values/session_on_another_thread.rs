use ppl::prelude::*;

#[model]
fn coin() {
    sample!("p", Beta::new(1.0, 1.0));
}

#[guide(coin)]
fn proposal() {
    sample!("p", Beta::new(1.0, 1.0));
}

fn main() {
    let mut svi = Svi::new(coin(), proposal(), Elbo::default(), Adam::new(0.1));
    std::thread::spawn(move || svi.step().is_ok());
}

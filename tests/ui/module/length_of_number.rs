use ppl::prelude::*;

#[model]
fn series(x: &ndarray::Array2<f64>) {
    let cell = module!("cell", nn::gru(2, 3));
    let states = cell.over(x, cell.zeros(), nn::lengths(3.0));
    deterministic!("last", states.last());
}

fn main() {}

use ppl::prelude::*;

#[model]
fn rows(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let net = module!("net", nn::dense(1, 1));
        observe!("x", Normal::new(net.apply([0.5]).at(0).to_real(), 1.0), x.at(i));
    });
}

fn main() {}

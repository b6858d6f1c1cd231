//! Models that return values are called in plates, and their guides too.
#![deny(warnings)]
use ppl::prelude::*;

#[model]
fn level(scale: f64) -> Real {
    let z = sample!("z", Normal::new(0.0, 1.0));
    z * scale
}

#[guide(level)]
fn level_guide() -> Real {
    sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)))
}

#[model]
fn schools(y: &[f64]) -> Tensor {
    plate!("school", y.len(), |i| {
        let mean = call!("level", level(2.0));
        observe!("y", Normal::new(mean, 1.0), y.at(i));
        mean
    })
}

#[guide(schools)]
fn schools_guide(y: &[f64]) {
    plate!("school", y.len(), |_i| call!("level", level_guide()));
}

fn main() {
    let y = [1.0, 2.0, 3.0];
    let mut svi = Svi::new(schools(&y), schools_guide(&y), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    assert_eq!(svi.parameters().get("level/loc").unwrap().shape(), [3]);
}

//! A term of what a subsampled plate returned is refused, and is one where the plate is visited whole.

use ppl::prelude::*;

#[model]
fn outside(x: &[f64], rows: usize, how: u8) {
    let z = plate!("data", x.len(), subsample(rows), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
        z
    });
    match how {
        0 => factor!("tie", z.sum() * -0.1),
        1 => penalty!("tie", z.sum() * 0.1),
        _ => observe!("tie", Normal::new(z.sum(), 1.0), 0.5),
    }
}

#[guide(outside)]
fn proposal(x: &[f64], rows: usize, _how: u8) {
    plate!("data", x.len(), subsample(rows), |_| {
        sample!("z", Normal::new(param!("loc", 0.2), 0.6));
    });
}

const X: [f64; 4] = [0.3, -0.2, 1.4, 0.9];

#[test]
fn what_some_rows_give_is_no_estimate() {
    for how in 0..3 {
        let step = |rows| {
            let (model, guide) = (outside(&X, rows, how), proposal(&X, rows, how));
            Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(1).step()
        };
        assert!(step(4).is_ok());
        let error = step(2).unwrap_err().to_string();
        let said = ["`tie`", "`z`", "plates [data]", "no estimate"].iter().all(|word| error.contains(word));
        assert!(said, "{error}");
    }
}

/// Within the plate, and of a site outside of it, there is nothing to refuse.
#[model]
fn inside(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    factor!("global", mu * -0.1);
    plate!("data", x.len(), subsample(2), |i| {
        let z = sample!("z", Normal::new(mu, 1.0));
        factor!("local", z * mu * -0.1);
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(inside)]
fn of_inside(x: &[f64]) {
    let mu = sample!("mu", Normal::new(param!("m", 0.2), 0.6));
    plate!("data", x.len(), subsample(2), |_| {
        sample!("z", Normal::new(mu * param!("loc", 0.2), 0.6));
    });
}

#[test]
fn terms_of_rows_are_estimates() {
    assert!(Svi::new(inside(&X), of_inside(&X), Elbo::default(), Adam::new(0.1)).seed(1).step().is_ok());
}

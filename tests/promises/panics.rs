//! What is open around a statement that panics is not open in the next run.

use ppl::prelude::*;
use ppl::{Handlers, Model};
use std::panic::{AssertUnwindSafe, catch_unwind};

const X: [f64; 3] = [0.5, 1.5, 1.0];

#[model]
fn known_spread(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("rows", x.len(), |i| observe!("x", Normal::new(mu, 1.0), x.at(i)));
}

#[guide(known_spread)]
fn normal(_x: &[f64]) {
    sample!("mu", Normal::new(param!("loc", 0.2), param!("scale", 0.5, Positive)));
}

#[model]
fn panics(there: &[bool]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("rows", there.len(), mask(there), |i| {
        assert!(there.is_empty(), "the user's own panic");
        observe!("x", Normal::new(mu, 1.0), X.at(i));
    });
}

/// Takes steps before and after runs of a model that panics, and without these: the bits are the same.
#[track_caller]
fn assert_forgotten(broken: impl Model<Element = f64>) {
    let session = || Svi::new(known_spread(&X), normal(&X), Elbo::default(), Adam::new(0.1)).seed(1);
    let (mut svi, mut twin) = (session(), session());
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| svi.posterior().predictive_on(&broken, 2))).is_err());
        assert_eq!(svi.step(), twin.step());
        assert_eq!(svi.parameters(), twin.parameters());
    }
}

#[test]
fn a_mask_is_closed() {
    assert_forgotten(panics(&[true, false, true]));
}

#[test]
fn a_scale_is_left() {
    assert_forgotten(panics(&[true; 3]).scale(2.0));
}

#[test]
fn handlers_are_lifted() {
    assert_forgotten(panics(&[true; 3]).condition("mu", 0.3));
    assert_forgotten(panics(&[true; 3]).intervene("mu", 0.3));
    assert_forgotten(panics(&[true; 3]).replay(Values::new().with("mu", 0.3)));
    assert_forgotten(panics(&[true; 3]).block(["mu"]));
}

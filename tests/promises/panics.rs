//! A program that panics leaves nothing open, and its session goes on as if that run had not been.

use ppl::prelude::*;
use ppl::{Handlers, Model};
use std::cell::Cell;
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

#[model]
fn sometimes(when: &Cell<bool>, x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("rows", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(0.5));
        assert!(!when.get(), "the user's own panic");
        observe!("x", Normal::new(mu + z.to_real(), 1.0), x.at(i));
    });
}

#[guide(sometimes)]
fn sometimes_guide(_when: &Cell<bool>, x: &[f64]) {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
    plate!("rows", x.len(), |_i| {
        sample!("z", Bernoulli::logits(param!("logit", 0.1)));
    });
}

#[test]
fn a_session_is_usable_after_a_panic_in_the_program() {
    let (when, never) = (Cell::new(false), Cell::new(false));
    let mut svi =
        Svi::new(sometimes(&when, &X), sometimes_guide(&when, &X), Elbo::default(), Adam::new(0.1)).seed(1);
    let mut twin =
        Svi::new(sometimes(&never, &X), sometimes_guide(&never, &X), Elbo::default(), Adam::new(0.1)).seed(1);
    for k in 0..4 {
        assert_eq!(svi.step(), twin.step());
        let before = svi.parameters();
        when.set(true);
        let caught = match k {
            0 => catch_unwind(AssertUnwindSafe(|| drop(svi.step()))),
            1 => catch_unwind(AssertUnwindSafe(|| drop(svi.evaluate(3)))),
            2 => catch_unwind(AssertUnwindSafe(|| drop(svi.posterior().predictive(3)))),
            _ => catch_unwind(AssertUnwindSafe(|| drop(svi.gradient()))),
        };
        assert!(caught.is_err());
        when.set(false);
        assert_eq!(svi.parameters(), before);
        // A handle outside of any program finds no run left behind: constants fold, and nothing else is recorded.
        assert!(format!("{:?}", Real::from(1.0f64) + 1.0).contains('2'));
    }
    // The step in which the program panicked is taken again with the same draws.
    assert_eq!(svi.step(), twin.step());
    assert_eq!(svi.parameters(), twin.parameters());
    assert!(svi.evaluate(10).unwrap().loss.is_finite());
    assert_eq!(svi.posterior().draws(10).map(|_| ()), Ok(()));
}

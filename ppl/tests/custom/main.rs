//! Distributions of a user's own: whatever a built-in one does, the same family written by a user does.

mod errors;
mod families;
mod lifetimes;

use ppl::objective::Objective;
use ppl::prelude::*;
use ppl::{Guide, GuidedBy, Model};

/// The programs with the built-in distributions.
mod builtin {
    use ppl::prelude::*;

    include!("programs.rs");
}

/// The same programs with the user's.
mod custom {
    use crate::families::{Bernoulli, Exponential, Normal};
    use ppl::prelude::*;

    include!("programs.rs");
}

/// The loss and the parameters of some steps.
type Trail = Vec<Vec<f64>>;

fn trail<M, G, O>(model: M, guide: G, objective: O) -> Trail
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    Adam<M::Element>: ppl::optim::Optimiser<M::Element>,
{
    let mut svi = Svi::new(model, guide, objective, Adam::new(0.05)).seed(5);
    let step = |_| {
        let step = svi.step().unwrap();
        let mut found = vec![step.loss, step.log_likelihood, step.kl];
        svi.parameters().iter().for_each(|(_, array)| found.extend(array.iter()));
        found
    };
    (0..8).map(step).collect()
}

#[track_caller]
fn assert_same(found: Vec<(&str, Trail)>, expected: Vec<(&str, Trail)>, tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for ((name, found), (_, expected)) in found.into_iter().zip(expected) {
        for (k, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.into_iter().zip(expected) {
                let close = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
                assert!(close, "{name}, step {k}: found {found}, expected {expected}");
            }
        }
    }
}

#[test]
fn plates_masks_and_parameters_of_every_kind() {
    assert_same(custom::hierarchical(), builtin::hierarchical(), 1e-9);
}

#[test]
fn arrays_copies_and_what_is_made_of_them() {
    assert_same(custom::of_arrays(), builtin::of_arrays(), 1e-9);
}

#[test]
fn chains_and_enumerated_neighbours() {
    assert_same(custom::discrete(), builtin::discrete(), 1e-9);
}

#[test]
fn weights_of_many_particles() {
    assert_same(custom::weighted(), builtin::weighted(), 1e-9);
}

#[test]
fn single_precision() {
    assert_same(custom::single(), builtin::single(), 2e-4);
}

#[test]
fn predictions_and_saved_sessions() {
    let (found, expected) = (custom::predicted(), builtin::predicted());
    assert!(found.len() > 100 && found.len() == expected.len());
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "found {found}, expected {expected}"
        );
    }
}

#[test]
#[should_panic = "expected"]
fn another_session_is_seen() {
    let mut other = builtin::hierarchical();
    other[0].1[3][0] *= 1.0 + 1e-7;
    assert_same(other, builtin::hierarchical(), 1e-9);
}

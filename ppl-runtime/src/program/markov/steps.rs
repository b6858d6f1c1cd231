//! Chains that run step by step.

use super::lengths::Lengths;
use super::proposed::answer_along_axes;
use super::time::{Moment, Time};
use crate::element::Element;
use crate::error::Place;
use crate::program::address::{Name, Subject};
use crate::program::run::Run;
use crate::program::scope;
use crate::program::state::{Initial, State, Steps};
use std::panic::Location;

/// Runs a chain step by step and returns the stack of its states: the body of `markov!` where nothing is enumerated.
#[doc(hidden)]
#[track_caller]
pub fn markov_steps<E, I, L, F>(
    name: Name,
    steps: usize,
    init: I,
    lengths: L,
    body: F,
) -> <I::State as State<E>>::Stacked
where
    E: Element,
    I: Initial<E>,
    I::State: State<E>,
    L: Lengths,
    F: Fn(I::State, Time) -> I::State,
{
    let place = Location::caller();
    let lengths = lengths.lengths();
    let opened = scope::with(|run: &mut Run<E>| run.enter_steps(name, steps, Place(place)));
    let (outside, chain) = match opened {
        Some(Some(entered)) => entered,
        _ => return <I::State as State<E>>::nothing(),
    };
    let proposed = scope::with(|run: &mut Run<E>| !run.addresses.in_guide() && run.proposes_chain(chain));
    if proposed == Some(true) {
        answer_along_axes::<E, I::State, F>(name, steps, chain, lengths, body, place);
        return <I::State as State<E>>::nothing();
    }
    let mut state = init.initial();
    scope::with(|run: &mut Run<E>| run.states.clear());
    for t in 0..steps {
        let masked = scope::with(|run: &mut Run<E>| {
            run.addresses.step = Some(t as u32);
            run.mask_ended(lengths, t, place)
        });
        state = body(state, Time(Moment::Step(t)));
        scope::with(|run: &mut Run<E>| {
            if masked == Some(true) {
                run.masks.pop();
            }
            state.keep(&mut run.states);
        });
    }
    scope::with(|run: &mut Run<E>| {
        run.addresses.step = outside;
        let states = std::mem::take(&mut run.states);
        let stacked = <I::State as State<E>>::stack(&mut Steps::of::<I::State>(&states), run, place);
        run.states = states;
        stacked
    })
    .unwrap_or_else(<I::State as State<E>>::nothing)
}

impl<E: Element> Run<E> {
    /// Begins a chain that runs step by step; returns the step around it, and the chain's number.
    fn enter_steps(&mut self, name: Name, steps: usize, place: Place) -> Option<(Option<u32>, u32)> {
        let chain = self.addresses.resolve(Subject::Plate, name);
        if steps == 0 {
            self.fail_chain(chain, place, "has no steps; a chain needs at least one".to_owned());
            return None;
        }
        if self.addresses.step.is_some() {
            let detail = "stands in another chain that runs step by step; give the inner one a `for` loop with an index";
            self.fail_chain(chain, place, detail.to_owned());
            return None;
        }
        Some((self.addresses.step, chain))
    }
}

//! Chains that run step by step.

use super::lengths::Lengths;
use super::proposed::answer_along_axes;
use super::time::{Moment, Time};
use crate::element::Element;
use crate::error::Place;
use crate::program::address::{Name, Subject};
use crate::program::markov::MAX_STATE;
use crate::program::run::Run;
use crate::program::slot;
use crate::program::state::{Initial, State};
use crate::value::{Discrete, Value};
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
    let mut state = None;
    let mut init = Some(init);
    let width = <I::State as State<E>>::VALUES;
    let mut step = |time: Time, kept: Kept<'_, E>| match kept {
        Kept::Values { values, held } => {
            if let Some(first) = init.take().map(Initial::initial) {
                first.keep(values);
                state = Some(first);
            }
            if held {
                state = Some(<I::State as State<E>>::of_values(&values[values.len() - width..]));
            }
            if let Some(before) = state {
                let next = body(before, time);
                next.keep(values);
                state = Some(next);
            }
        }
        // The guide tries every value of the states.
        Kept::Components { before, count, after, arity } => {
            if let Some(before) = <I::State as State<E>>::of_components(before, count) {
                *arity = body(before, time).components(after);
            }
        }
    };
    match E::run_chain(name, steps, lengths.lengths(), &mut step, place) {
        // Before the states of the steps stands the first one.
        true => <I::State as State<E>>::stack(width, width, place),
        false => <I::State as State<E>>::nothing(),
    }
}

/// Where a step leaves what its body returns.
pub enum Kept<'a, E> {
    /// Behind the values of the states before, of which the first is none of a step.
    Values {
        values: &'a mut Vec<Value<E>>,
        /// Whether the last of them is not the one that the step before it gave, because some rows had ended.
        held: bool,
    },
    /// As components, given those before.
    Components {
        before: &'a [Discrete; MAX_STATE],
        count: usize,
        after: &'a mut [Discrete; MAX_STATE],
        arity: &'a mut usize,
    },
}

/// One step of a chain's body.
pub type KeptStep<'a, E> = &'a mut dyn FnMut(Time, Kept<'_, E>);

/// Runs a chain step by step, or along axes where the guide tries every value of its states; returns whether there are states
/// to stack.
pub(crate) fn run_steps<E: Element>(
    name: Name,
    steps: usize,
    lengths: Option<Discrete>,
    step: KeptStep<'_, E>,
    place: &'static Location<'static>,
) -> bool {
    let opened = slot::with(|run: &mut Run<E>| run.enter_steps(name, steps, Place(place)));
    let Some(Some((outside, chain))) = opened else { return false };
    let proposed =
        slot::with(|run: &mut Run<E>| !run.session.addresses.in_guide() && run.trace.proposes_chain(chain));
    if proposed == Some(true) {
        answer_along_axes::<E>(name, steps, chain, lengths, step, place);
        return false;
    }
    // The body has the run while the states are kept.
    let mut states = slot::with(|run: &mut Run<E>| std::mem::take(&mut run.scope.states)).unwrap_or_default();
    states.clear();
    let mut held = false;
    for t in 0..steps {
        let opened = slot::with(|run: &mut Run<E>| {
            run.session.addresses.step = Some(t as u32);
            run.open_step(lengths, t, place)
        });
        step(Time(Moment::Step(t)), Kept::Values { values: &mut states, held });
        if let Some(Some(opened)) = opened {
            let width = states.len() / (t + 2);
            let closed = slot::with(|run: &mut Run<E>| run.close_step(opened, &mut states, width, place));
            held = closed == Some(true);
        }
    }
    slot::with(|run: &mut Run<E>| {
        run.session.addresses.step = outside;
        run.scope.states = states;
    })
    .is_some()
}

impl<E: Element> Run<E> {
    /// Begins a chain that runs step by step; returns the step around it, and the chain's number.
    fn enter_steps(&mut self, name: Name, steps: usize, place: Place) -> Option<(Option<u32>, u32)> {
        let chain = self.session.addresses.resolve(Subject::Plate, name);
        if steps == 0 {
            self.fail_chain(chain, place, "has no steps; a chain needs at least one".to_owned());
            return None;
        }
        if self.session.addresses.step.is_some() {
            let detail = "stands in another chain that runs step by step; give the inner one a `for` loop with an index";
            self.fail_chain(chain, place, detail.to_owned());
            return None;
        }
        Some((self.session.addresses.step, chain))
    }
}

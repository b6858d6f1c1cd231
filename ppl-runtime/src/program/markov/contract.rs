//! Chains whose body is run once, with the states and time as axes.

use super::MAX_STATE;
use super::lengths::Lengths;
use super::record::{Chain, node_of};
use super::steps::markov_steps;
use super::time::{Moment, Time};
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Name;
use crate::program::batch::{Batch, Whole};
use crate::program::enumerate::Enumeration;
use crate::program::plate::Index;
use crate::program::run::Run;
use crate::program::slot;
use crate::program::state::{Chained, Initial, State};
use crate::tape::axes::{Axis, AxisSet, FIRST_PLATE, PARTICLES};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::value::{Discrete, Handle};
use std::panic::Location;

const NOT_OF_SITES: &str = "the next state must be made of sites drawn with `enumerate` in the body and of components of \
                            the state before";

/// Runs a chain whose state is enumerated: once, along axes, where sites are summed out, else step by step.
#[doc(hidden)]
#[track_caller]
pub fn markov_chain<E, I, L, F>(name: Name, steps: usize, init: I, lengths: L, body: F)
where
    E: Element,
    I: Initial<E>,
    I::State: Chained + State<E>,
    L: Lengths,
    F: Fn(I::State, Time) -> I::State,
{
    let place = Location::caller();
    match E::contracts_chains() {
        None => {}
        Some(false) => {
            markov_steps::<E, I, L, F>(name, steps, init, lengths, body);
        }
        Some(true) => {
            let mut firsts = [Discrete::orphan(); MAX_STATE];
            let count = init.initial().spread_into(&mut firsts);
            let mut step = |before: &[Discrete; MAX_STATE], time: Time| {
                let next = body(I::State::gather(before), time);
                let mut after = [Discrete::orphan(); MAX_STATE];
                next.spread_into(&mut after);
                after
            };
            E::contract_chain(name, steps, &firsts[..count], lengths.lengths(), &mut step, place);
        }
    }
}

/// One step of a chain's body: from the components of the state before it to those after it.
pub type ContractedStep<'a> = &'a mut dyn FnMut(&[Discrete; MAX_STATE], Time) -> [Discrete; MAX_STATE];

/// Returns whether chains of enumerated sites are run once, along axes, in the run in progress.
pub(crate) fn contracts_chains<E: Element>() -> Option<bool> {
    slot::with(|run: &mut Run<E>| run.contracts_chains())
}

/// Runs a chain once, along axes.
pub(crate) fn contract<E: Element>(
    name: Name,
    steps: usize,
    first: &[Discrete],
    lengths: Option<Discrete>,
    body: ContractedStep<'_>,
    place: &'static Location<'static>,
) {
    let at = Place(place);
    let opened = slot::with(|run: &mut Run<E>| run.open_plate_of_time(name, steps, at));
    let Some(Some(index)) = opened else { return };
    let chain = index.plate;
    let count = first.len();
    let mut firsts = [Discrete::orphan(); MAX_STATE];
    firsts[..count].copy_from_slice(first);
    let mut step = |before: &[Discrete; MAX_STATE]| body(before, Time(Moment::Every(index)));
    if slot::with(|run: &mut Run<E>| run.knows_sizes(chain)) == Some(false) {
        let mut before = firsts;
        let mark = slot::with(|run: &mut Run<E>| run.begin_trial(&mut before[..count], place));
        let after = step(&before);
        slot::with(|run: &mut Run<E>| {
            if let Some(mark) = &mark {
                run.end_trial(chain, &after[..count], mark);
            }
        });
    }
    let before = slot::with(|run: &mut Run<E>| run.open_state(chain, count, at));
    let Some(Some(before)) = before else {
        slot::with(|run: &mut Run<E>| run.close_plate(index));
        return;
    };
    // The kernel knows where a model's chain ends; a guide's steps behind the end are left out one by one.
    let masked = slot::with(|run: &mut Run<E>| {
        let time = run.session.plates.plates[chain as usize].axis;
        run.session.addresses.in_guide() && run.mask_time(lengths, time, place)
    });
    let after = step(&before);
    slot::with(|run: &mut Run<E>| {
        if masked == Some(true) {
            run.scope.masks.pop();
        }
        run.probe_pairs(&before[..count], &after[..count], at);
        let lengths = lengths.map(|n| run.tape.lengths_node(n, place));
        let time = run.close_plate(index);
        let recorded = Recorded {
            time,
            before: &before[..count],
            next: &after[..count],
            first: &firsts[..count],
            lengths,
            place: at,
        };
        run.close_state(chain, recorded);
    });
}

/// What running a chain's body gave.
struct Recorded<'a> {
    time: Axis,
    before: &'a [Discrete],
    next: &'a [Discrete],
    first: &'a [Discrete],
    lengths: Option<NodeId>,
    place: Place,
}

impl<E: Element> Run<E> {
    /// Returns whether chains of enumerated sites are run once, along axes, in this run.
    fn contracts_chains(&self) -> bool {
        match self.session.addresses.in_guide() {
            true => !self.pass.draws_once(),
            false => !self.pass.draws_from_model(),
        }
    }

    /// Opens a plate for a chain's steps, whose number is the chain's.
    pub(super) fn open_plate_of_time(&mut self, name: Name, steps: usize, place: Place) -> Option<Index> {
        self.open_plate(name, steps, Batch::selection(Whole), place)
    }

    /// Gives the state before a step an axis for each component.
    fn open_state(&mut self, chain: u32, count: usize, place: Place) -> Option<[Discrete; MAX_STATE]> {
        let plates = self.scope.axes.minus(AxisSet::of(PARTICLES));
        let mut state = [Discrete::orphan(); MAX_STATE];
        for (k, component) in state[..count].iter_mut().enumerate() {
            let size = self.session.size_of_component(chain, k);
            let axis = Axis(self.trace.enumerations.len() as u8 + 1);
            if size == 0 || axis >= FIRST_PLATE {
                let detail = match size {
                    0 => NOT_OF_SITES.to_owned(),
                    _ => format!("a run can have at most {} enumerated sites", FIRST_PLATE.0 - 1),
                };
                self.fail_chain(chain, place, detail);
                return None;
            }
            self.tape.sizes[axis.0 as usize] = size;
            self.scope.live = self.scope.live.union(AxisSet::of(axis));
            let outcomes = self.tape.outcomes_node(axis, Deps::NONE);
            self.trace.enumerations.push(Enumeration {
                axis,
                site: u32::MAX,
                outcomes,
                in_order: true,
                plates,
                // A guide's states are weighed when the chain is complete; until then they stand for themselves.
                log_weight: self.session.addresses.in_guide().then_some(outcomes),
                probe: None,
                mask: None,
                running: None,
                chained: true,
            });
            *component = Discrete::of_node(outcomes, &self.tape);
        }
        Some(state)
    }

    /// Keeps a chain whose body has been run, for the elimination.
    fn close_state(&mut self, chain: u32, kept: Recorded<'_>) {
        let Recorded { time, before, next, first, lengths, place } = kept;
        let mut chained = Chain {
            time,
            plates: self.scope.axes.minus(AxisSet::of(PARTICLES)),
            count: next.len(),
            before: [Axis(0); MAX_STATE],
            after: [Axis(0); MAX_STATE],
            first: [Arg::constant(E::zero()); MAX_STATE],
            lengths,
            number: chain,
            proposed: self.session.addresses.in_guide(),
            place,
        };
        for (k, ((&was, &is), &first)) in before.iter().zip(next).zip(first).enumerate() {
            let Some((was, is)) = self.close_component(&chained, k, [was, is]) else { return };
            (chained.before[k], chained.after[k]) = (was, is);
            chained.first[k] = self.tape.lift(Handle::<E>::to_value(first), place.0);
        }
        if chained.proposed {
            self.weigh_pairs(&chained);
        }
        self.trace.chains.push(chained);
    }

    /// Returns the axes of component `k` before and after a step, and marks it as one of a chain's.
    fn close_component(
        &mut self,
        chain: &Chain<E>,
        k: usize,
        handles: [Discrete; 2],
    ) -> Option<(Axis, Axis)> {
        let refuse = |run: &mut Run<E>, detail: String| {
            run.fail_chain(chain.number, chain.place, detail);
            None
        };
        let known = handles.map(|component| {
            let node = node_of::<E>(component);
            self.trace.enumerations.iter().position(|e| e.outcomes == node && node.is_some())
        });
        let [Some(was), Some(is)] = known else { return refuse(self, NOT_OF_SITES.to_owned()) };
        let (was_axis, found) = (self.trace.enumerations[was].axis, self.trace.enumerations[is]);
        let [a, b] = [was_axis, found.axis].map(|axis| self.tape.sizes[axis.0 as usize]);
        if a != b {
            self.session.forget_sizes(chain.number);
            let detail = format!("component {k} of the state has {a} values before a step and {b} after it");
            return refuse(self, detail);
        }
        if !found.plates.contains(chain.time) {
            return refuse(self, "the next state depends on a site drawn outside of the chain".to_owned());
        }
        self.trace.enumerations[is].chained = true;
        self.trace.enumerations[was].site = found.site;
        Some((was_axis, found.axis))
    }
}

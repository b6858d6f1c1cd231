//! A guide's chain whose states are tried at every value, and the model's chain that answers it along the same axes.

use super::MAX_STATE;
use super::record::{Chain, node_of};
use super::steps::{Kept, KeptStep};
use super::time::{Moment, Time};
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Name;
use crate::program::run::Run;
use crate::program::slot;
use crate::program::trace::Trace;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::Binary;
use crate::value::Discrete;
use std::panic::Location;

impl<E: Element> Run<E> {
    /// Gives the states of a guide's chain their joint probabilities, two steps at a time.
    pub(super) fn weigh_pairs(&mut self, chain: &Chain<E>) {
        let (before, after) = (&chain.before[..chain.count], &chain.after[..chain.count]);
        let mut proposals = [NodeId::NONE; MAX_STATE];
        for (proposal, axis) in proposals.iter_mut().zip(after) {
            // A component that the state only remembers has no proposal of its own.
            let drawn = self.trace.enumerated(*axis).filter(|_| !before.contains(axis));
            let Some(log) = drawn.and_then(|e| e.log_weight) else {
                let detail = "a guide's enumerated chain must draw every component of its state in each step";
                return self.fail_chain(chain.number, chain.place, detail.to_owned());
            };
            *proposal = log;
        }
        let mut start: Option<NodeId> = None;
        for (&first, &axis) in chain.first.iter().zip(before) {
            let first = self.tape.materialise(first);
            let certain = self.tape.certain(first, axis);
            let arg = |id| Arg { id, value: E::zero() };
            start = Some(match start {
                None => certain,
                // Log-probabilities are scalars, whose shapes fit.
                Some(sum) => self.tape.binary(Binary::Add, arg(sum), arg(certain)).unwrap_or(sum),
            });
        }
        let Some(start) = start else { return };
        let pairs = self.tape.pairs(&proposals[..chain.count], start, chain.along());
        for e in &mut self.trace.enumerations {
            if before.contains(&e.axis) || after.contains(&e.axis) {
                e.log_weight = Some(pairs);
            }
        }
    }

    /// Returns the state before a step of the chain of this number, if the guide proposes it along axes.
    fn proposed_state(&mut self, chain: u32) -> Option<([Discrete; MAX_STATE], usize)> {
        let found = *self.trace.chains.iter().find(|c| c.proposed && c.number == chain)?;
        let mut state = [Discrete::orphan(); MAX_STATE];
        for (slot, &axis) in state.iter_mut().zip(&found.before[..found.count]) {
            let outcomes = self.trace.enumerated(axis)?.outcomes;
            *slot = Discrete::of_node(outcomes, &self.tape);
        }
        self.scope.live = self.scope.live.union(found.axes());
        Some((state, found.count))
    }

    /// Checks that the model's next state is the guide's.
    fn agree_on_state(&mut self, chain: u32, next: &[Discrete], place: Place) {
        let Some(found) = self.trace.chains.iter().find(|c| c.proposed && c.number == chain) else { return };
        let agrees = next.len() == found.count
            && next.iter().zip(&found.after).all(|(&component, &axis)| {
                self.trace.enumerated(axis).is_some_and(|e| e.outcomes == node_of::<E>(component))
            });
        if !agrees {
            let detail = "the next state of the model is made of other sites than the guide's, which tries every value";
            self.fail_chain(chain, place, detail.to_owned());
        }
    }
}

/// Runs the body of a model's chain once, where the guide tries every value of its states.
pub(super) fn answer_along_axes<E: Element>(
    name: Name,
    steps: usize,
    chain: u32,
    lengths: Option<Discrete>,
    step: KeptStep<'_, E>,
    place: &'static Location<'static>,
) {
    let at = Place(place);
    let opened = slot::with(|run: &mut Run<E>| {
        let index = run.open_plate_of_time(name, steps, at)?;
        let time = run.session.plates.plates[chain as usize].axis;
        let masked = run.mask_time(lengths, time, place);
        let (before, count) = run.proposed_state(chain)?;
        Some((index, masked, before, count))
    });
    let Some(Some((index, masked, before, count))) = opened else { return };
    let (mut after, mut arity) = ([Discrete::orphan(); MAX_STATE], 0);
    let kept = Kept::Components { before: &before, count, after: &mut after, arity: &mut arity };
    step(Time(Moment::Every(index)), kept);
    slot::with(|run: &mut Run<E>| {
        if masked {
            run.scope.masks.pop();
        }
        run.close_plate(index);
        run.agree_on_state(chain, &after[..arity], at);
    });
}

impl<E: Element> Trace<E> {
    /// Returns whether the guide proposes the chain of this number along axes.
    pub(super) fn proposes_chain(&self, chain: u32) -> bool {
        self.chains.iter().any(|c| c.proposed && c.number == chain)
    }
}

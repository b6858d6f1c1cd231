//! How many outcomes the components of a chain's state have, which one step that is not kept finds out.

use super::MAX_STATE;
use super::record::node_of;
use crate::element::Element;
use crate::program::run::Run;
use crate::program::scope::Scope;
use crate::program::session::Session;
use crate::program::trace::Trace;
use crate::tape::axes::AxisSet;
use crate::value::{Discrete, Handle};
use std::panic::Location;

/// The numbers of outcomes of a chain's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateSizes {
    sizes: [u32; MAX_STATE],
}

/// How far the lists of a run reached, to go back to.
pub(super) struct Mark {
    terms: usize,
    enumerations: usize,
    sites: usize,
    noises: usize,
    quantities: usize,
    scores: usize,
    live: AxisSet,
}

impl<E: Element> Run<E> {
    /// Returns whether the sizes of a chain's state are known.
    pub(super) fn knows_sizes(&self, chain: u32) -> bool {
        self.session.size_of_component(chain, 0) != 0
    }

    /// Begins the step that is not kept, for whose state each component gets a node: one that is passed on is then recognised.
    pub(super) fn begin_trial(&mut self, state: &mut [Discrete], place: &'static Location<'static>) -> Mark {
        self.scope.first_states.clear();
        for component in state {
            let arg = self.tape.lift(Handle::<E>::to_value(*component), place);
            let node = self.tape.materialise(arg);
            let node = self.tape.stop_gradient(node);
            self.scope.first_states.push(node);
            *component = Discrete::of_node(node, &self.tape);
        }
        Mark {
            terms: self.trace.terms.len(),
            enumerations: self.trace.enumerations.len(),
            sites: self.trace.order.len(),
            noises: self.trace.noises.len(),
            quantities: self.trace.quantities.len(),
            scores: self.trace.scores.len(),
            live: self.scope.live,
        }
    }

    /// Reads how many outcomes each component of the state has after that step, and forgets the step.
    pub(super) fn end_trial(&mut self, chain: u32, next: &[Discrete], mark: &Mark) {
        let mut found = StateSizes::default();
        let drawn = &self.trace.enumerations[mark.enumerations..];
        for (size, &component) in found.sizes.iter_mut().zip(next) {
            let id = node_of::<E>(component);
            // A component is one number.
            let site = drawn.iter().find(|e| e.outcomes == id && self.tape.node(id).shape.rank() == 0);
            *size = site.map_or(0, |e| self.tape.sizes[e.axis.0 as usize]);
        }
        // A component that is one of the state before has as many outcomes as the one whose place it takes.
        for _ in next {
            let known = found.sizes;
            for (size, &component) in found.sizes.iter_mut().zip(next).filter(|(size, _)| **size == 0) {
                *size = self.scope.size_behind(component, &known);
            }
        }
        let chain = chain as usize;
        if self.session.state_sizes.len() <= chain {
            self.session.state_sizes.resize(chain + 1, StateSizes::default());
        }
        self.session.state_sizes[chain] = found;
        self.back_to(mark);
    }

    fn back_to(&mut self, mark: &Mark) {
        self.trace.terms.truncate(mark.terms);
        self.trace.enumerations.truncate(mark.enumerations);
        self.trace.scores.truncate(mark.scores);
        self.trace.quantities.truncate(mark.quantities);
        let Trace { order, noises, entries, .. } = &mut self.trace;
        for site in order.drain(mark.sites..).chain(noises.drain(mark.noises..)) {
            entries[site as usize].stamp = 0;
        }
        self.scope.live = mark.live;
    }
}

impl<E: Element> Session<E> {
    /// Returns the number of outcomes of a component, or zero if it is unknown.
    pub(super) fn size_of_component(&self, chain: u32, k: usize) -> u32 {
        self.state_sizes.get(chain as usize).map_or(0, |found| found.sizes[k])
    }

    /// Forgets the sizes of a chain's state, for the next run to find out anew.
    pub(super) fn forget_sizes(&mut self, chain: u32) {
        self.state_sizes[chain as usize] = StateSizes::default();
    }
}

impl<E: Element> Scope<E> {
    fn size_behind(&self, component: Discrete, sizes: &[u32; MAX_STATE]) -> u32 {
        let id = node_of::<E>(component);
        self.first_states.iter().position(|&first| first == id).map_or(0, |k| sizes[k])
    }
}

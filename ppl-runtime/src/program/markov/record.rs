//! What a run keeps of a chain of enumerated sites.

use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::chain::ChainAxes;
use crate::tape::ops::chain::MAX_STATE;
use crate::value::{Discrete, Handle};

/// A chain of enumerated sites that a run recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain<E> {
    pub(crate) time: Axis,
    /// The plates around the chain.
    pub(crate) plates: AxisSet,
    /// The components of the state.
    pub(crate) count: usize,
    /// The axes of the state before a step.
    pub(crate) before: [Axis; MAX_STATE],
    /// The axes of the state after it: of sites of the step, or of the state before.
    pub(crate) after: [Axis; MAX_STATE],
    /// The state before the first step.
    pub(crate) first: [Arg<E>; MAX_STATE],
    pub(crate) lengths: Option<NodeId>,
    /// The number of its name, and whether the guide proposes it.
    pub(crate) number: u32,
    pub(crate) proposed: bool,
    pub(crate) place: Place,
}

impl<E> Chain<E> {
    /// Returns the axes of both states.
    pub(crate) fn axes(&self) -> AxisSet {
        let both = self.before[..self.count].iter().chain(&self.after[..self.count]);
        both.fold(AxisSet::EMPTY, |set, &axis| set.union(AxisSet::of(axis)))
    }

    /// Returns the axes of the states and of time.
    pub(crate) fn along(&self) -> ChainAxes {
        ChainAxes { time: self.time, count: self.count, before: self.before, after: self.after }
    }
}

/// Returns the node of a component of a state.
pub(super) fn node_of<E: Element>(component: Discrete) -> NodeId {
    Handle::<E>::to_value(component).arg().id
}

impl<E: Element> Run<E> {
    pub(super) fn fail_chain(&mut self, chain: u32, place: Place, detail: String) {
        let plate = self.session.addresses.text(Subject::Plate, chain).to_owned();
        self.tape.fail(Error::Plate { place, plate, detail });
    }
}

//! Masks: elements that a statement leaves out.

use super::plate::Index;
use super::run::Run;
use super::scope::{self, AnyElement};
use crate::element::Element;
use crate::tape::axes::AxisSet;
use crate::tape::node::NodeId;
use crate::value::{At, Discrete, Handle, Value};
use std::panic::Location;

/// What says which elements are there: a plain `bool`, or a value that is zero where an element is left out.
pub trait Mask {
    #[doc(hidden)]
    fn mask(self) -> Discrete;
}

impl Mask for bool {
    fn mask(self) -> Discrete {
        Discrete::from(usize::from(self))
    }
}

impl Mask for Discrete {
    fn mask(self) -> Discrete {
        self
    }
}

impl<E: Element> Run<E> {
    fn open_mask(&mut self, mask: Discrete, place: &'static Location<'static>) {
        let value: Value<E> = mask.to_value();
        let arg = self.lift_at(value, place);
        let mut node = self.tape.materialise(arg);
        if let Some(&outer) = self.masks.last() {
            // Inside of both: what either leaves out is left out.
            node = self.tape.masked(node, outer);
        }
        self.masks.push(node);
    }

    /// Records a term without the elements that the open masks leave out; returns it and the axes that it spells out.
    pub(crate) fn mask_term(&mut self, node: NodeId, axes: AxisSet) -> (NodeId, AxisSet) {
        match self.masks.last() {
            None => (node, axes),
            Some(&mask) => {
                let axes = axes.union(self.tape.node(mask).axes);
                (self.tape.masked(node, mask), axes)
            }
        }
    }
}

/// Runs a statement, or the body of a plate, without the terms of the elements that `mask` leaves out.
#[doc(hidden)]
#[track_caller]
pub fn masked<M: Mask, R>(mask: M, statement: impl FnOnce() -> R) -> R {
    let opened = scope::with_any(Open { mask: mask.mask(), place: Location::caller() });
    let result = statement();
    if opened.is_some() {
        scope::with_any(Close);
    }
    result
}

struct Open {
    mask: Discrete,
    place: &'static Location<'static>,
}

impl AnyElement for Open {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        run.open_mask(self.mask, self.place);
    }
}

struct Close;

impl AnyElement for Close {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        run.masks.pop();
    }
}

/// Returns the element of a plate's mask.
#[doc(hidden)]
#[track_caller]
pub fn element_of<A: At + ?Sized>(data: &A, index: Index) -> A::Element {
    data.at(index)
}

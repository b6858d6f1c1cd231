//! Masks: elements that a statement leaves out.

use super::plate::Index;
use super::run::Run;
use super::slot::{self, AnyElement};
use crate::element::Element;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};
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
        let arg = self.tape.lift(value, place);
        let node = self.tape.materialise(arg);
        self.push_mask(node);
    }

    /// Opens a mask inside of those that are open: what any of them leaves out is left out.
    pub(crate) fn push_mask(&mut self, mut node: NodeId) {
        if let Some(&outer) = self.scope.masks.last() {
            node = self.tape.masked(node, outer, E::zero());
        }
        self.scope.masks.push(node);
    }

    /// Leaves out of a site whose gradient is estimated from costs what the model leaves out, as well as what the guide does.
    pub(crate) fn leave_out_of_entry(&mut self, site: u32) {
        let Some(&mask) = self.scope.masks.last() else { return };
        if self.trace.score_bits & Deps::bit(site as usize) == 0 {
            return;
        }
        let both = self.trace.entry(site).mask.map_or(mask, |own| self.tape.masked(own, mask, E::zero()));
        self.trace.entry(site).mask = Some(both);
    }

    /// Records a term in which the elements that the open masks leave out have the value `left_out`; returns it and the
    /// axes that it spells out.
    pub(crate) fn mask_term(&mut self, node: NodeId, axes: AxisSet, left_out: E) -> (NodeId, AxisSet) {
        match self.scope.masks.last() {
            None => (node, axes),
            Some(&mask) => {
                let axes = axes.union(self.tape.node(mask).axes);
                (self.tape.masked(node, mask, left_out), axes)
            }
        }
    }

    /// Returns whether the two masks leave out the same elements.
    pub(crate) fn same_mask(&self, a: Option<NodeId>, b: Option<NodeId>) -> bool {
        match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                self.tape.node(a).axes == self.tape.node(b).axes && self.tape.value(a) == self.tape.value(b)
            }
            _ => false,
        }
    }
}

impl<E: Element> Tape<E> {
    /// Returns which elements along these axes a mask leaves out altogether.
    pub(crate) fn left_out(&self, mask: NodeId, axes: AxisSet) -> Vec<bool> {
        let along = |axes| Extent { axes, shape: Shape::SCALAR };
        let (to, by) = (along(axes), self.node(mask).extent());
        let mut left_out = vec![true; to.len(&self.sizes)];
        let kept = self.value(mask);
        let all = along(axes.union(by.axes));
        Walk::new(&self.sizes, all, &[to, by]).rows(|offset, n, stride| {
            for i in 0..n {
                left_out[offset[0] + i * stride[0]] &= kept[offset[1] + i * stride[1]] == E::zero();
            }
        });
        left_out
    }
}

/// Runs a statement, or the body of a plate, without the terms of the elements that `mask` leaves out.
#[doc(hidden)]
#[track_caller]
pub fn masked<M: Mask, R>(mask: M, statement: impl FnOnce() -> R) -> R {
    let opened = open(mask.mask(), Location::caller());
    let result = statement();
    if opened {
        close();
    }
    result
}

/// Opens a mask in the run in progress, if there is one.
#[inline(never)]
fn open(mask: Discrete, place: &'static Location<'static>) -> bool {
    slot::with_any(Open { mask, place }).is_some()
}

/// Closes the last mask.
#[inline(never)]
fn close() {
    slot::with_any(Close);
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
        run.scope.masks.pop();
    }
}

/// Returns the element of a plate's mask.
#[doc(hidden)]
#[track_caller]
pub fn element_of<A: At + ?Sized>(data: &A, index: Index) -> A::Element {
    data.at(index)
}

impl<E: Element> Tape<E> {
    /// Returns the logarithm of each outcome's probability where a site is left out: all are alike, and sum to one, so that
    /// a sum over them changes nothing.
    pub(crate) fn left_out_outcome(&self, axis: Axis) -> E {
        E::of(-f64::from(self.sizes[axis.0 as usize]).ln())
    }
}

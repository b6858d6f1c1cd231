//! Chains that end early: the steps behind the end are left out as by a mask.

use crate::element::Element;
use crate::program::run::Run;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};
use crate::value::{Discrete, Handle};
use std::panic::Location;

/// How many steps a chain or a sequence has, where that differs among the elements of the plates around it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of steps",
    label = "expected a `usize`, or an integer of data",
    note = "an element of data is taken by `n.at(i)`, and an array of integers is made a value by `Discrete::from(&n)`"
)]
pub trait Lengths: Copy {
    #[doc(hidden)]
    fn lengths(self) -> Option<Discrete>;
}

/// Every chain has all the steps.
#[derive(Clone, Copy, Debug)]
pub struct Unending;

#[diagnostic::do_not_recommend]
impl Lengths for Unending {
    fn lengths(self) -> Option<Discrete> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl Lengths for Discrete {
    fn lengths(self) -> Option<Discrete> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl Lengths for usize {
    fn lengths(self) -> Option<Discrete> {
        Some(Discrete::from(self))
    }
}

impl<E: Element> Run<E> {
    /// Masks the steps after a chain's end, along time; returns whether there is a mask to take away.
    pub(super) fn mask_time(
        &mut self,
        lengths: Option<Discrete>,
        time: Axis,
        place: &'static Location<'static>,
    ) -> bool {
        let Some(lengths) = lengths else { return false };
        let node = self.tape.lengths_node(lengths, place);
        let along = |axes| Extent { axes, shape: Shape::SCALAR };
        let (by, steps) = (along(self.tape.node(node).axes), along(AxisSet::of(time)));
        let domain = along(by.axes.union(steps.axes));
        let walk = Walk::new(&self.tape.sizes, domain, &[by, steps, domain]);
        let running = self.tape.derived([node], domain, Deps::NONE, |[lengths], out| {
            walk.rows(|offset, n, stride| {
                for i in 0..n {
                    let t = offset[1] + i * stride[1];
                    out[offset[2] + i * stride[2]] = runs(lengths[offset[0] + i * stride[0]], t);
                }
            });
        });
        self.push_mask(running);
        true
    }

    /// Masks the elements whose chain has ended before step `t`; returns which are running.
    pub(super) fn mask_ended(
        &mut self,
        lengths: Discrete,
        t: usize,
        place: &'static Location<'static>,
    ) -> NodeId {
        let node = self.tape.lengths_node(lengths, place);
        let extent = Extent { axes: self.tape.node(node).axes, shape: Shape::SCALAR };
        let running = self.tape.derived([node], extent, Deps::NONE, |[lengths], out| {
            for (to, &length) in out.iter_mut().zip(lengths) {
                *to = runs(length, t);
            }
        });
        self.push_mask(running);
        running
    }
}

/// Returns one if a chain of this length has a step `t`, else zero.
fn runs<E: Element>(length: E, t: usize) -> E {
    if length.as_f64() > t as f64 { E::one() } else { E::zero() }
}

impl<E: Element> Tape<E> {
    /// Returns the node of a chain's lengths.
    pub(super) fn lengths_node(&mut self, lengths: Discrete, place: &'static Location<'static>) -> NodeId {
        let arg = self.lift(Handle::<E>::to_value(lengths), place);
        self.materialise(arg)
    }
}

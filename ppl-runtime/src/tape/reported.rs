//! Operations of a program that may not fit, reported at its place.

use super::Tape;
use super::node::{Arg, NodeId};
use super::ops::Binary;
use super::walk::Extent;
use crate::element::Element;
use crate::error::{Error, Place};
use std::panic::Location;

/// Two operands of the first operation whose shapes do not fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Misfit {
    pub(crate) operands: [Extent; 2],
    pub(crate) operation: &'static str,
    pub(crate) place: Place,
}

impl<E: Element> Tape<E> {
    /// Records a function of two numbers; shapes that do not fit are an error, and so are those that would be broadcast.
    #[inline(always)]
    pub(crate) fn combine_alike(
        &mut self,
        kind: Binary,
        a: Arg<E>,
        b: Arg<E>,
        place: &'static Location<'static>,
    ) -> NodeId {
        match self.binary(kind, a, b) {
            Ok(id) => id,
            Err((a, b)) => self.refuse_misfit(kind, [a, b], Place(place)),
        }
    }

    /// Records a function of two numbers, whose event shapes are broadcast; those that do not fit are an error.
    #[inline(always)]
    pub(crate) fn combine(
        &mut self,
        kind: Binary,
        a: Arg<E>,
        b: Arg<E>,
        place: &'static Location<'static>,
    ) -> NodeId {
        match self.binary(kind, a, b) {
            Ok(id) => id,
            Err(_) => match self.broadcast(kind, a, b) {
                Ok(id) => id,
                Err((a, b)) => self.refuse_misfit(kind, [a, b], Place(place)),
            },
        }
    }

    #[cold]
    fn refuse_misfit(&mut self, kind: Binary, operands: [Extent; 2], place: Place) -> NodeId {
        let operation = match kind {
            Binary::Add => "addition",
            Binary::Sub => "subtraction",
            Binary::Mul => "product of elements",
            Binary::Div => "division",
            Binary::Pow => "power",
            Binary::Max => "maximum",
            Binary::Min => "minimum",
            Binary::Leak => "leaky_relu",
            Binary::LnBeside | Binary::LnLack => "logarithm",
        };
        let [a, b] = operands;
        if self.error.is_none() {
            self.misfit = Some(Misfit { operands, operation, place });
            // The run knows the plates by name, and replaces this when it is over.
            let detail = format!("the shapes {} and {} do not fit", a.shape, b.shape);
            self.fail(Error::Shape { place, operation, detail });
        }
        self.placeholder(Extent { axes: a.axes.union(b.axes), shape: a.shape })
    }

    /// Returns the axis along which an index takes every value below `size` in their order, if it is such an index.
    pub(crate) fn every_outcome(&self, index: NodeId, size: usize) -> Option<super::axes::Axis> {
        let &(axis, _) = self.listed.iter().find(|listed| listed.1 == index)?;
        (self.sizes[axis.0 as usize] as usize == size).then_some(axis)
    }
}

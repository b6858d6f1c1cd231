//! What the methods that give or take positions record in the run in progress.

use super::{Caller, dimension, record, shaped};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::run::Run;
use crate::shape::MAX_RANK;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use crate::value::Value;

/// Records the positions of the largest elements along a dimension.
pub(crate) fn argmax<E: Element>(x: Value<E>, dim: usize, place: Caller) -> Value<E> {
    shaped(x, "argmax", place, |run, x, shape| {
        dimension(shape, dim)?;
        if shape.dim(dim) == 0 {
            return Err(format!("dimension {dim} of the shape {shape} has no elements"));
        }
        Ok(run.tape.argmax(x, dim))
    })
}

/// Records integers as vectors that are one where they say so, and zero elsewhere.
pub(crate) fn one_hot<E: Element>(x: Value<E>, size: usize, place: Caller) -> Value<E> {
    shaped(x, "one_hot", place, |run, x, shape| {
        let Some(out) = shape.with_last(size) else {
            return Err(format!("the shape {shape} has {MAX_RANK} dimensions, and can have no more"));
        };
        let extent = Extent { axes: run.tape.node(x).axes, shape: out };
        let hot = run.tape.one_hot(x, size, out);
        Ok(run.unless_outside(hot, size, extent, place))
    })
}

/// Records the elements along a dimension that integers name.
pub(crate) fn gather<E: Element>(x: Value<E>, index: Value<E>, dim: usize, place: Caller) -> Value<E> {
    record(|run| {
        let (x, index) = (run.tape.lift(x, place), run.tape.lift(index, place));
        let (x, index) = (run.tape.materialise(x), run.tape.materialise(index));
        let (ex, ei) = (run.tape.node(x).extent(), run.tape.node(index).extent());
        let (sx, si) = (ex.shape, ei.shape);
        if dim >= sx.rank() || sx.rank() != si.rank() || sx.without(dim) != si.without(dim) {
            let [sx, si] = [ex, ei].map(|extent| run.shape_in_plates(extent));
            let detail = format!(
                "expected integers of the shape {sx} but for the size of dimension {dim}, got the shape {si}"
            );
            run.tape.fail(Error::Shape { place: Place(place), operation: "gather", detail });
            return run.tape.placeholder(ei);
        }
        let taken = run.tape.take_along(x, index, dim);
        run.unless_outside(taken, sx.dim(dim), ei, place)
    })
}

impl<E: Element> Run<E> {
    /// Returns what an index has given; a bad one is an error.
    fn unless_outside(
        &mut self,
        taken: Result<NodeId, E>,
        size: usize,
        extent: Extent,
        place: Caller,
    ) -> NodeId {
        taken.unwrap_or_else(|bad| {
            self.tape.fail(Error::Index { place: Place(place), index: bad.to_string(), size });
            self.tape.placeholder(extent)
        })
    }
}

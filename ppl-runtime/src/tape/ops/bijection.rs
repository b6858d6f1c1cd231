//! Bijections of whole events, from unconstrained space onto a support and back, with their determinants.

use crate::element::Element;
use crate::shape::{Dims, Shape};
use crate::support::{AnyBijection, Bijection};
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::node::{NodeId, Op};
use crate::tape::ops::stretches::is_seeded;
use crate::tape::walk::Extent;
use std::ops::Range;

/// Calls `each` with the places of every event, in `x` and in its image; a map of single numbers takes all as one event.
///
/// Backwards, an event without a seed adds nothing: its numbers may be none.
fn each_event(
    map: AnyBijection,
    lens: [usize; 2],
    events: usize,
    mut each: impl FnMut(Range<usize>, Range<usize>),
) {
    if map.is_elementwise() {
        return each(0..lens[0], 0..lens[1]);
    }
    let [free, full] = lens.map(|len| len / events.max(1));
    for k in 0..events {
        each(k * free..(k + 1) * free, k * full..(k + 1) * full);
    }
}

impl<E: Element> Tape<E> {
    /// Records the image of `x`, an event of shape `shape`, for each element of its axes.
    pub(crate) fn bijection(&mut self, map: AnyBijection, x: NodeId, shape: Shape) -> NodeId {
        let node = self.node(x);
        let (axes, gradient, deps) = (node.axes, node.has_gradient(), node.deps);
        let out = Extent { axes, shape };
        let (len, events) = (self.len_of(out), self.events(axes));
        let start = self.reserve(len);
        let dims = Dims::of(shape);
        let (old, fresh) = self.split(start);
        let (x_values, y) = (old.node(x), &mut fresh[..len]);
        each_event(map, [x_values.len(), len], events, |free, full| {
            map.forward(&x_values[free], dims.as_slice(), &mut y[full]);
        });
        self.push(Op::Bijection(map, x), out, start, len, gradient, deps)
    }

    pub(crate) fn bijection_backward(&mut self, map: AnyBijection, x: NodeId, out: NodeId) {
        let (events, dims) = (self.events(self.node(out).axes), Dims::of(self.node(out).shape));
        let (x, y, dy, dx) = self.for_backward(x, out);
        each_event(map, [x.len(), y.len()], events, |free, full| {
            if is_seeded(&dy[full.clone()]) {
                let (x, dy) = (&x[free.clone()], &dy[full.clone()]);
                map.pull_back(x, &y[full], dy, dims.as_slice(), &mut dx[free]);
            }
        });
    }

    /// Records the event of shape `free` whose image is `y`, for each element of its axes. Of a `y` that is no image it is
    /// any number, or none.
    pub(crate) fn inverse(&mut self, map: AnyBijection, y: NodeId, free: Shape) -> NodeId {
        let node = self.node(y);
        let (axes, gradient, deps, dims) = (node.axes, node.has_gradient(), node.deps, Dims::of(node.shape));
        let out = Extent { axes, shape: free };
        let (len, events) = (self.len_of(out), self.events(axes));
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (y_values, x) = (old.node(y), &mut fresh[..len]);
        each_event(map, [len, y_values.len()], events, |free, full| {
            map.inverse(&y_values[full], dims.as_slice(), &mut x[free]);
        });
        self.push(Op::Inverse(map, y), out, start, len, gradient, deps)
    }

    pub(crate) fn inverse_backward(&mut self, map: AnyBijection, y: NodeId, out: NodeId) {
        let (events, dims) = (self.events(self.node(out).axes), Dims::of(self.node(y).shape));
        let (y, x, dx, dy) = self.for_backward(y, out);
        each_event(map, [x.len(), y.len()], events, |free, full| {
            if is_seeded(&dx[free.clone()]) {
                let (x, dx) = (&x[free.clone()], &dx[free]);
                map.inverse_pull_back(x, &y[full.clone()], dx, dims.as_slice(), &mut dy[full]);
            }
        });
    }

    /// Records `ln |det J|` of each event `x` with the image `y`, where `J` is the Jacobian of the map at `x`; infinity where
    /// `y` is no image.
    pub(crate) fn log_det(&mut self, map: AnyBijection, x: NodeId, y: NodeId) -> NodeId {
        let node = self.node(x);
        let (axes, gradient, deps) = (node.axes, node.has_gradient(), node.deps);
        let dims = Dims::of(self.node(y).shape);
        let out = Extent { axes, shape: Shape::SCALAR };
        let len = self.len_of(out);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (x_values, y_values, logs) = (old.node(x), old.node(y), &mut fresh[..len]);
        map.log_dets(x_values, y_values, dims.as_slice(), logs);
        let width = y_values.len() / len.max(1);
        for (log, y) in logs.iter_mut().zip(y_values.chunks_exact(width.max(1))) {
            if !map.contains(dims.as_slice(), y) && !y.iter().any(|y| y.is_nan()) {
                *log = E::infinity();
            }
        }
        self.push(Op::LogDet(map, x, y), out, start, len, gradient, deps)
    }

    pub(crate) fn log_det_backward(&mut self, map: AnyBijection, x: NodeId, y: NodeId, out: NodeId) {
        let dims = Dims::of(self.node(y).shape);
        let (old, seeds, dx) = self.adjoint_pair(x, out);
        map.log_dets_pull_back(old.node(x), old.node(y), dims.as_slice(), seeds, dx);
    }

    /// Returns the number of elements along these axes.
    fn events(&self, axes: AxisSet) -> usize {
        self.len_of(Extent { axes, shape: Shape::SCALAR })
    }
}

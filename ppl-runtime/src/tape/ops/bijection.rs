//! Bijections of whole events, from unconstrained space onto a support.

use crate::element::Element;
use crate::shape::{Dims, Shape};
use crate::support::{AnyBijection, Bijection};
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;

impl<E: Element> Tape<E> {
    /// Records the image of `x`, an event of shape `shape`, for each element of its axes.
    pub(crate) fn bijection(&mut self, map: AnyBijection, x: NodeId, shape: Shape) -> NodeId {
        let node = self.node(x);
        let (axes, gradient, deps, width) = (node.axes, node.has_gradient(), node.deps, node.shape.len());
        let out = Extent { axes, shape };
        let len = self.len_of(out);
        let start = self.reserve(len);
        let dims = Dims::of(shape);
        let (old, fresh) = self.split(start);
        let rows =
            old.node(x).chunks_exact(width.max(1)).zip(fresh[..len].chunks_exact_mut(shape.len().max(1)));
        if width == 0 {
            // A simplex of one element has nothing free.
            for y in fresh[..len].chunks_exact_mut(shape.len().max(1)) {
                map.forward(&[], dims.as_slice(), y);
            }
        } else {
            for (x, y) in rows {
                map.forward(x, dims.as_slice(), y);
            }
        }
        self.push(Op::Bijection(map, x), out, start, len, gradient, deps)
    }

    pub(crate) fn bijection_backward(&mut self, map: AnyBijection, x: NodeId, out: NodeId) {
        let (source, shape) = (self.node(x).shape.len(), self.node(out).shape);
        let dims = Dims::of(shape);
        let (x, y, dy, dx) = self.for_backward(x, out);
        if source == 0 {
            return;
        }
        let width = shape.len();
        for (k, dx) in dx.chunks_exact_mut(source).enumerate() {
            let (from, to) = (k * source..(k + 1) * source, k * width..(k + 1) * width);
            map.pull_back(&x[from], &y[to.clone()], &dy[to], dims.as_slice(), dx);
        }
    }
}

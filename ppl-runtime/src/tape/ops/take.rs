//! Elements that are named by their positions: along one dimension, on a diagonal, the largest; and positions as vectors.

use super::draw::each_row;
use super::shape_ops::{StridedCopy, first_outside, position};
use crate::element::{Element, Numeric};
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;

/// The record of elements that an index names: the event of `x` is seen as `[outer, size, inner]`, that of the index as
/// `[outer, count, inner]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    pub(crate) x: NodeId,
    index: NodeId,
    dim: u8,
}

/// An event seen around one dimension.
#[derive(Clone, Copy, Debug)]
struct Around {
    size: usize,
    count: usize,
    inner: usize,
}

impl Around {
    fn of(x: Shape, index: Shape, dim: usize) -> Around {
        let inner = x.dims()[dim + 1..].iter().map(|&d| d as usize).product();
        Around { size: x.dim(dim), count: index.dim(dim), inner }
    }

    /// Returns where the element that element `k` of the index names lies in the event.
    #[inline(always)]
    fn place<E: Element>(&self, k: usize, index: E) -> usize {
        let outer = k / (self.count * self.inner);
        (outer * self.size + position(index)) * self.inner + k % self.inner
    }
}

impl<E: Element> Tape<E> {
    /// Records the elements of `x` along event dimension `dim` that `index` names, whose shape is that of `x` but for this
    /// dimension. Returns the first bad index if there is one.
    pub(crate) fn take_along(&mut self, x: NodeId, index: NodeId, dim: usize) -> Result<NodeId, E> {
        let (ex, ei) = (self.node(x).extent(), self.node(index).extent());
        let out = Extent { axes: ex.axes.union(ei.axes), shape: ei.shape };
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        if let Some(bad) = first_outside(self.value(index), ex.shape.dim(dim)) {
            return Err(bad);
        }
        let around = Around::of(ex.shape, ei.shape, dim);
        let (len, width) = (self.len_of(out), ei.shape.len());
        let deps = self.node(x).deps.union(self.node(index).deps);
        let gradient = self.node(x).has_gradient();
        let start = self.reserve(len);
        let sizes = self.sizes;
        let (old, fresh) = self.split(start);
        let (source, chosen) = (old.node(x), old.node(index));
        let mut at = 0;
        each_row(&sizes, out.axes, &[ex, ei], |[ox, oi]| {
            for (k, y) in fresh[at..at + width].iter_mut().enumerate() {
                *y = source[ox + around.place(k, chosen[oi + k])];
            }
            at += width;
        });
        let rule = Take { x, index, dim: dim as u8 };
        Ok(self.push(Op::Take(rule), out, start, len, gradient, deps))
    }

    pub(crate) fn take_backward(&mut self, Take { x, index, dim }: Take, out: NodeId) {
        let (ex, ei, axes) = (self.node(x).extent(), self.node(index).extent(), self.node(out).axes);
        let around = Around::of(ex.shape, ei.shape, dim as usize);
        let (width, len, sizes) = (ei.shape.len(), self.node(x).len as usize, self.sizes);
        // Any number of indices may name one element.
        let count = self.node(out).len as usize;
        let (old, dy, mut dx) = self.adjoint_long_sums(x, out, count);
        let chosen = old.node(index);
        let place = |ox: usize, oi: usize, k: usize| ox + around.place(k, chosen[oi + k]);
        let mut at = 0;
        fn add<A: Numeric, E: Numeric>(sums: &mut [A], place: usize, seed: E) {
            sums[place] += A::of(seed.as_f64());
        }
        match dx.in_double() {
            Some(sums) => each_row(&sizes, axes, &[ex, ei], |[ox, oi]| {
                (0..width).for_each(|k| add(sums, place(ox, oi, k), dy[at + k]));
                at += width;
            }),
            None => {
                let sums = dx.part(0, len, 0);
                each_row(&sizes, axes, &[ex, ei], |[ox, oi]| {
                    (0..width).for_each(|k| add(sums, place(ox, oi, k), dy[at + k]));
                    at += width;
                });
            }
        }
    }

    /// Records the positions of the largest elements along event dimension `dim`, which is dropped: of several the first, and of
    /// what is no number the first.
    pub(crate) fn argmax(&mut self, x: NodeId, dim: usize) -> NodeId {
        let extent = self.node(x).extent();
        let deps = self.node(x).deps;
        let size = extent.shape.dim(dim);
        let inner: usize = extent.shape.dims()[dim + 1..].iter().map(|&d| d as usize).product();
        let out = Extent { axes: extent.axes, shape: extent.shape.without(dim) };
        self.derived([x], out, deps, |[x], out| {
            for (k, position) in out.iter_mut().enumerate() {
                let at = |j: usize| x[(k / inner * size + j) * inner + k % inner];
                let larger = |top: usize, j: usize| at(j) > at(top) || (at(j).is_nan() && !at(top).is_nan());
                *position = E::of((1..size).fold(0, |top, j| if larger(top, j) { j } else { top }) as f64);
            }
        })
    }

    /// Records vectors of `size` elements that are one where an index says so, and zero elsewhere: a last dimension. Returns the
    /// first bad index if there is one.
    pub(crate) fn one_hot(&mut self, index: NodeId, size: usize, shape: Shape) -> Result<NodeId, E> {
        if let Some(bad) = first_outside(self.value(index), size) {
            return Err(bad);
        }
        let node = self.node(index);
        let (out, deps) = (Extent { axes: node.axes, shape }, node.deps);
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        Ok(self.derived([index], out, deps, |[index], out| {
            out.fill(E::zero());
            for (row, &k) in out.chunks_exact_mut(size.max(1)).zip(index) {
                row[position(k)] = E::one();
            }
        }))
    }

    /// Records the diagonal of a matrix.
    pub(crate) fn diagonal(&mut self, x: NodeId) -> NodeId {
        let extent = self.node(x).extent();
        let (rows, columns) = (extent.shape.dim(0), extent.shape.dim(1));
        let out = Extent { axes: extent.axes, shape: Shape::vector(rows.min(columns)) };
        let mut plan = StridedCopy::new(0);
        let along = Extent { axes: extent.axes, shape: Shape::SCALAR };
        // The axes lie outside of the events, one after the other.
        plan.push(self.len_of(along), rows * columns);
        plan.push(rows.min(columns), columns + 1);
        let deps = self.node(x).deps;
        self.strided(x, out, plan, deps)
    }

    /// Records the matrix that has a vector on its diagonal, and else zeros.
    pub(crate) fn matrix_of_diagonal(&mut self, x: NodeId) -> NodeId {
        let n = self.node(x).shape.dim(0);
        let extent = Extent { axes: crate::tape::axes::AxisSet::EMPTY, shape: Shape::matrix(n, n) };
        let mask = self.leaf(extent, crate::tape::deps::Deps::NONE, |out| {
            out.fill(E::zero());
            out.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = E::one());
        });
        let zero = self.scalar(E::zero());
        // A row of zeros beside each element but its own.
        self.select(mask, x, zero).unwrap_or(x)
    }
}

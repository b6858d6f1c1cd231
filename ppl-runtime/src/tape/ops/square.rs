//! Determinants, solutions and inverses of square matrices by their LU factors, one for each element of the axes and of the
//! dimensions before those of the matrices.

use super::contract::batch_of;
use super::stretches::is_seeded;
use crate::element::Element;
use crate::kernel::lu::{self, Pivot};
use crate::shape::Shape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{Extent, Walk};
use crate::tape::{Reader, Tape};

/// The record of such an operation, with the arena offsets of what it keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Square {
    /// The logarithms of the absolute values of determinants.
    LogDet { x: NodeId, factors: u32, memory: u32 },
    /// The solutions of `A y = b`.
    Solve { a: NodeId, b: NodeId, factors: u32, memory: u32 },
    /// The inverses.
    Inverse { x: NodeId, memory: u32 },
}

/// A matrix that is singular: its number among those of its array, and the pivot.
pub(crate) type SingularMatrix<E> = (usize, Pivot<E>);

/// A node, and the matrices that have no result there, which is NaN.
pub(crate) type Solved<E> = (NodeId, Vec<SingularMatrix<E>>);

/// The factors of the matrices of an array, with the order of their rows behind them.
struct Factors<'a, E> {
    stored: &'a [E],
    len: usize,
    n: usize,
}

impl<'a, E: Element> Factors<'a, E> {
    /// Returns the factors of the matrix that begins at `offset` of the array, and the order of its rows.
    fn at(&self, offset: usize) -> (&'a [E], &'a [E]) {
        let Factors { stored, len, n } = *self;
        let order = len + offset.checked_div(n).unwrap_or(0);
        (&stored[offset..offset + n * n], &stored[order..order + n])
    }
}

/// Returns whether an array is of square matrices.
pub(crate) fn is_square(shape: &Shape) -> bool {
    let rank = shape.rank();
    rank >= 2 && shape.dim(rank - 1) == shape.dim(rank - 2)
}

/// Returns the dimensions before those of the matrices, and the size of these.
fn matrices_of(extent: Extent) -> (Extent, usize) {
    let shape = extent.shape;
    (Extent { axes: extent.axes, shape: batch_of(&shape) }, shape.dim(shape.rank() - 1))
}

impl<E: Element> Tape<E> {
    /// Records the logarithms of the absolute values of the determinants of square matrices.
    pub(crate) fn log_determinant(&mut self, x: NodeId) -> Solved<E> {
        let (out, n) = matrices_of(self.node(x).extent());
        let (deps, gradient) = (self.node(x).deps, self.node(x).has_gradient());
        let count = self.len_of(out);
        let start = self.reserve(count);
        let (factors, singular) = self.factorise(x, n);
        let memory = self.reserve(4 * n * n) as u32;
        let len = self.node(x).len as usize;
        let values = &mut self.values;
        for k in 0..count {
            let matrix = &values[factors as usize..][..len][k * n * n..(k + 1) * n * n];
            let log = matrix.iter().step_by(n + 1).fold(0.0, |sum, u| sum + u.abs().as_f64().ln());
            values[start + k] = E::of(log);
        }
        let op = Op::Square(Square::LogDet { x, factors, memory });
        (self.push(op, out, start, count, gradient, deps), singular)
    }

    /// Records the inverses of square matrices.
    pub(crate) fn inverse_of_square(&mut self, x: NodeId) -> Solved<E> {
        let extent = self.node(x).extent();
        let (_, n) = matrices_of(extent);
        let (deps, gradient, len) = {
            let node = self.node(x);
            (node.deps, node.has_gradient(), node.len as usize)
        };
        let start = self.reserve(len);
        let (factors, singular) = self.factorise(x, n);
        let memory = self.reserve(2 * n * n);
        let (low, scratch) = self.values.split_at_mut(memory);
        let (low, stored) = low.split_at_mut(factors as usize);
        let factors = Factors { stored, len, n };
        if n > 0 {
            for (k, inverse) in low[start..start + len].chunks_exact_mut(n * n).enumerate() {
                lu::invert_into(factors.at(k * n * n), n, &mut scratch[..2 * n * n], inverse);
            }
        }
        let op = Op::Square(Square::Inverse { x, memory: memory as u32 });
        (self.push(op, extent, start, len, gradient, deps), singular)
    }

    /// Records the solutions `y` of `A y = b`, for `a` of `[.., n, n]` and `b` of `[n]` or `[.., n, m]`; or returns both shapes if
    /// they do not fit.
    pub(crate) fn solve_square(&mut self, a: NodeId, b: NodeId) -> Result<Solved<E>, (Shape, Shape)> {
        let (ea, eb) = (self.node(a).extent(), self.node(b).extent());
        let misfit = (ea.shape, eb.shape);
        let rank = eb.shape.rank();
        if !is_square(&ea.shape) || rank == 0 {
            return Err(misfit);
        }
        let (of_a, n) = matrices_of(ea);
        if eb.shape.dim(rank.max(2) - 2) != n {
            return Err(misfit);
        }
        let batch = of_a.shape.broadcast(&batch_of(&eb.shape)).ok_or(misfit)?;
        let mut shape = batch.with_last(n).ok_or(misfit)?;
        if rank > 1 {
            shape = shape.with_last(eb.shape.dim(rank - 1)).ok_or(misfit)?;
        }
        let out = Extent { axes: ea.axes.union(eb.axes), shape };
        if let Some(instead) = self.refuse_large(out) {
            return Ok((instead, Vec::new()));
        }
        let len = self.len_of(out);
        let gradient = self.node(a).has_gradient() || self.node(b).has_gradient();
        let deps = self.node(a).deps.union(self.node(b).deps);
        let start = self.reserve(len);
        let (factors, singular) = self.factorise(a, n);
        let width = if rank > 1 { n * shape.dim(shape.rank() - 1) } else { n };
        // The adjoints of the right sides, of which there are as many as solutions, and the memory of one solve.
        let memory = self.reserve(if gradient { len + width } else { width });
        let walk = self.solve_walk(ea, eb, out.axes, n, width);
        let len_of_a = self.node(a).len as usize;
        let Tape { nodes, values, shared, sizes, .. } = self;
        let (low, scratch) = values.split_at_mut(memory);
        let (low, stored) = low.split_at_mut(factors as usize);
        let (old, fresh) = low.split_at_mut(start);
        let right = Reader::new(old, shared, nodes, sizes).node(b);
        let factors_of_a = Factors { stored, len: len_of_a, n };
        let mut at = 0;
        walk.rows(|offset, count, stride| {
            for i in 0..count {
                let [oa, ob] = [0, 1].map(|s| offset[s] + i * stride[s]);
                let y = &mut fresh[at..at + width];
                lu::solve_into(
                    factors_of_a.at(oa),
                    n,
                    false,
                    &right[ob..ob + width],
                    &mut scratch[..width],
                    y,
                );
                at += width;
            }
        });
        let op = Op::Square(Square::Solve { a, b, factors, memory: memory as u32 });
        Ok((self.push(op, out, start, len, gradient, deps), singular))
    }

    fn solve_walk(
        &self,
        a: Extent,
        b: Extent,
        axes: crate::tape::axes::AxisSet,
        n: usize,
        width: usize,
    ) -> Walk {
        let of = [a, b].map(|extent| Extent { axes: extent.axes, shape: batch_of(&extent.shape) });
        let shape = of[0].shape.broadcast(&of[1].shape).unwrap_or(of[0].shape);
        Walk::of_blocks(&self.sizes, Extent { axes, shape }, &of, &[n * n, width])
    }

    /// Keeps the LU factors of the matrices of `x`, with the order of their rows behind them; those of a singular matrix are NaN.
    fn factorise(&mut self, x: NodeId, n: usize) -> (u32, Vec<SingularMatrix<E>>) {
        let len = self.node(x).len as usize;
        let count = len.checked_div(n * n).unwrap_or(0);
        let start = self.reserve(len + count * n + n * n);
        let (old, fresh) = self.split(start);
        let (factors, rest) = fresh.split_at_mut(len);
        let (orders, sizes) = rest.split_at_mut(count * n);
        factors.copy_from_slice(old.node(x));
        let mut singular = Vec::new();
        for k in 0..count {
            let matrix = &mut factors[k * n * n..(k + 1) * n * n];
            let order = &mut orders[k * n..(k + 1) * n];
            if let Some(pivot) = lu::factorise(matrix, n, order, &mut sizes[..n * n]) {
                matrix.fill(E::nan());
                singular.push((k, pivot));
            }
        }
        (start as u32, singular)
    }

    pub(crate) fn square_backward(&mut self, rule: Square, out: NodeId) {
        match rule {
            Square::LogDet { x, factors, memory } => self.log_determinant_backward(x, factors, memory, out),
            Square::Inverse { x, memory } => self.inverse_of_square_backward(x, memory, out),
            Square::Solve { a, b, factors, memory } => self.solve_backward(a, b, factors, memory, out),
        }
    }

    fn log_determinant_backward(&mut self, x: NodeId, factors: u32, memory: u32, out: NodeId) {
        let (_, n) = matrices_of(self.node(x).extent());
        let (len, into) = (self.node(x).len as usize, self.node(x).adjoint as usize);
        let (from, count) = (self.node(out).adjoint as usize, self.node(out).len as usize);
        let Tape { values, adjoints, .. } = self;
        let (low, scratch) = values.split_at_mut(memory as usize);
        let factors = Factors { stored: &low[factors as usize..], len, n };
        let (inverse, scratch) = scratch[..4 * n * n].split_at_mut(n * n);
        for k in 0..count {
            let seed = adjoints[from + k];
            if seed == E::zero() || n == 0 {
                continue;
            }
            lu::invert_into(factors.at(k * n * n), n, &mut scratch[..2 * n * n], inverse);
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                adjoints[into + k * n * n + i * n + j] += seed * inverse[j * n + i];
            }
        }
    }

    /// The adjoint of an inverse `Y` is that of its matrix, times `-Y^T` from both sides.
    fn inverse_of_square_backward(&mut self, x: NodeId, memory: u32, out: NodeId) {
        let (_, n) = matrices_of(self.node(x).extent());
        let (from, into, len) =
            (self.node(out).adjoint as usize, self.node(x).adjoint as usize, self.node(x).len as usize);
        let Tape { nodes, values, shared, adjoints, sizes, .. } = self;
        let (low, scratch) = values.split_at_mut(memory as usize);
        let y = Reader::new(low, shared, nodes, sizes).node(out);
        let left = &mut scratch[..n * n];
        for at in (0..len).step_by((n * n).max(1)) {
            let (y, seeds) = (&y[at..at + n * n], from + at);
            if !is_seeded(&adjoints[seeds..seeds + n * n]) {
                continue;
            }
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                left[i * n + j] = (0..n).map(|k| y[k * n + i] * adjoints[seeds + k * n + j]).sum();
            }
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let sum: E = (0..n).map(|k| left[i * n + k] * y[j * n + k]).sum();
                adjoints[into + at + i * n + j] -= sum;
            }
        }
    }

    fn solve_backward(&mut self, a: NodeId, b: NodeId, factors: u32, memory: u32, out: NodeId) {
        let (ea, eb, eo) = (self.node(a).extent(), self.node(b).extent(), self.node(out).extent());
        let (_, n) = matrices_of(ea);
        let columns = if eb.shape.rank() > 1 { eo.shape.dim(eo.shape.rank() - 1) } else { 1 };
        let width = n * columns;
        let walk = self.solve_walk(ea, eb, eo.axes, n, width);
        let [of_a, of_b, of_out] = [a, b, out].map(|id| self.node(id).len as usize);
        let rights = memory as usize;
        let from = self.node(out).adjoint as usize;
        // The adjoints of the right sides: the solutions of the transposed systems.
        let Tape { values, adjoints, .. } = &mut *self;
        let (low, scratch) = values.split_at_mut(rights);
        let (rights_of, scratch) = scratch[..of_out + width].split_at_mut(of_out);
        let stored = Factors { stored: &low[factors as usize..], len: of_a, n };
        let mut at = 0;
        walk.rows(|offset, count, stride| {
            for i in 0..count {
                let seeds = &adjoints[from + at..from + at + width];
                let right = &mut rights_of[at..at + width];
                if is_seeded(seeds) {
                    lu::solve_into(stored.at(offset[0] + i * stride[0]), n, true, seeds, scratch, right);
                } else {
                    right.fill(E::zero());
                }
                at += width;
            }
        });
        let solves = of_out.checked_div(width).unwrap_or(0);
        if self.node(b).has_gradient() {
            let (old, _, mut db) = self.adjoint_long_sums(b, out, solves * width / of_b.max(1));
            let rights = old.stored(rights as u32, of_out);
            let mut at = 0;
            walk.rows(|offset, count, stride| {
                for i in 0..count {
                    let into = db.part(offset[1] + i * stride[1], width, 1);
                    into.iter_mut().zip(&rights[at..at + width]).for_each(|(d, &g)| *d += g);
                    at += width;
                }
            });
        }
        if self.node(a).has_gradient() {
            let (old, _, mut da) = self.adjoint_long_sums(a, out, solves * n * n / of_a.max(1));
            let (rights, y) = (old.stored(rights as u32, of_out), old.node(out));
            let mut at = 0;
            walk.rows(|offset, count, stride| {
                for i in 0..count {
                    let (g, y) = (&rights[at..at + width], &y[at..at + width]);
                    at += width;
                    if !is_seeded(g) {
                        continue;
                    }
                    let into = da.part(offset[0] + i * stride[0], n * n, 1);
                    for (r, c) in (0..n).flat_map(|r| (0..n).map(move |c| (r, c))) {
                        let sum: E = (0..columns).map(|k| g[r * columns + k] * y[c * columns + k]).sum();
                        into[r * n + c] -= sum;
                    }
                }
            });
        }
    }
}

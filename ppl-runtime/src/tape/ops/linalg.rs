//! Cholesky factors and triangular solves, one matrix for each element of the axes.

use super::draw::each_row;
use super::stretches::is_seeded;
use crate::element::Element;
use crate::kernel::long_sums::{add_all, in_double};
use crate::kernel::triangular;
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;
use crate::tape::{Reader, Tape};

/// The record of a factorisation or a solve, with the arena offset of its scratch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Linear {
    /// The lower Cholesky factor of a symmetric matrix, of which the lower triangle is read.
    Cholesky { x: NodeId, scratch: u32 },
    /// The solution of `L y = b`, or of `L^T y = b`.
    Solve { l: NodeId, b: NodeId, transposed: bool, scratch: u32 },
}

impl<E: Element> Tape<E> {
    /// Records the lower Cholesky factor of the `[n, n]` matrix `x`. Where it is not positive definite it is NaN.
    pub(crate) fn cholesky(&mut self, x: NodeId) -> NodeId {
        let node = self.node(x);
        let (extent, len, gradient, deps) =
            (node.extent(), node.len as usize, node.has_gradient(), node.deps);
        let n = extent.shape.dim(0);
        let start = self.reserve(len + n * n);
        let (old, fresh) = self.split(start);
        fresh[..len].copy_from_slice(old.node(x));
        if n > 0 {
            for matrix in fresh[..len].chunks_exact_mut(n * n) {
                triangular::cholesky_in_place(matrix, n);
            }
        }
        let rule = Linear::Cholesky { x, scratch: (start + len) as u32 };
        self.push(Op::Linear(rule), extent, start, len, gradient, deps)
    }

    /// Records the solution of `L y = b` (or `L^T y = b`) for lower triangular `l` (`[n, n]`) and `b` (`[n]` or
    /// `[n, m]`), or returns both shapes if they do not fit.
    pub(crate) fn solve_triangular(
        &mut self,
        l: NodeId,
        b: NodeId,
        transposed: bool,
    ) -> Result<NodeId, (Shape, Shape)> {
        let (el, eb) = (self.node(l).extent(), self.node(b).extent());
        let square = el.shape.rank() == 2 && el.shape.dim(0) == el.shape.dim(1);
        if !square || !(1..=2).contains(&eb.shape.rank()) || eb.shape.dim(0) != el.shape.dim(0) {
            return Err((el.shape, eb.shape));
        }
        let out = Extent { axes: el.axes.union(eb.axes), shape: eb.shape };
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        let len = self.len_of(out);
        let gradient = self.node(l).has_gradient() || self.node(b).has_gradient();
        let deps = self.node(l).deps.union(self.node(b).deps);
        let (n, width) = (el.shape.dim(0), eb.shape.len());
        let start = self.reserve(len + width);
        let sizes = self.sizes;
        let (old, fresh) = self.split(start);
        let (factor, right) = (old.node(l), old.node(b));
        let mut at = 0;
        each_row(&sizes, out.axes, &[el, eb], |[ol, ob]| {
            let y = &mut fresh[at..at + width];
            y.copy_from_slice(&right[ob..ob + width]);
            triangular::solve_in_place(&factor[ol..ol + n * n], n, transposed, y);
            at += width;
        });
        let rule = Linear::Solve { l, b, transposed, scratch: (start + len) as u32 };
        Ok(self.push(Op::Linear(rule), out, start, len, gradient, deps))
    }

    pub(crate) fn linear_backward(&mut self, rule: Linear, out: NodeId) {
        match rule {
            Linear::Cholesky { x, scratch } => {
                let node = self.node(out);
                let (n, from, len) = (node.shape.dim(0), node.adjoint as usize, node.len as usize);
                let into = self.node(x).adjoint as usize;
                let Tape { nodes, values, shared, adjoints, sizes, .. } = self;
                let (old, fresh) = values.split_at_mut(scratch as usize);
                let factors = Reader { values: old, shared, nodes, sizes }.node(out);
                let bar = &mut fresh[..n * n];
                for at in (0..len).step_by((n * n).max(1)) {
                    let seeds = &adjoints[from + at..from + at + n * n];
                    if !is_seeded(seeds) {
                        continue;
                    }
                    bar.copy_from_slice(seeds);
                    triangular::cholesky_backward(&factors[at..at + n * n], n, bar);
                    for (d, &g) in adjoints[into + at..].iter_mut().zip(&*bar) {
                        *d += g;
                    }
                }
            }
            Linear::Solve { l, b, transposed, scratch } => {
                let (el, eb, eo) = (self.node(l).extent(), self.node(b).extent(), self.node(out).extent());
                let (n, width) = (el.shape.dim(0), eb.shape.len());
                let columns = width / n.max(1);
                let to_l = self.node(l).has_gradient().then(|| self.node(l).adjoint as usize);
                let to_b = self.node(b).has_gradient().then(|| self.node(b).adjoint as usize);
                let from = self.node(out).adjoint as usize;
                let axes: AxisSet = eo.axes;
                let rows = self.len_of(eo) / width.max(1);
                let lens = [el.len(&self.sizes), eb.len(&self.sizes)];
                let counts = [rows * n * n / lens[0].max(1), rows * width / lens[1].max(1)];
                let Tape { nodes, values, shared, adjoints, sizes, sums_in_double, .. } = self;
                let [sums_of_l, sums_of_b] = in_double::<E, 2>(sums_in_double, lens, counts);
                let (old, fresh) = values.split_at_mut(scratch as usize);
                let old = Reader { values: old, shared, nodes, sizes };
                let (factor, solution) = (old.node(l), old.node(out));
                let g = &mut fresh[..width];
                let mut at = 0;
                each_row(sizes, axes, &[el, eb], |[ol, ob]| {
                    let seeds = &adjoints[from + at..from + at + width];
                    if !is_seeded(seeds) {
                        at += width;
                        return;
                    }
                    g.copy_from_slice(seeds);
                    triangular::solve_in_place(&factor[ol..ol + n * n], n, !transposed, g);
                    match to_b {
                        Some(to) if sums_of_b.is_empty() => add_all(&mut adjoints[to + ob..], g),
                        Some(_) => add_all(&mut sums_of_b[ob..], g),
                        None => {}
                    }
                    if let Some(to) = to_l {
                        let y = &solution[at..at + width];
                        let (left, right): (&[E], &[E]) = if transposed { (y, g) } else { (g, y) };
                        for i in 0..n {
                            for j in 0..=i {
                                let sum = (0..columns).fold(E::zero(), |s, c| {
                                    s + left[i * columns + c] * right[j * columns + c]
                                });
                                let at = ol + i * n + j;
                                match sums_of_l.get_mut(at) {
                                    Some(total) => *total -= sum.as_f64(),
                                    None => adjoints[to + at] -= sum,
                                }
                            }
                        }
                    }
                    at += width;
                });
                for (to, sums) in [(to_l, sums_of_l), (to_b, sums_of_b)] {
                    if let Some(to) = to {
                        add_all(&mut adjoints[to..], sums);
                    }
                }
            }
        }
    }
}

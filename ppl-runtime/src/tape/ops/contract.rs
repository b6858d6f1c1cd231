//! Products that sum over a shared dimension: inner products, matrix-vector and matrix-matrix products.

use crate::element::Element;
use crate::kernel::array::from_fn;
use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add, multiply_add_seeded};
use crate::shape::{MAX_RANK, Shape};
use crate::tape::Tape;
use crate::tape::axes::MAX_NESTING;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;

/// The record of `out[.., m, n] = sum over k of a[.., m, k] b[.., k, n]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contraction {
    pub(crate) a: NodeId,
    pub(crate) b: NodeId,
}

/// The loops that may lie around products: one for each axis, and one for each dimension before the matrices'.
const LOOPS: usize = MAX_NESTING + MAX_RANK - 2;

/// How the axes and dimensions of a product map to loops around matrix products.
///
/// The axes of `a` alone are rows, those of `b` alone are columns, shared ones are a batch; so are the event dimensions before those
/// of the matrices. Storage is dense and canonical, so the innermost group of each is a matrix dimension with one stride, and the
/// rest are loops.
pub(super) struct Layout {
    pub(super) rows: Group,
    pub(super) columns: Group,
    pub(super) k: usize,
    /// The columns that a row of `b` has before those of the next.
    pub(super) columns_of_b: usize,
    loops: [Batch; LOOPS],
    count: usize,
}

/// A matrix dimension: its size, and its strides in the operand and in the result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) size: usize,
    pub(super) operand: usize,
    pub(super) out: usize,
}

/// A loop around the products, with the strides of `a`, `b` and the result.
#[derive(Clone, Copy, Debug)]
struct Batch {
    size: usize,
    stride: [usize; 3],
}

impl Layout {
    /// Calls `product` with the offsets of `a`, `b` and the result for each matrix product.
    pub(super) fn each(&self, mut product: impl FnMut([usize; 3])) {
        fn descend(loops: &[Batch], offset: [usize; 3], product: &mut impl FnMut([usize; 3])) {
            match loops.split_first() {
                None => product(offset),
                Some((first, rest)) => {
                    for i in 0..first.size {
                        descend(rest, from_fn(0, |s| offset[s] + i * first.stride[s]), product);
                    }
                }
            }
        }
        descend(&self.loops[..self.count], [0; 3], &mut product);
    }
}

impl Layout {
    /// Returns how many products have one part of an operand (`a` is 0, `b` is 1).
    pub(super) fn repeats(&self, operand: usize) -> usize {
        self.loops[..self.count].iter().filter(|l| l.stride[operand] == 0).map(|l| l.size).product()
    }
}

/// Returns how far the elements of a matrix with these sizes and strides reach.
pub(super) fn reach(dimensions: [(usize, usize); 2]) -> usize {
    if dimensions.iter().any(|&(size, _)| size == 0) {
        return 0;
    }
    1 + dimensions.iter().map(|(size, stride)| (size - 1) * stride).sum::<usize>()
}

/// Extends a matrix dimension by an axis if the strides continue it, or starts it.
fn extend(group: &mut Group, size: usize, operand: usize, out: usize) -> bool {
    if size == 1 {
        return true;
    }
    if group.size == 1 {
        *group = Group { size, operand, out };
        return true;
    }
    if operand == group.operand * group.size && out == group.out * group.size {
        group.size *= size;
        return true;
    }
    false
}

/// Returns the dimensions before those of a matrix.
pub(super) fn batch_of(shape: &Shape) -> Shape {
    (0..shape.rank().min(2)).fold(*shape, |batch, _| batch.without(batch.rank() - 1))
}

/// Returns the shape of a product, or `None` if the operands do not fit.
fn shape_of_product(a: &Shape, b: &Shape) -> Option<Shape> {
    let (ra, rb) = (a.rank(), b.rank());
    if ra == 0 || rb == 0 || a.dim(ra - 1) != b.dim(rb.max(2) - 2) {
        return None;
    }
    let mut shape = if ra > 2 || rb > 2 { batch_of(a).broadcast(&batch_of(b))? } else { Shape::SCALAR };
    if ra >= 2 {
        shape = shape.with_last(a.dim(ra - 2))?;
    }
    if rb >= 2 {
        shape = shape.with_last(b.dim(rb - 1))?;
    }
    Some(shape)
}

impl<E: Element> Tape<E> {
    /// Records the product of `a` (`[.., m, k]` or `[k]`) and `b` (`[.., k, n]` or `[k]`), whose dimensions before the matrices' are
    /// broadcast; or returns both shapes if they do not fit.
    pub(crate) fn contract(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, (Shape, Shape)> {
        let out = self.extent_of_product(a, b)?;
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        let rule = Contraction { a, b };
        let is_batched = self.node(a).shape.rank().max(self.node(b).shape.rank()) > 2;
        if !is_batched && self.defers_product(rule, self.len_of(out)) {
            let deps = self.node(a).deps.union(self.node(b).deps);
            return Ok(self.defer(Op::Contraction(rule), out, self.len_of(out), deps));
        }
        Ok(self.record_product(rule, out))
    }

    /// Returns the extent of a product, or both shapes if they do not fit.
    pub(super) fn extent_of_product(&self, a: NodeId, b: NodeId) -> Result<Extent, (Shape, Shape)> {
        let (ea, eb) = (self.node(a).extent(), self.node(b).extent());
        let shape = shape_of_product(&ea.shape, &eb.shape).ok_or((ea.shape, eb.shape))?;
        Ok(Extent { axes: ea.axes.union(eb.axes), shape })
    }

    /// Records a product whose operands fit.
    pub(crate) fn record_product(&mut self, rule: Contraction, out: Extent) -> NodeId {
        let Contraction { a, b } = rule;
        let (ea, eb) = (self.node(a).extent(), self.node(b).extent());
        let len = self.len_of(out);
        let gradient = self.node(a).has_gradient() || self.node(b).has_gradient();
        let deps = self.node(a).deps.union(self.node(b).deps);
        let start = self.reserve(len);
        let layout = self.layout(ea, eb, out);
        let mut memory = std::mem::take(&mut self.products_in_double);
        let (old, fresh) = self.split(start);
        let (x, y, fresh) = (old.node(a), old.node(b), &mut fresh[..len]);
        let columns_of_b = layout.columns_of_b;
        layout.each(|[oa, ob, oc]| {
            multiply_add(
                Matrix {
                    data: &x[oa..],
                    rows: layout.rows.size,
                    columns: layout.k,
                    strides: [layout.rows.operand, 1],
                },
                Matrix {
                    data: &y[ob..],
                    rows: layout.k,
                    columns: layout.columns.size,
                    strides: [columns_of_b, layout.columns.operand],
                },
                MatrixMut {
                    data: &mut fresh[oc..],
                    strides: [layout.rows.out, layout.columns.out],
                    fresh: true,
                },
                &mut memory,
            );
        });
        self.products_in_double = memory;
        self.push(Op::Contraction(rule), out, start, len, gradient, deps)
    }

    pub(super) fn layout(&self, a: Extent, b: Extent, out: Extent) -> Layout {
        let (ra, rb) = (a.shape.rank(), b.shape.rank());
        let k = a.shape.dim(ra - 1);
        let m = if ra >= 2 { a.shape.dim(ra - 2) } else { 1 };
        let n = if rb >= 2 { b.shape.dim(rb - 1) } else { 1 };
        // The event dimensions are the innermost rows and columns.
        let mut rows = Group { size: m, operand: k, out: n };
        let mut columns = Group { size: n, operand: 1, out: 1 };
        let mut loops = [Batch { size: 1, stride: [0; 3] }; LOOPS];
        let mut count = 0;
        let (mut stride_a, mut stride_b, mut stride_out) = (m * k, k * n, m * n);
        let (mut rows_open, mut columns_open) = (true, true);
        let mut push = |size: usize, in_a: bool, in_b: bool| {
            let sa = if in_a { stride_a } else { 0 };
            let sb = if in_b { stride_b } else { 0 };
            let merged = match (in_a, in_b) {
                (true, false) => {
                    rows_open = rows_open && extend(&mut rows, size, sa, stride_out);
                    rows_open
                }
                (false, true) => {
                    columns_open = columns_open && extend(&mut columns, size, sb, stride_out);
                    columns_open
                }
                _ => false,
            };
            // A value with more axes than that is refused where it is made; what it holds is not used.
            if !merged && count < LOOPS {
                loops[count] = Batch { size, stride: [sa, sb, stride_out] };
                count += 1;
            }
            if in_a {
                stride_a *= size;
            }
            if in_b {
                stride_b *= size;
            }
            stride_out *= size;
        };
        if ra > 2 || rb > 2 {
            let [of_a, of_b] = [batch_of(&a.shape), batch_of(&b.shape)];
            let batch = of_a.broadcast(&of_b).unwrap_or(of_a);
            for d in (0..batch.rank()).rev() {
                push(batch.dim(d), of_a.moves_along(d, &batch), of_b.moves_along(d, &batch));
            }
        }
        for axis in out.axes.iter_inward_out() {
            push(self.sizes[axis.0 as usize] as usize, a.axes.contains(axis), b.axes.contains(axis));
        }
        Layout { rows, columns, k, columns_of_b: n, loops, count }
    }

    pub(crate) fn contraction_backward(&mut self, rule: Contraction, out: NodeId) {
        let Contraction { a, b } = rule;
        let (ea, eb, eo) = (self.node(a).extent(), self.node(b).extent(), self.node(out).extent());
        let layout = self.layout(ea, eb, eo);
        let columns_of_b = layout.columns_of_b;
        let (rows, columns, k) = (layout.rows, layout.columns, layout.k);
        let has_masks = self.has_masks;
        // What a mask leaves out has seeds of zero, and may hold what is no number.
        let seeded = |x: &[E]| has_masks && !x.iter().all(|v| v.is_finite());
        let mut memory = std::mem::take(&mut self.products_in_double);
        if self.node(a).has_gradient() {
            let (each, count) = (columns.size.min(E::RUN), layout.repeats(0));
            let len = reach([(rows.size, rows.operand), (k, 1)]);
            let (old, dy, mut dx) = self.adjoint_long_sums(a, out, each.saturating_mul(count));
            let y = old.node(b);
            let product = if seeded(y) { multiply_add_seeded } else { multiply_add };
            layout.each(|[oa, ob, oc]| {
                // da[m, k] += dout[m, n] b[k, n]
                product(
                    Matrix {
                        data: &dy[oc..],
                        rows: rows.size,
                        columns: columns.size,
                        strides: [rows.out, columns.out],
                    },
                    Matrix {
                        data: &y[ob..],
                        rows: columns.size,
                        columns: k,
                        strides: [columns.operand, columns_of_b],
                    },
                    MatrixMut { data: dx.part(oa, len, each), strides: [rows.operand, 1], fresh: false },
                    &mut memory,
                );
            });
        }
        if self.node(b).has_gradient() {
            let (each, count) = (rows.size.min(E::RUN), layout.repeats(1));
            let len = reach([(k, columns_of_b), (columns.size, columns.operand)]);
            let (old, dy, mut dx) = self.adjoint_long_sums(b, out, each.saturating_mul(count));
            let x = old.node(a);
            let seeded = seeded(x);
            layout.each(|[oa, ob, oc]| {
                // db[k, n] += a[m, k] dout[m, n]
                if seeded {
                    return multiply_add_seeded(
                        Matrix {
                            data: &dy[oc..],
                            rows: columns.size,
                            columns: rows.size,
                            strides: [columns.out, rows.out],
                        },
                        Matrix { data: &x[oa..], rows: rows.size, columns: k, strides: [rows.operand, 1] },
                        MatrixMut {
                            data: dx.part(ob, len, each),
                            strides: [columns.operand, columns_of_b],
                            fresh: false,
                        },
                        &mut memory,
                    );
                }
                multiply_add(
                    Matrix { data: &x[oa..], rows: k, columns: rows.size, strides: [1, rows.operand] },
                    Matrix {
                        data: &dy[oc..],
                        rows: rows.size,
                        columns: columns.size,
                        strides: [rows.out, columns.out],
                    },
                    MatrixMut {
                        data: dx.part(ob, len, each),
                        strides: [columns_of_b, columns.operand],
                        fresh: false,
                    },
                    &mut memory,
                );
            });
        }
        self.products_in_double = memory;
    }
}

//! Products that sum over a shared dimension: inner products, matrix-vector and matrix-matrix products.

use crate::element::Element;
use crate::kernel::array::from_fn;
use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add, multiply_add_seeded};
use crate::shape::Shape;
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

/// How the axes and dimensions of a product map to loops around matrix products.
///
/// The axes of `a` alone are rows, those of `b` alone are columns, shared ones are a batch. Storage is dense and
/// canonical, so the innermost group of each is a matrix dimension with one stride, and the rest are loops.
struct Layout {
    rows: Group,
    columns: Group,
    k: usize,
    loops: [Batch; MAX_NESTING],
    count: usize,
}

/// A matrix dimension: its size, and its strides in the operand and in the result.
#[derive(Clone, Copy, Debug)]
struct Group {
    size: usize,
    operand: usize,
    out: usize,
}

/// A loop around the products, with the strides of `a`, `b` and the result.
#[derive(Clone, Copy, Debug)]
struct Batch {
    size: usize,
    stride: [usize; 3],
}

impl Layout {
    /// Calls `product` with the offsets of `a`, `b` and the result for each matrix product.
    fn each(&self, mut product: impl FnMut([usize; 3])) {
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
    fn repeats(&self, operand: usize) -> usize {
        self.loops[..self.count].iter().filter(|l| l.stride[operand] == 0).map(|l| l.size).product()
    }
}

/// Returns how far the elements of a matrix with these sizes and strides reach.
fn reach(dimensions: [(usize, usize); 2]) -> usize {
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

impl<E: Element> Tape<E> {
    /// Records the product of `a` (`[m, k]` or `[k]`) and `b` (`[k, n]` or `[k]`), or returns both shapes if they do
    /// not fit.
    pub(crate) fn contract(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, (Shape, Shape)> {
        let (ea, eb) = (self.node(a).extent(), self.node(b).extent());
        let (ra, rb) = (ea.shape.rank(), eb.shape.rank());
        let fits = (1..=2).contains(&ra) && (1..=2).contains(&rb) && ea.shape.dim(ra - 1) == eb.shape.dim(0);
        if !fits {
            return Err((ea.shape, eb.shape));
        }
        let mut shape = Shape::SCALAR;
        if ra == 2 {
            shape = Shape::vector(ea.shape.dim(0));
        }
        if rb == 2 {
            let n = eb.shape.dim(1);
            shape =
                if ra == 2 { Shape::of(&[ea.shape.dim(0), n]).unwrap_or(shape) } else { Shape::vector(n) };
        }
        let out = Extent { axes: ea.axes.union(eb.axes), shape };
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        let rule = Contraction { a, b };
        if self.defers_product(rule, self.len_of(out)) {
            let deps = self.node(a).deps.union(self.node(b).deps);
            return Ok(self.defer(Op::Contraction(rule), out, self.len_of(out), deps));
        }
        Ok(self.record_product(rule, out))
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
        let columns_of_b = if eb.shape.rank() == 2 { eb.shape.dim(1) } else { 1 };
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

    fn layout(&self, a: Extent, b: Extent, out: Extent) -> Layout {
        let (ra, rb) = (a.shape.rank(), b.shape.rank());
        let k = b.shape.dim(0);
        let m = if ra == 2 { a.shape.dim(0) } else { 1 };
        let n = if rb == 2 { b.shape.dim(1) } else { 1 };
        // The event dimensions are the innermost rows and columns.
        let mut rows = Group { size: m, operand: k, out: n };
        let mut columns = Group { size: n, operand: 1, out: 1 };
        let mut loops = [Batch { size: 1, stride: [0; 3] }; MAX_NESTING];
        let mut count = 0;
        let (mut stride_a, mut stride_b, mut stride_out) = (m * k, k * n, m * n);
        let (mut rows_open, mut columns_open) = (true, true);
        for axis in out.axes.iter_inward_out() {
            let size = self.sizes[axis.0 as usize] as usize;
            let (in_a, in_b) = (a.axes.contains(axis), b.axes.contains(axis));
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
            if !merged && count < MAX_NESTING {
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
        }
        Layout { rows, columns, k, loops, count }
    }

    pub(crate) fn contraction_backward(&mut self, rule: Contraction, out: NodeId) {
        let Contraction { a, b } = rule;
        let (ea, eb, eo) = (self.node(a).extent(), self.node(b).extent(), self.node(out).extent());
        let layout = self.layout(ea, eb, eo);
        let columns_of_b = if eb.shape.rank() == 2 { eb.shape.dim(1) } else { 1 };
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

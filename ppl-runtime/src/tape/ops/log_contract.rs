//! Products in log space: `ln(sum over k of exp(a[.., m, k] + b[.., k, n]))`.

use super::contract::{Contraction, Layout};
use crate::element::Element;
use crate::kernel::gemm::Matrix;
use crate::kernel::log_product::{log_multiply, log_multiply_backward};
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};

/// The matrices of one product, from the parts of the arrays on which they begin.
struct Matrices<'a, E> {
    a: Matrix<'a, E>,
    b: Matrix<'a, E>,
}

impl<'a, E> Matrices<'a, E> {
    fn of(layout: &Layout, a: &'a [E], b: &'a [E]) -> Self {
        let Layout { rows, columns, k, columns_of_b, .. } = *layout;
        Matrices {
            a: Matrix { data: a, rows: rows.size, columns: k, strides: [rows.operand, 1] },
            b: Matrix { data: b, rows: k, columns: columns.size, strides: [columns_of_b, columns.operand] },
        }
    }
}

/// Returns the matrix of results that one product has.
fn results<'a, E>(layout: &Layout, data: &'a [E]) -> Matrix<'a, E> {
    let Layout { rows, columns, .. } = layout;
    Matrix { data, rows: rows.size, columns: columns.size, strides: [rows.out, columns.out] }
}

fn transposed<E>(Matrix { data, rows, columns, strides: [down, along] }: Matrix<'_, E>) -> Matrix<'_, E> {
    Matrix { data, rows: columns, columns: rows, strides: [along, down] }
}

impl<E: Element> Tape<E> {
    /// Records the product in log space of arrays whose shapes fit as those of a product do, or returns both shapes.
    pub(crate) fn log_contract(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, (Shape, Shape)> {
        let out = self.extent_of_product(a, b)?;
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        let layout = self.layout(self.node(a).extent(), self.node(b).extent(), out);
        let len = self.len_of(out);
        let gradient = self.node(a).has_gradient() || self.node(b).has_gradient();
        let deps = self.node(a).deps.union(self.node(b).deps);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (x, y, fresh) = (old.node(a), old.node(b), &mut fresh[..len]);
        layout.each(|[oa, ob, oc]| {
            let Matrices { a, b } = Matrices::of(&layout, &x[oa..], &y[ob..]);
            log_multiply(a, b, &mut fresh[oc..], [layout.rows.out, layout.columns.out]);
        });
        Ok(self.push(Op::LogContraction(Contraction { a, b }), out, start, len, gradient, deps))
    }

    pub(crate) fn log_contraction_backward(&mut self, Contraction { a, b }: Contraction, out: NodeId) {
        let layout = self.layout(self.node(a).extent(), self.node(b).extent(), self.node(out).extent());
        let Layout { rows, columns, columns_of_b, .. } = layout;
        for (operand, into) in [a, b].into_iter().enumerate() {
            if !self.node(into).has_gradient() {
                continue;
            }
            // A product adds one number to an element for each stretch of the other matrix.
            let each = if operand == 0 { columns.size } else { rows.size };
            let strides = if operand == 0 { [rows.operand, 1] } else { [columns.operand, columns_of_b] };
            let count = each.saturating_mul(layout.repeats(operand));
            let (old, dy, mut dx) = self.adjoint_long_sums(into, out, count);
            let (x, y, value) = (old.node(a), old.node(b), old.node(out));
            layout.each(|offsets| {
                let [oa, ob, oc] = offsets;
                let Matrices { a, b } = Matrices::of(&layout, &x[oa..], &y[ob..]);
                let (of_y, seeds) = (results(&layout, &value[oc..]), results(&layout, &dy[oc..]));
                let to = offsets[operand];
                let add = |i: usize, k: usize, d: E| {
                    dx.part(to + i * strides[0] + k * strides[1], 1, 1)[0] += d;
                };
                if operand == 0 {
                    log_multiply_backward(a, b, of_y, seeds, add);
                } else {
                    // The product of the transposed matrices in the other order is the transposed one.
                    log_multiply_backward(
                        transposed(b),
                        transposed(a),
                        transposed(of_y),
                        transposed(seeds),
                        add,
                    );
                }
            });
        }
    }
}

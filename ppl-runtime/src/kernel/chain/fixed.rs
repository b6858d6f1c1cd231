//! The part of a stage that is the same for all sequences, exponentiated once.

use super::product::product_into;
use super::rows::exponentiate_rows;
use super::stage::Stage;
use super::walk::{gather_into, scatter_into};
use super::{Gradients, Mode, Plan};
use crate::element::Numeric;

/// The arrays of one stage's fixed part, in the workspace.
pub(super) struct Fixed<'a, E> {
    /// The exponentials by `[shared, summed, column]`; for maxima the logarithms.
    pub(super) by_summed: &'a mut [E],
    /// The exponentials by `[shared, column, summed]`.
    pub(super) by_column: &'a mut [E],
    /// The largest logarithm by `[shared, column]`.
    pub(super) tops: &'a mut [E],
    /// The exponentials of the tops, over the largest of them, and that one.
    pub(super) ratios: &'a mut [E],
    pub(super) highest: &'a mut [E],
    /// The gradient over the exponentials, by `[shared, column, summed]`.
    pub(super) linear_gradient: &'a mut [E],
    /// What the exact computation adds to the gradient of the logarithms.
    pub(super) exact_gradient: &'a mut [E],
}

impl Stage {
    /// Returns the number of elements of the fixed part's arrays.
    pub(super) fn fixed_len(&self) -> usize {
        let vectors = self.shape.shared * self.shape.columns;
        if self.summed.is_some() { 4 * vectors * self.shape.summed + 2 * vectors + 1 } else { 0 }
    }

    pub(super) fn fixed<'a, E: Numeric>(&self, workspace: &'a mut [E]) -> Fixed<'a, E> {
        let vectors = self.shape.shared * self.shape.columns;
        let n = vectors * self.shape.summed;
        let arrays = &mut workspace[self.fixed_start..self.fixed_start + self.fixed_len()];
        let (by_summed, arrays) = arrays.split_at_mut(n);
        let (by_column, arrays) = arrays.split_at_mut(n);
        let (linear_gradient, arrays) = arrays.split_at_mut(n);
        let (exact_gradient, arrays) = arrays.split_at_mut(n);
        let (tops, arrays) = arrays.split_at_mut(vectors);
        let (ratios, highest) = arrays.split_at_mut(vectors);
        Fixed { by_summed, by_column, tops, ratios, highest, linear_gradient, exact_gradient }
    }

    /// Adds up the fixed factors of step `t` and exponentiates them.
    pub(super) fn prepare_fixed<E: Numeric>(
        &self,
        plan: &Plan,
        mode: Mode,
        factors: &[&[E]],
        t: usize,
        workspace: &mut [E],
    ) {
        if self.summed.is_none() {
            return;
        }
        let fixed = self.fixed(workspace);
        fixed.by_column.fill(E::zero());
        for &j in self.fixed.iter() {
            let strides = &plan.factors[j].strides;
            gather_into(
                &self.fixed_loops(plan, strides),
                &factors[j][t * strides.time..],
                true,
                fixed.by_column,
            );
        }
        let (columns, summed) = (self.shape.columns, self.shape.summed);
        if mode != Mode::Max {
            exponentiate_rows(fixed.by_column, summed, fixed.tops);
            fixed.ratios.copy_from_slice(fixed.tops);
            let vectors = fixed.ratios.len();
            exponentiate_rows(fixed.ratios, vectors, fixed.highest);
        }
        let matrices = fixed.by_column.chunks_exact(columns * summed);
        for (transposed, matrix) in fixed.by_summed.chunks_exact_mut(columns * summed).zip(matrices) {
            for (c, row) in matrix.chunks_exact(summed).enumerate() {
                for (v, &x) in row.iter().enumerate() {
                    transposed[v * columns + c] = x;
                }
            }
        }
    }

    /// Sets the gradient of the fixed part to zero.
    pub(super) fn clear_fixed<E: Numeric>(&self, workspace: &mut [E]) {
        if self.summed.is_some() {
            let fixed = self.fixed(workspace);
            fixed.linear_gradient.fill(E::zero());
            fixed.exact_gradient.fill(E::zero());
        }
    }

    /// Adds a block of rows to the gradient: `weights^T terms`.
    pub(super) fn add_fixed<E: Numeric>(
        &self,
        shared: usize,
        rows: usize,
        weights: &[E],
        terms: &[E],
        workspace: &mut [E],
    ) {
        let (columns, summed) = (self.shape.columns, self.shape.summed);
        let n = columns * summed;
        let gradient = &mut self.fixed(workspace).linear_gradient[shared * n..(shared + 1) * n];
        product_into(weights, [1, columns], terms, [columns, rows, summed], true, gradient);
    }

    /// Gives the gradient of the fixed part to the factors of step `t`.
    pub(super) fn spread_fixed<E: Numeric>(
        &self,
        plan: &Plan,
        t: usize,
        workspace: &mut [E],
        gradients: &mut Gradients<'_, E>,
    ) {
        if self.summed.is_none() {
            return;
        }
        let fixed = self.fixed(workspace);
        let exact = fixed.exact_gradient.iter();
        for ((y, &by), &more) in fixed.linear_gradient.iter_mut().zip(&*fixed.by_column).zip(exact) {
            *y = *y * by + more;
        }
        for &j in self.fixed.iter() {
            let strides = &plan.factors[j].strides;
            let Some(start) = gradients.starts[j] else { continue };
            let into = &mut gradients.into[start + t * strides.time..];
            scatter_into(&self.fixed_loops(plan, strides), fixed.linear_gradient, into);
        }
    }
}

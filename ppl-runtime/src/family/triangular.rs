//! Products and solves with a lower triangular matrix, flat in row-major order; what stands above its diagonal is
//! never read.

use crate::element::Numeric;

pub(crate) fn dot<E: Numeric>(a: &[E], b: &[E]) -> E {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

pub(crate) fn add_scaled<E: Numeric>(y: &mut [E], a: E, x: &[E]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// Adds the product of the matrix and `x` to `y`.
pub(crate) fn add_product<E: Numeric>(lower: &[E], x: &[E], y: &mut [E]) {
    let n = x.len();
    for (i, (row, y)) in lower.chunks_exact(n).zip(y).enumerate() {
        *y += dot(&row[..=i], &x[..=i]);
    }
}

/// Writes the product of the transposed matrix and `x`.
pub(crate) fn transposed_product_into<E: Numeric>(lower: &[E], x: &[E], y: &mut [E]) {
    let n = x.len();
    y.fill(E::zero());
    for (i, row) in lower.chunks_exact(n).enumerate() {
        add_scaled(&mut y[..=i], x[i], &row[..=i]);
    }
}

/// Replaces `x` by the solution `y` of `lower y = x`.
pub(crate) fn solve<E: Numeric>(lower: &[E], x: &mut [E]) {
    let n = x.len();
    for (i, row) in lower.chunks_exact(n).enumerate() {
        x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
    }
}

/// Replaces `x` by the solution `y` of `lower^T y = x`.
pub(crate) fn solve_transposed<E: Numeric>(lower: &[E], x: &mut [E]) {
    let n = x.len();
    for (i, row) in lower.chunks_exact(n).enumerate().rev() {
        x[i] /= row[i];
        let (before, at) = x.split_at_mut(i);
        add_scaled(before, -at[0], &row[..i]);
    }
}

/// Adds the lower triangle of `a x y^T` to a matrix.
pub(crate) fn add_outer<E: Numeric>(a: E, x: &[E], y: &[E], matrix: &mut [E]) {
    let n = x.len();
    for (i, row) in matrix.chunks_exact_mut(n).enumerate() {
        add_scaled(&mut row[..=i], a * x[i], &y[..=i]);
    }
}

/// Returns the sum of the logarithms of the diagonal.
pub(crate) fn ln_diagonal<E: Numeric>(lower: &[E], n: usize) -> E {
    lower.iter().step_by(n + 1).map(|&d| crate::kernel::math::ln(d)).sum()
}

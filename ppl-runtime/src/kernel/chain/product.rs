//! Small matrix products in registers: four rows by a few vectors at a time.

use crate::element::Numeric;
use crate::kernel::simd::vectorised;

/// The rows that are taken together.
const ROWS: usize = 4;

vectorised! {
    /// Writes `a b` to `out`, or adds it, for `shape` `[rows, inner, columns]`.
    ///
    /// Numeric `(i, k)` of `a` is at `i * strides[0] + k * strides[1]`, one of which is 1; `b` and `out` are dense.
    pub(super) fn product_into<E: Numeric>(
        a: &[E],
        strides: [usize; 2],
        b: &[E],
        shape: [usize; 3],
        add: bool,
        out: &mut [E],
    ) {
        let n = shape[2];
        let mut from = 0;
        // Sixteen single and eight double elements fill two 256-bit vectors.
        if size_of::<E>() == 4 {
            while from + 16 <= n {
                columns::<E, 16>(a, strides, b, shape, from, add, out);
                from += 16;
            }
        }
        while from + 8 <= n {
            columns::<E, 8>(a, strides, b, shape, from, add, out);
            from += 8;
        }
        if from + 4 <= n {
            columns::<E, 4>(a, strides, b, shape, from, add, out);
            from += 4;
        }
        if from + 2 <= n {
            columns::<E, 2>(a, strides, b, shape, from, add, out);
            from += 2;
        }
        if from < n {
            columns::<E, 1>(a, strides, b, shape, from, add, out);
        }
    }
}

/// Computes `WIDTH` columns of the product.
#[inline(always)]
fn columns<E: Numeric, const WIDTH: usize>(
    a: &[E],
    strides: [usize; 2],
    b: &[E],
    shape: [usize; 3],
    from: usize,
    add: bool,
    out: &mut [E],
) {
    let [m, _, n] = shape;
    let mut i = 0;
    while i + ROWS <= m {
        block::<E, ROWS, WIDTH>(&a[i * strides[0]..], strides, b, shape, from, add, &mut out[i * n..]);
        i += ROWS;
    }
    while i < m {
        block::<E, 1, WIDTH>(&a[i * strides[0]..], strides, b, shape, from, add, &mut out[i * n..]);
        i += 1;
    }
}

#[inline(always)]
fn block<E: Numeric, const HEIGHT: usize, const WIDTH: usize>(
    a: &[E],
    strides: [usize; 2],
    b: &[E],
    [_, inner, n]: [usize; 3],
    from: usize,
    add: bool,
    out: &mut [E],
) {
    let mut sums = [[E::zero(); WIDTH]; HEIGHT];
    // Either direction is read without a test for each element.
    if strides[1] == 1 {
        let rows: [&[E]; HEIGHT] = std::array::from_fn(|i| &a[i * strides[0]..i * strides[0] + inner]);
        for (k, row) in b.chunks_exact(n).take(inner).enumerate() {
            add_scaled(std::array::from_fn(|i| rows[i][k]), &row[from..], &mut sums);
        }
    } else {
        for (k, row) in b.chunks_exact(n).take(inner).enumerate() {
            let Some(scales) = a[k * strides[1]..].first_chunk::<HEIGHT>() else { return };
            add_scaled(*scales, &row[from..], &mut sums);
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        let out = &mut out[i * n + from..i * n + from + WIDTH];
        for (y, &sum) in out.iter_mut().zip(sums) {
            *y = if add { *y + sum } else { sum };
        }
    }
}

#[inline(always)]
fn add_scaled<E: Numeric, const HEIGHT: usize, const WIDTH: usize>(
    scales: [E; HEIGHT],
    row: &[E],
    sums: &mut [[E; WIDTH]; HEIGHT],
) {
    let Some(row) = row.first_chunk::<WIDTH>() else { return };
    for (sums, scale) in sums.iter_mut().zip(scales) {
        for (sum, &x) in sums.iter_mut().zip(row) {
            *sum += scale * x;
        }
    }
}

vectorised! {
    /// Writes the maxima over `k` of `a[i, k] + b[k, j]`, for `shape` `[rows, inner, columns]`; all are dense.
    pub(super) fn max_product_into<E: Numeric>(a: &[E], b: &[E], shape: [usize; 3], out: &mut [E]) {
        let [m, inner, n] = shape;
        for i in 0..m {
            let out = &mut out[i * n..(i + 1) * n];
            out.fill(E::neg_infinity());
            for k in 0..inner {
                let top = a[i * inner + k];
                for (y, &x) in out.iter_mut().zip(&b[k * n..(k + 1) * n]) {
                    let sum = top + x;
                    *y = if sum > *y || sum.is_nan() { sum } else { *y };
                }
            }
        }
    }
}

//! The matrix product, behind one function: a library's for large ones, plain loops where a vector is involved.

use super::vector::{self, Kernel};
use crate::element::Element;

/// A matrix to read: elements `i * strides[0] + j * strides[1]` of `data`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, E> {
    pub(crate) data: &'a [E],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) strides: [usize; 2],
}

/// A matrix to add to.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a, E> {
    pub(crate) data: &'a mut [E],
    pub(crate) strides: [usize; 2],
}

/// Adds the product of `a` and `b` to `out`.
pub(crate) fn multiply_add<E: Element>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: MatrixMut<'_, E>) {
    debug_assert_eq!(a.columns, b.rows);
    if a.rows == 0 || a.columns == 0 || b.columns == 0 {
        return;
    }
    if b.columns == 1 {
        let y = Strided { data: out.data, stride: out.strides[0] };
        return matrix_vector(a, b.data, b.strides[0], y);
    }
    if a.rows == 1 {
        // out^T = b^T a^T.
        let transposed =
            Matrix { data: b.data, rows: b.columns, columns: b.rows, strides: [b.strides[1], b.strides[0]] };
        let y = Strided { data: out.data, stride: out.strides[1] };
        return matrix_vector(transposed, a.data, a.strides[1], y);
    }
    if a.columns == 1 {
        return outer(a, b, out);
    }
    check(a.data.len(), a.rows, a.columns, a.strides);
    check(b.data.len(), b.rows, b.columns, b.strides);
    check(out.data.len(), a.rows, b.columns, out.strides);
    // SAFETY: every element that the strides reach was checked to lie inside its slice, and `out` is borrowed for
    // writing, so it does not overlap the others.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.data.as_mut_ptr(),
            out.strides[1] as isize,
            out.strides[0] as isize,
            true,
            a.data.as_ptr(),
            a.strides[1] as isize,
            a.strides[0] as isize,
            b.data.as_ptr(),
            b.strides[1] as isize,
            b.strides[0] as isize,
            E::one(),
            E::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

fn check(len: usize, rows: usize, columns: usize, strides: [usize; 2]) {
    assert!((rows - 1) * strides[0] + (columns - 1) * strides[1] < len, "a matrix reaches past its memory");
}

struct Strided<'a, E> {
    data: &'a mut [E],
    stride: usize,
}

/// Adds `a x` to `y`, reading the matrix along its contiguous direction.
fn matrix_vector<E: Element>(a: Matrix<'_, E>, x: &[E], x_stride: usize, y: Strided<'_, E>) {
    struct RowDots<'a, E>(Matrix<'a, E>, &'a [E], usize, Strided<'a, E>);
    impl<E: Element> Kernel for RowDots<'_, E> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            let RowDots(a, x, x_stride, y) = self;
            for i in 0..a.rows {
                let row = &a.data[i * a.strides[0]..];
                let value = if x_stride == 1 && a.strides[1] == 1 {
                    vector::dot(&row[..a.columns], &x[..a.columns])
                } else {
                    (0..a.columns).fold(E::zero(), |s, j| s + row[j * a.strides[1]] * x[j * x_stride])
                };
                y.data[i * y.stride] += value;
            }
        }
    }
    struct ColumnSums<'a, E>(Matrix<'a, E>, &'a [E], usize, Strided<'a, E>);
    impl<E: Element> Kernel for ColumnSums<'_, E> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            let ColumnSums(a, x, x_stride, y) = self;
            let y = &mut y.data[..a.rows];
            let mut j = 0;
            // Four columns at a time, so that the result is read and written a quarter as often.
            while j + 4 <= a.columns {
                let c: [E; 4] = std::array::from_fn(|d| x[(j + d) * x_stride]);
                let column = |d: usize| &a.data[(j + d) * a.strides[1]..(j + d) * a.strides[1] + a.rows];
                let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3));
                for i in 0..a.rows {
                    y[i] += (c[0] * c0[i] + c[1] * c1[i]) + (c[2] * c2[i] + c[3] * c3[i]);
                }
                j += 4;
            }
            for j in j..a.columns {
                let c = x[j * x_stride];
                let column = &a.data[j * a.strides[1]..j * a.strides[1] + a.rows];
                for (y, &v) in y.iter_mut().zip(column) {
                    *y += c * v;
                }
            }
        }
    }
    let dense_rows = a.strides[1] == 1 && a.strides[0] == a.columns && x_stride == 1 && y.stride == 1;
    let dense_columns = a.strides[0] == 1 && a.strides[1] == a.rows && x_stride == 1 && y.stride == 1;
    if dense_rows && a.columns <= NARROW {
        narrow_rows(&a.data[..a.rows * a.columns], a.columns, x, y.data);
    } else if dense_columns && a.rows <= NARROW {
        narrow_columns(&a.data[..a.rows * a.columns], a.rows, x, y.data);
    } else if a.strides[0] == 1 && y.stride == 1 && a.rows > 1 {
        vector::dispatch(ColumnSums(a, x, x_stride, y));
    } else {
        vector::dispatch(RowDots(a, x, x_stride, y));
    }
}

/// The width up to which a tall matrix has loops of its own, unrolled over the short dimension.
const NARROW: usize = 8;

/// Calls a function with its constant parameter set to the width.
macro_rules! by_width {
    ($width:expr, $kernel:ident($($arg:expr),*)) => {
        match $width {
            1 => vector::dispatch($kernel::<E, 1>($($arg),*)),
            2 => vector::dispatch($kernel::<E, 2>($($arg),*)),
            3 => vector::dispatch($kernel::<E, 3>($($arg),*)),
            4 => vector::dispatch($kernel::<E, 4>($($arg),*)),
            5 => vector::dispatch($kernel::<E, 5>($($arg),*)),
            6 => vector::dispatch($kernel::<E, 6>($($arg),*)),
            7 => vector::dispatch($kernel::<E, 7>($($arg),*)),
            _ => vector::dispatch($kernel::<E, 8>($($arg),*)),
        }
    };
}

/// Adds to `y` the products of the rows of a tall matrix, `width` long, with `x`.
fn narrow_rows<E: Element>(a: &[E], width: usize, x: &[E], y: &mut [E]) {
    struct Rows<'a, E, const W: usize>(&'a [E], &'a [E], &'a mut [E]);
    impl<E: Element, const W: usize> Kernel for Rows<'_, E, W> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            let x: [E; W] = std::array::from_fn(|j| self.1[j]);
            for (row, y) in self.0.as_chunks::<W>().0.iter().zip(self.2.iter_mut()) {
                for j in 0..W {
                    *y += row[j] * x[j];
                }
            }
        }
    }
    by_width!(width, Rows(a, x, y))
}

/// Adds to `y`, `width` long, the sum of the columns of a wide matrix times the elements of `x`.
fn narrow_columns<E: Element>(a: &[E], width: usize, x: &[E], y: &mut [E]) {
    struct Columns<'a, E, const W: usize>(&'a [E], &'a [E], &'a mut [E]);
    impl<E: Element, const W: usize> Kernel for Columns<'_, E, W> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            // Four columns at a time, each with its own sums, so that no sum waits for the last.
            let mut sums = [[E::zero(); W]; 4];
            let (columns, _) = self.0.as_chunks::<W>();
            let (blocks, rest) = columns.as_chunks::<4>();
            let (weights, weights_rest) = self.1[..columns.len()].as_chunks::<4>();
            for (block, weight) in blocks.iter().zip(weights) {
                for d in 0..4 {
                    for j in 0..W {
                        sums[d][j] += weight[d] * block[d][j];
                    }
                }
            }
            for (column, &weight) in rest.iter().zip(weights_rest) {
                for j in 0..W {
                    sums[0][j] += weight * column[j];
                }
            }
            for j in 0..W {
                self.2[j] += (sums[0][j] + sums[1][j]) + (sums[2][j] + sums[3][j]);
            }
        }
    }
    by_width!(width, Columns(a, x, y))
}

/// Adds the outer product of a column and a row.
fn outer<E: Element>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: MatrixMut<'_, E>) {
    for i in 0..a.rows {
        let c = a.data[i * a.strides[0]];
        for j in 0..b.columns {
            out.data[i * out.strides[0] + j * out.strides[1]] += c * b.data[j * b.strides[1]];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(n: usize, seed: u64) -> Vec<f64> {
        (0..n).map(|i| ((i as f64 + 1.3) * (seed as f64 + 0.7)).sin()).collect()
    }

    #[test]
    fn products_equal_the_triple_loop() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 1), (37, 4, 1), (1, 37, 3), (5, 41, 1), (1, 5, 4), (4, 1, 3), (7, 6, 5), (33, 17, 29), (2, 64, 1)] {
            for transpose in [false, true] {
                let (x, y) = (fill(m * k, 1), fill(k * n, 2));
                let strides = if transpose { [1, m] } else { [k, 1] };
                let a = Matrix { data: &x, rows: m, columns: k, strides };
                let b = Matrix {
                    data: &y,
                    rows: k,
                    columns: n,
                    strides: if transpose { [1, k] } else { [n, 1] },
                };
                let mut out = fill(m * n, 3);
                let before = out.clone();
                multiply_add(a, b, MatrixMut { data: &mut out, strides: [n, 1] });
                for i in 0..m {
                    for j in 0..n {
                        let exact: f64 = (0..k)
                            .map(|l| {
                                x[i * a.strides[0] + l * a.strides[1]]
                                    * y[l * b.strides[0] + j * b.strides[1]]
                            })
                            .sum();
                        assert!(
                            (out[i * n + j] - before[i * n + j] - exact).abs() < 1e-12,
                            "{m} {k} {n} at {i} {j}"
                        );
                    }
                }
            }
        }
    }
}

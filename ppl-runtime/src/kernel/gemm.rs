//! The matrix product, behind one function: a library's for large ones, plain loops where a vector is involved.

use super::long_sums::add_all;
use super::matvec::{Strided, adds_columns, matrix_vector};
use super::vector::{self, Kernel};
use crate::element::Numeric;

/// A matrix to read: elements `i * strides[0] + j * strides[1]` of `data`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, E> {
    pub(crate) data: &'a [E],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) strides: [usize; 2],
}

impl<'a, E: Numeric> Matrix<'a, E> {
    pub(crate) fn transposed(self) -> Matrix<'a, E> {
        let Matrix { data, rows, columns, strides } = self;
        Matrix { data, rows: columns, columns: rows, strides: [strides[1], strides[0]] }
    }

    /// Returns the same matrix for kernels that fuse products with sums.
    #[inline(always)]
    pub(crate) fn fuse(self) -> Matrix<'a, E::Fused> {
        let Matrix { data, rows, columns, strides } = self;
        Matrix { data: E::fuse(data), rows, columns, strides }
    }
}

/// A matrix to add to.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a, E> {
    pub(crate) data: &'a mut [E],
    pub(crate) strides: [usize; 2],
    /// Whether it holds nothing yet: then it counts as zero, whatever its memory is.
    pub(crate) fresh: bool,
}

impl<E: Numeric> MatrixMut<'_, E> {
    /// Writes the zeros that a fresh matrix counts as, for products that only add.
    fn settle(&mut self, rows: usize, columns: usize) {
        if std::mem::take(&mut self.fresh) {
            for i in 0..rows {
                for j in 0..columns {
                    self.data[i * self.strides[0] + j * self.strides[1]] = E::zero();
                }
            }
        }
    }
}

/// Adds the product of `a` and `b` to `out`.
pub(crate) fn multiply_add<E: LibraryProduct>(
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: MatrixMut<'_, E>,
    memory: &mut Vec<f64>,
) {
    debug_assert_eq!(a.columns, b.rows);
    if a.columns <= E::RUN || sums_by_itself(&a, &b, &out) {
        return multiply_add_run(a, b, out);
    }
    // The library is given longer parts, which it works through about as fast as the whole.
    let longer = E::RUN.saturating_mul(4);
    let by_library = a.rows > 1 && b.columns > 1 && a.rows * longer.min(a.columns) * b.columns > SMALL;
    long_product(if by_library { longer } else { E::RUN }, a, b, out, memory, multiply_add_run);
}

/// Adds the product of `a` and `b` to `out`, `run` numbers of the shared dimension at once.
fn long_product<E: Numeric>(
    run: usize,
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: MatrixMut<'_, E>,
    memory: &mut Vec<f64>,
    product: fn(Matrix<'_, E>, Matrix<'_, E>, MatrixMut<'_, E>),
) {
    let MatrixMut { data, strides, mut fresh } = out;
    // Lines along which the elements lie together, if they do along either dimension.
    let (lines, n, [far, near]) = match strides[0] < strides[1] {
        true => (b.columns, a.rows, [strides[1], strides[0]]),
        false => (a.rows, b.columns, strides),
    };
    if lines == 0 || n == 0 {
        return;
    }
    memory.clear();
    memory.resize(lines * n, 0.0);
    for at in (0..a.columns).step_by(run) {
        let size = run.min(a.columns - at);
        let left = Matrix { data: &a.data[at * a.strides[1]..], columns: size, ..a };
        let right = Matrix { data: &b.data[at * b.strides[0]..], rows: size, ..b };
        product(left, right, MatrixMut { data, strides, fresh });
        fresh = true;
        for (k, sums) in memory.chunks_exact_mut(n).enumerate() {
            match near {
                1 => add_all(sums, &data[k * far..k * far + n]),
                _ => {
                    sums.iter_mut().enumerate().for_each(|(i, sum)| *sum += data[k * far + i * near].as_f64())
                }
            }
        }
    }
    for (k, sums) in memory.chunks_exact(n).enumerate() {
        for (i, &sum) in sums.iter().enumerate() {
            data[k * far + i * near] = E::of(sum);
        }
    }
}

/// Returns whether a product with a vector adds up an element of its result at once, however many numbers that takes.
fn sums_by_itself<E: Numeric>(a: &Matrix<'_, E>, b: &Matrix<'_, E>, out: &MatrixMut<'_, E>) -> bool {
    match (a.rows, b.columns) {
        (_, 1) => !adds_columns(a, b.strides[0], out.strides[0]),
        (1, _) => !adds_columns(&b.transposed(), a.strides[1], out.strides[1]),
        _ => false,
    }
}

/// Adds the product of `a` and `b` to `out`, of a shared dimension that running sums can be as long as.
fn multiply_add_run<E: LibraryProduct>(a: Matrix<'_, E>, b: Matrix<'_, E>, mut out: MatrixMut<'_, E>) {
    if a.rows == 0 || a.columns == 0 || b.columns == 0 {
        return out.settle(a.rows, b.columns);
    }
    if b.columns == 1 {
        let y = Strided { data: out.data, stride: out.strides[0], fresh: out.fresh };
        return matrix_vector(a, b.data, b.strides[0], y);
    }
    if a.rows == 1 {
        // out^T = b^T a^T.
        let y = Strided { data: out.data, stride: out.strides[1], fresh: out.fresh };
        return matrix_vector(b.transposed(), a.data, a.strides[1], y);
    }
    if a.columns == 1 {
        out.settle(a.rows, b.columns);
        return outer(a, b, out);
    }
    if a.rows * a.columns * b.columns <= SMALL {
        out.settle(a.rows, b.columns);
        return vector::dispatch(SmallProduct { a, b, out });
    }
    library_product(a, b, out);
}

/// Adds the product of large matrices to `out`.
fn library_product<E: LibraryProduct>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: MatrixMut<'_, E>) {
    check(a.data.len(), a.rows, a.columns, a.strides);
    check(b.data.len(), b.rows, b.columns, b.strides);
    check(out.data.len(), a.rows, b.columns, out.strides);
    // The library wants columns of the result that lie together: else out^T = b^T a^T.
    let (left, right, strides) = match out.strides[1] < out.strides[0] {
        true => (b.transposed(), a.transposed(), [out.strides[1], out.strides[0]]),
        false => (a, b, out.strides),
    };
    // SAFETY: every element that the strides reach was checked to lie inside its slice, and `out` is borrowed for
    // writing, so it does not overlap the others.
    unsafe { E::gemm(left, right, out.data.as_mut_ptr(), strides, out.fresh) };
}

/// A number for whose matrices the library has a product.
pub trait LibraryProduct: Numeric {
    /// Adds the product of `a` and `b` to the matrix at `out`, or writes it there if that is fresh.
    ///
    /// # Safety
    ///
    /// All elements that the strides reach are valid, those of `out` for writing and by nobody else.
    unsafe fn gemm(
        a: Matrix<'_, Self>,
        b: Matrix<'_, Self>,
        out: *mut Self,
        strides: [usize; 2],
        fresh: bool,
    );
}

macro_rules! library_products {
    ($float:ident: $library:ident) => {
        impl LibraryProduct for $float {
            unsafe fn gemm(
                a: Matrix<'_, Self>,
                b: Matrix<'_, Self>,
                out: *mut Self,
                strides: [usize; 2],
                fresh: bool,
            ) {
                let product = $library::gemm::$float::get_gemm_fn();
                // SAFETY: as the caller promises.
                unsafe {
                    product(
                        a.rows,
                        b.columns,
                        a.columns,
                        out,
                        strides[1] as isize,
                        strides[0] as isize,
                        !fresh,
                        a.data.as_ptr(),
                        a.strides[1] as isize,
                        a.strides[0] as isize,
                        b.data.as_ptr(),
                        b.strides[1] as isize,
                        b.strides[0] as isize,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm_common::Parallelism::None,
                    );
                }
            }
        }
    };
}
// Not by the library's crate for all numbers, which compiles the products of complex ones as well.
library_products!(f64: gemm_f64);
#[cfg(feature = "f32")]
library_products!(f32: gemm_f32);

/// Adds the product of seeds and a matrix to `out`, of which a row without a seed counts for nothing, even if it holds what is
/// no number.
pub(crate) fn multiply_add_seeded<E: Numeric>(
    seeds: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: MatrixMut<'_, E>,
    memory: &mut Vec<f64>,
) {
    match seeds.columns <= E::RUN {
        true => multiply_add_seeded_run(seeds, b, out),
        false => long_product(E::RUN, seeds, b, out, memory, multiply_add_seeded_run),
    }
}

fn multiply_add_seeded_run<E: Numeric>(seeds: Matrix<'_, E>, b: Matrix<'_, E>, mut out: MatrixMut<'_, E>) {
    out.settle(seeds.rows, b.columns);
    for i in 0..seeds.rows {
        for j in 0..seeds.columns {
            let seed = seeds.data[i * seeds.strides[0] + j * seeds.strides[1]];
            if seed != E::zero() {
                for k in 0..b.columns {
                    out.data[i * out.strides[0] + k * out.strides[1]] +=
                        seed * b.data[j * b.strides[0] + k * b.strides[1]];
                }
            }
        }
    }
}

/// The multiply-adds up to which plain loops are as fast as the library, which allocates its work space.
const SMALL: usize = 4096;

/// A product of small matrices, row by row.
struct SmallProduct<'a, E> {
    a: Matrix<'a, E>,
    b: Matrix<'a, E>,
    out: MatrixMut<'a, E>,
}

impl<E: Numeric> Kernel for SmallProduct<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let SmallProduct { a, b, out } = self;
        let n = b.columns;
        for i in 0..a.rows {
            let row = &mut out.data[i * out.strides[0]..];
            for k in 0..a.columns {
                let scale = a.data[i * a.strides[0] + k * a.strides[1]];
                let other = &b.data[k * b.strides[0]..];
                if out.strides[1] == 1 && b.strides[1] == 1 {
                    for (y, &v) in row[..n].iter_mut().zip(&other[..n]) {
                        *y += scale * v;
                    }
                } else {
                    for j in 0..n {
                        row[j * out.strides[1]] += scale * other[j * b.strides[1]];
                    }
                }
            }
        }
    }
}

fn check(len: usize, rows: usize, columns: usize, strides: [usize; 2]) {
    assert!((rows - 1) * strides[0] + (columns - 1) * strides[1] < len, "a matrix reaches past its memory");
}

/// Adds the outer product of a column and a row.
fn outer<E: Numeric>(a: Matrix<'_, E>, b: Matrix<'_, E>, out: MatrixMut<'_, E>) {
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
        for (m, k, n) in [
            (1, 1, 1),
            (3, 5, 1),
            (1, 5, 4),
            (4, 1, 3),
            (7, 6, 5),
            (33, 17, 29),
            (2, 64, 1),
            (9, 50, 1),
            (1, 13, 21),
            (22, 4, 1),
            (5, 26, 1),
            (8, 8, 1),
            (1, 30, 3),
            (35, 9, 1),
            (23, 31, 1),
            (37, 71, 1),
            (64, 33, 1),
            (71, 38, 1),
            (50, 7, 1),
        ] {
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
                let exact = |i: usize, j: usize| -> f64 {
                    let a = |l: usize| x[i * a.strides[0] + l * a.strides[1]];
                    let b = |l: usize| y[l * b.strides[0] + j * b.strides[1]];
                    (0..k).map(|l| a(l) * b(l)).sum()
                };
                for fresh in [false, true] {
                    let before = if fresh { vec![0.0; m * n] } else { fill(m * n, 3) };
                    let mut out = if fresh { vec![f64::NAN; m * n] } else { before.clone() };
                    multiply_add(a, b, MatrixMut { data: &mut out, strides: [n, 1], fresh }, &mut Vec::new());
                    for i in 0..m {
                        for j in 0..n {
                            let off = out[i * n + j] - before[i * n + j] - exact(i, j);
                            assert!(off.abs() < 1e-12, "{m} {k} {n} at {i} {j}");
                        }
                    }
                }
            }
        }
    }
}

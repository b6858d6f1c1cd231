//! The product of a matrix and a vector, which reads the matrix once along its contiguous direction.

use super::array::from_fn;
use super::gemm::Matrix;
use super::held_columns::HeldColumns;
use super::held_dots::{HeldDots, WIDEST};
use super::long_sums::{add_one_by_one, in_runs};
use super::vector::{self, Kernel};
use crate::element::Numeric;

/// A vector to add to: every `stride`-th element of `data`.
#[derive(Debug)]
pub(crate) struct Strided<'a, E> {
    pub(crate) data: &'a mut [E],
    pub(crate) stride: usize,
    /// Whether it holds nothing yet: then it counts as zero, whatever its memory is.
    pub(crate) fresh: bool,
}

impl<E: Numeric> Strided<'_, E> {
    /// Adds to element `i`, or writes it if the vector is fresh.
    #[inline(always)]
    fn add(&mut self, i: usize, value: E) {
        let place = &mut self.data[i * self.stride];
        *place = if self.fresh { value } else { *place + value };
    }

    /// Writes the zeros that a fresh vector counts as, for loops that only add.
    fn settle(&mut self, n: usize) {
        if std::mem::take(&mut self.fresh) {
            for i in 0..n {
                self.data[i * self.stride] = E::zero();
            }
        }
    }
}

/// Elements of a row that are taken together.
pub(super) const LANES: usize = 8;

/// Returns whether the product adds the columns of `a` to `y` one after the other, each element of which is then a sum as long
/// as they are many.
pub(super) fn adds_columns<E: Numeric>(a: &Matrix<'_, E>, x_stride: usize, y_stride: usize) -> bool {
    let narrow = x_stride == 1 && a.strides == [1, a.rows] && a.rows <= LANES;
    a.strides[0] == 1 && y_stride == 1 && a.rows > 1 && !narrow
}

/// Adds `a x` to `y`, of at most as many columns as a running sum can be long if it [adds columns](adds_columns).
pub(crate) fn matrix_vector<E: Numeric>(a: Matrix<'_, E>, x: &[E], x_stride: usize, mut y: Strided<'_, E>) {
    let dense_vectors = x_stride == 1 && y.stride == 1;
    if dense_vectors && a.strides == [a.columns, 1] && a.columns <= LANES {
        return vector::dispatch(NarrowRows { a, x, y: y.data, fresh: y.fresh });
    }
    if dense_vectors && a.strides == [a.columns, 1] && a.columns <= WIDEST {
        return vector::dispatch(HeldDots { a, x, y: y.data, fresh: y.fresh });
    }
    if dense_vectors && a.strides == [1, a.rows] && a.rows <= LANES {
        y.settle(a.rows);
        return vector::dispatch(NarrowColumns { a, x, y: y.data });
    }
    if dense_vectors && a.strides == [1, a.rows] && a.rows <= WIDEST {
        y.settle(a.rows);
        return vector::dispatch(HeldColumns { a, x, y: y.data });
    }
    if a.strides[0] == 1 && y.stride == 1 && a.rows > 1 {
        y.settle(a.rows);
        vector::dispatch(ColumnSums { a, x, x_stride, y: y.data });
    } else if x_stride == 1 && a.strides[1] == 1 {
        vector::dispatch(RowDots { a, x, y });
    } else {
        for i in 0..a.rows {
            let row = &a.data[i * a.strides[0]..];
            let mut value = E::zero();
            add_one_by_one(&mut value, a.columns, |j| row[j * a.strides[1]] * x[j * x_stride]);
            y.add(i, value);
        }
    }
}

/// The inner products of contiguous rows with `x`, two rows at a time, so that `x` is read half as often.
///
/// With more rows the compiler would make vectors across them, which takes a shuffle for each element.
struct RowDots<'a, E> {
    a: Matrix<'a, E>,
    x: &'a [E],
    y: Strided<'a, E>,
}

impl<E: Numeric> Kernel for RowDots<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let RowDots { a, x, mut y } = self;
        let x = &x[..a.columns];
        let row = |i: usize| &a.data[i * a.strides[0]..i * a.strides[0] + a.columns];
        for i in (0..a.rows / 2).map(|pair| 2 * pair) {
            let rows = [row(i), row(i + 1)];
            let totals = in_runs!(E, a.columns, LANES, |run| {
                let (xs, x_rest) = x[run.clone()].as_chunks::<LANES>();
                let (first, first_rest) = rows[0][run.clone()].as_chunks::<LANES>();
                let (second, second_rest) = rows[1][run].as_chunks::<LANES>();
                let mut lanes = [[E::zero(); LANES]; 2];
                for ((x, first), second) in xs.iter().zip(first).zip(second) {
                    for l in 0..LANES {
                        lanes[0][l] = first[l].multiply_add(x[l], lanes[0][l]);
                    }
                    for l in 0..LANES {
                        lanes[1][l] = second[l].multiply_add(x[l], lanes[1][l]);
                    }
                }
                let mut totals = [E::zero(); 2];
                for ((&x, &first), &second) in x_rest.iter().zip(first_rest).zip(second_rest) {
                    totals[0] = first.multiply_add(x, totals[0]);
                    totals[1] = second.multiply_add(x, totals[1]);
                }
                [totals[0] + vector::sum_lanes(lanes[0]), totals[1] + vector::sum_lanes(lanes[1])]
            });
            y.add(i, totals[0]);
            y.add(i + 1, totals[1]);
        }
        if a.rows % 2 == 1 {
            y.add(a.rows - 1, vector::dot(row(a.rows - 1), x));
        }
    }

    #[inline(always)]
    fn run_fused(self) {
        let RowDots { a, x, y } = self;
        let y = Strided { data: E::fuse_mut(y.data), stride: y.stride, fresh: y.fresh };
        RowDots { a: a.fuse(), x: E::fuse(x), y }.run();
    }
}

/// The sum of contiguous columns weighed by `x`, eight at a time, so that the result is read and written an eighth as often.
struct ColumnSums<'a, E> {
    a: Matrix<'a, E>,
    x: &'a [E],
    x_stride: usize,
    y: &'a mut [E],
}

impl<E: Numeric> Kernel for ColumnSums<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const TOGETHER: usize = 8;
        let ColumnSums { a, x, x_stride, y } = self;
        let y = &mut y[..a.rows];
        let column = |j: usize| &a.data[j * a.strides[1]..j * a.strides[1] + a.rows];
        let mut j = 0;
        while j + TOGETHER <= a.columns {
            let weights: [E; TOGETHER] = from_fn(E::zero(), |d| x[(j + d) * x_stride]);
            let chunks: [_; TOGETHER] = std::array::from_fn(|d| column(j + d).as_chunks::<LANES>());
            let (ys, y_rest) = y.as_chunks_mut::<LANES>();
            for (b, y) in ys.iter_mut().enumerate() {
                let mut lanes = *y;
                for (chunk, &weight) in chunks.iter().zip(&weights) {
                    let block = &chunk.0[b];
                    for l in 0..LANES {
                        lanes[l] = weight.multiply_add(block[l], lanes[l]);
                    }
                }
                *y = lanes;
            }
            for (k, y) in y_rest.iter_mut().enumerate() {
                let terms: [E; TOGETHER] = from_fn(E::zero(), |d| weights[d] * chunks[d].1[k]);
                *y += vector::sum_lanes(terms);
            }
            j += TOGETHER;
        }
        for j in j..a.columns {
            let weight = x[j * x_stride];
            for (y, &v) in y.iter_mut().zip(column(j)) {
                *y += weight * v;
            }
        }
    }

    #[inline(always)]
    fn run_fused(self) {
        let ColumnSums { a, x, x_stride, y } = self;
        ColumnSums { a: a.fuse(), x: E::fuse(x), x_stride, y: E::fuse_mut(y) }.run();
    }
}

/// Calls a function with its width as a constant, for widths up to [`LANES`].
macro_rules! by_width {
    ($width:expr, $call:ident($($arg:expr),*)) => {
        match $width {
            1 => $call::<E, 1>($($arg),*),
            2 => $call::<E, 2>($($arg),*),
            3 => $call::<E, 3>($($arg),*),
            4 => $call::<E, 4>($($arg),*),
            5 => $call::<E, 5>($($arg),*),
            6 => $call::<E, 6>($($arg),*),
            7 => $call::<E, 7>($($arg),*),
            _ => $call::<E, 8>($($arg),*),
        }
    };
}
pub(super) use by_width;

/// The inner products of many rows of a few elements, which need no running sums.
struct NarrowRows<'a, E> {
    a: Matrix<'a, E>,
    x: &'a [E],
    y: &'a mut [E],
    fresh: bool,
}

impl<E: Numeric> Kernel for NarrowRows<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let NarrowRows { a, x, y, fresh } = self;
        by_width!(a.columns, narrow_rows(&a.data[..a.rows * a.columns], x, &mut y[..a.rows], fresh));
    }

    #[inline(always)]
    fn run_fused(self) {
        let NarrowRows { a, x, y, fresh } = self;
        NarrowRows { a: a.fuse(), x: E::fuse(x), y: E::fuse_mut(y), fresh }.run();
    }
}

#[inline(always)]
fn narrow_rows<E: Numeric, const WIDTH: usize>(a: &[E], x: &[E], y: &mut [E], fresh: bool) {
    let x: [E; WIDTH] = from_fn(E::zero(), |k| x[k]);
    for (y, row) in y.iter_mut().zip(a.as_chunks::<WIDTH>().0) {
        let mut total = row[0] * x[0];
        for k in 1..WIDTH {
            total = row[k].multiply_add(x[k], total);
        }
        *y = if fresh { total } else { *y + total };
    }
}

/// The weighed sum of many columns of a few elements, in four sums that do not wait for each other.
struct NarrowColumns<'a, E> {
    a: Matrix<'a, E>,
    x: &'a [E],
    y: &'a mut [E],
}

impl<E: Numeric> Kernel for NarrowColumns<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let NarrowColumns { a, x, y } = self;
        by_width!(a.rows, narrow_columns(&a.data[..a.rows * a.columns], &x[..a.columns], y));
    }

    #[inline(always)]
    fn run_fused(self) {
        let NarrowColumns { a, x, y } = self;
        NarrowColumns { a: a.fuse(), x: E::fuse(x), y: E::fuse_mut(y) }.run();
    }
}

#[inline(always)]
fn narrow_columns<E: Numeric, const WIDTH: usize>(a: &[E], x: &[E], y: &mut [E]) {
    let columns = a.as_chunks::<WIDTH>().0;
    let totals = in_runs!(E, x.len(), 4, |run| {
        let mut sums = [[E::zero(); WIDTH]; 4];
        let (blocks, rest) = columns[run.clone()].as_chunks::<4>();
        let (weights, weights_rest) = x[run].as_chunks::<4>();
        for (block, weights) in blocks.iter().zip(weights) {
            for d in 0..4 {
                for k in 0..WIDTH {
                    sums[d][k] = weights[d].multiply_add(block[d][k], sums[d][k]);
                }
            }
        }
        for (column, &weight) in rest.iter().zip(weights_rest) {
            for k in 0..WIDTH {
                sums[0][k] += weight * column[k];
            }
        }
        let mut totals = [E::zero(); WIDTH];
        for k in 0..WIDTH {
            totals[k] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
        }
        totals
    });
    for k in 0..WIDTH {
        y[k] += totals[k];
    }
}

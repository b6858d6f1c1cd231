//! Inner products of many rows with one vector that is short enough to stay in registers.

use super::array::from_fn;
use super::gemm::Matrix;
use super::matvec::{LANES, by_width};
use super::vector::{self, Kernel};
use crate::element::Numeric;

/// The longest vector that stays in registers, with what a row needs beside it.
pub(super) const WIDEST: usize = 9 * LANES - 1;

/// The inner products of rows of `LANES` to [`WIDEST`] elements, which follow each other, with `x`.
///
/// The number of chunks of a row is a constant of the loop, so that of each product only the row is loaded.
pub(super) struct HeldDots<'a, E> {
    pub(super) a: Matrix<'a, E>,
    pub(super) x: &'a [E],
    pub(super) y: &'a mut [E],
    /// Whether `y` holds nothing yet.
    pub(super) fresh: bool,
}

impl<E: Numeric> Kernel for HeldDots<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let HeldDots { a, x, y, fresh } = self;
        by_width!(a.columns / LANES, held_dots(a.data, &x[..a.columns], &mut y[..a.rows], fresh));
    }

    #[inline(always)]
    fn run_fused(self) {
        let HeldDots { a, x, y, fresh } = self;
        HeldDots { a: a.fuse(), x: E::fuse(x), y: E::fuse_mut(y), fresh }.run();
    }
}

/// Rows whose sums are finished together.
const TILE: usize = 32;

/// Half of the lanes.
const HALF: usize = LANES / 2;

/// The lanes of a row are stored before they are added up: else the compiler builds its vectors from the sum upwards, which are as
/// short as a pair, and shuffles the rows for them. They are two arrays: of one array the compiler takes lanes of both halves into one
/// vector, which it then puts together from two loads.
#[inline(always)]
fn held_dots<E: Numeric, const CHUNKS: usize>(a: &[E], x: &[E], y: &mut [E], fresh: bool) {
    let n = x.len();
    let held: [[E; LANES]; CHUNKS] =
        from_fn([E::zero(); LANES], |c| from_fn(E::zero(), |l| x[c * LANES + l]));
    // What the chunks leave is read as the last chunk of the row, of which the lanes that they had count zero times.
    let left = n - CHUNKS * LANES;
    let last_held: [E; LANES] =
        from_fn(E::zero(), |l| if l + left < LANES { E::zero() } else { x[n - LANES + l] });
    let mut tile = [[E::zero(); HALF]; TILE];
    for (ys, rows) in y.chunks_mut(TILE).zip(a.chunks(TILE * n)) {
        for (halves, row) in tile.iter_mut().zip(rows.chunks_exact(n)) {
            let (Some(chunks), Some(last)) =
                (row.as_chunks::<LANES>().0.first_chunk::<CHUNKS>(), row.last_chunk::<LANES>())
            else {
                return;
            };
            let mut lanes = [[E::zero(); HALF]; 2];
            for (h, lanes) in lanes.iter_mut().enumerate() {
                for (l, lane) in lanes.iter_mut().enumerate() {
                    *lane = last[h * HALF + l] * last_held[h * HALF + l];
                }
            }
            for c in 0..CHUNKS {
                for (h, lanes) in lanes.iter_mut().enumerate() {
                    for (l, lane) in lanes.iter_mut().enumerate() {
                        *lane = chunks[c][h * HALF + l].multiply_add(held[c][h * HALF + l], *lane);
                    }
                }
            }
            let [low, high] = lanes;
            *halves = low;
            for (sum, lane) in halves.iter_mut().zip(high) {
                *sum += lane;
            }
        }
        let mut dots = [E::zero(); TILE];
        for (dot, halves) in dots.iter_mut().zip(&tile) {
            *dot = vector::sum_lanes(*halves);
        }
        let dots = &mut dots[..ys.len()];
        if !vector::sum(dots).is_finite() {
            // An infinite element that counts zero times is no number: these rows are taken as they are.
            for (dot, row) in dots.iter_mut().zip(rows.chunks_exact(n)) {
                *dot = vector::dot(row, x);
            }
        }
        for (y, &dot) in ys.iter_mut().zip(dots.iter()) {
            *y = if fresh { dot } else { *y + dot };
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add};

    #[test]
    fn infinite_data_are_infinite_wherever_they_stand() {
        for (n, at) in (9..72).flat_map(|n| (0..n).map(move |at| (n, at))) {
            let mut a = vec![1.0; 35 * n];
            a[33 * n + at] = f64::INFINITY;
            let x = vec![0.5; n];
            let mut y = vec![f64::NAN; 35];
            multiply_add(
                Matrix { data: &a, rows: 35, columns: n, strides: [n, 1] },
                Matrix { data: &x, rows: n, columns: 1, strides: [1, 1] },
                MatrixMut { data: &mut y, strides: [1, 1], fresh: true },
                &mut Vec::new(),
            );
            for (i, &y) in y.iter().enumerate() {
                let expected = if i == 33 { f64::INFINITY } else { 0.5 * n as f64 };
                assert_eq!(y, expected, "row {i} of {n} with infinity at {at}");
            }
        }
    }
}

//! Weighed sums of many columns that are short enough for their sum to stay in registers.

use super::gemm::Matrix;
use super::matvec::{LANES, by_width};
use super::vector::Kernel;
use crate::element::Numeric;

/// The sum of contiguous columns of [`LANES`] to [`WIDEST`](super::held_dots::WIDEST) elements, which follow each other, weighed
/// by `x`.
pub(super) struct HeldColumns<'a, E> {
    pub(super) a: Matrix<'a, E>,
    pub(super) x: &'a [E],
    pub(super) y: &'a mut [E],
}

impl<E: Numeric> Kernel for HeldColumns<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let HeldColumns { a, x, y } = self;
        by_width!(a.rows / LANES, held_columns(a.data, &x[..a.columns], &mut y[..a.rows]));
    }

    #[inline(always)]
    fn run_fused(self) {
        let HeldColumns { a, x, y } = self;
        HeldColumns { a: a.fuse(), x: E::fuse(x), y: E::fuse_mut(y) }.run();
    }
}

/// The columns that are taken together. Of more of them the compiler makes vectors across columns.
const TOGETHER: usize = 4;

#[inline(always)]
fn held_columns<E: Numeric, const CHUNKS: usize>(a: &[E], x: &[E], y: &mut [E]) {
    let n = y.len();
    let left = n - CHUNKS * LANES;
    let (y, y_left) = y.split_at_mut(CHUNKS * LANES);
    let sums = &mut y.as_chunks_mut::<LANES>().0[..CHUNKS];
    // What the chunks leave of a column is summed with the elements before it, as its last chunk.
    let mut last_sum = [E::zero(); LANES];
    let (groups, rest) = x.as_chunks::<TOGETHER>();
    for (&weights, columns) in groups.iter().zip(a.chunks_exact(TOGETHER * n)) {
        let column: [&[E]; TOGETHER] = std::array::from_fn(|d| &columns[d * n..(d + 1) * n]);
        let chunks = column.map(|column| &column.as_chunks::<LANES>().0[..CHUNKS]);
        for (b, sum) in sums.iter_mut().enumerate() {
            let mut lanes = *sum;
            for (chunks, &weight) in chunks.iter().zip(&weights) {
                let chunk = &chunks[b];
                for l in 0..LANES {
                    lanes[l] = weight.multiply_add(chunk[l], lanes[l]);
                }
            }
            *sum = lanes;
        }
        let [Some(first), Some(second), Some(third), Some(fourth)] = column.map(|column| column.last_chunk())
        else {
            return;
        };
        let last: [&[E; LANES]; TOGETHER] = [first, second, third, fourth];
        let mut lanes = last_sum;
        for (chunk, &weight) in last.iter().zip(&weights) {
            for l in 0..LANES {
                lanes[l] = weight.multiply_add(chunk[l], lanes[l]);
            }
        }
        last_sum = lanes;
    }
    for (y, &sum) in y_left.iter_mut().zip(&last_sum[LANES - left..]) {
        *y += sum;
    }
    for (&weight, column) in rest.iter().zip(a[groups.len() * TOGETHER * n..].chunks_exact(n)) {
        for (sum, chunk) in sums.iter_mut().zip(column.as_chunks::<LANES>().0) {
            for l in 0..LANES {
                sum[l] = weight.multiply_add(chunk[l], sum[l]);
            }
        }
        for (y, &v) in y_left.iter_mut().zip(&column[CHUNKS * LANES..]) {
            *y += weight * v;
        }
    }
}

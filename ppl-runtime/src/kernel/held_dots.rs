//! Inner products of many rows with one vector that is short enough to stay in registers.

use super::gemm::Matrix;
use super::matvec::{LANES, by_width};
use super::vector::{self, Kernel};
use crate::element::Element;

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

impl<E: Element> Kernel for HeldDots<'_, E> {
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

/// The loop is over iterators: with an index of rows the compiler finds no vectors in it.
#[inline(always)]
fn held_dots<E: Element, const CHUNKS: usize>(a: &[E], x: &[E], y: &mut [E], fresh: bool) {
    let n = x.len();
    let held: [[E; LANES]; CHUNKS] = std::array::from_fn(|c| std::array::from_fn(|l| x[c * LANES + l]));
    // What the chunks leave is read as the last chunk of the row, of which the lanes that they had count for nothing, whatever
    // these hold.
    let left = n - CHUNKS * LANES;
    let last_held: [E; LANES] = std::array::from_fn(|l| x[n - LANES + l]);
    let counts: [E; LANES] = std::array::from_fn(|l| if l + left < LANES { E::zero() } else { E::one() });
    for (y, row) in y.iter_mut().zip(a.chunks_exact(n)) {
        let (Some(chunks), Some(last)) =
            (row.as_chunks::<LANES>().0.first_chunk::<CHUNKS>(), row.last_chunk::<LANES>())
        else {
            return;
        };
        let mut lanes: [E; LANES] =
            std::array::from_fn(|l| if counts[l] == E::zero() { E::zero() } else { last[l] * last_held[l] });
        for c in 0..CHUNKS {
            for l in 0..LANES {
                lanes[l] = chunks[c][l].multiply_add(held[c][l], lanes[l]);
            }
        }
        let dot = vector::sum_lanes(lanes);
        *y = if fresh { dot } else { *y + dot };
    }
}

//! Matrix products in log space: `ln(sum over k of exp(a[i, k] + b[k, j]))`, without overflow.

use super::gemm::Matrix;
use super::math;
use super::simd::vectorised;
use crate::element::Numeric;

/// The columns that are computed together, whose sums lie on the stack.
const STRETCH: usize = 32;

/// Writes the product in log space of `a` and `b` to `out`, whose elements have these strides.
///
/// An element whose every summand is minus infinity is minus infinity.
pub(crate) fn log_multiply<E: Numeric>(
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    out: &mut [E],
    strides: [usize; 2],
) {
    let mut row = [E::zero(); STRETCH];
    for i in 0..a.rows {
        for from in (0..b.columns).step_by(STRETCH) {
            let n = STRETCH.min(b.columns - from);
            let (mut tops, mut totals) = ([E::neg_infinity(); STRETCH], [0.0; STRETCH]);
            for k in 0..a.columns {
                stretch_of(b, k, from, &mut row[..n]);
                raise(a.at(i, k), &row[..n], &mut tops[..n]);
            }
            for k in 0..a.columns {
                stretch_of(b, k, from, &mut row[..n]);
                add_up(a.at(i, k), &row[..n], &tops[..n], &mut totals[..n]);
            }
            for j in 0..n {
                // What is infinite or no number is the result.
                let log = if tops[j].is_finite() { tops[j] + math::ln(E::of(totals[j])) } else { tops[j] };
                out[i * strides[0] + (from + j) * strides[1]] = log;
            }
        }
    }
}

/// Calls `add` with `i`, `k` and what the seeds of the product `y` of `a` and `b` give `a[i, k]`.
///
/// A seed of zero counts for nothing, and so does a summand of a sum that is minus infinity.
pub(crate) fn log_multiply_backward<E: Numeric>(
    a: Matrix<'_, E>,
    b: Matrix<'_, E>,
    y: Matrix<'_, E>,
    seeds: Matrix<'_, E>,
    mut add: impl FnMut(usize, usize, E),
) {
    let mut rows = [[E::zero(); STRETCH]; 3];
    for i in 0..a.rows {
        for from in (0..b.columns).step_by(STRETCH) {
            let n = STRETCH.min(b.columns - from);
            let [of_b, of_y, of_seeds] = &mut rows;
            stretch_of(y, i, from, &mut of_y[..n]);
            stretch_of(seeds, i, from, &mut of_seeds[..n]);
            if of_seeds[..n].iter().all(|&seed| seed == E::zero()) {
                continue;
            }
            for k in 0..a.columns {
                stretch_of(b, k, from, &mut of_b[..n]);
                add(i, k, weigh(a.at(i, k), &of_b[..n], &of_y[..n], &of_seeds[..n]));
            }
        }
    }
}

impl<E: Copy> Matrix<'_, E> {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> E {
        self.data[i * self.strides[0] + j * self.strides[1]]
    }
}

/// Copies a part of a row.
#[inline(always)]
fn stretch_of<E: Numeric>(matrix: Matrix<'_, E>, row: usize, from: usize, out: &mut [E]) {
    let [down, along] = matrix.strides;
    let start = row * down + from * along;
    if along == 1 {
        out.copy_from_slice(&matrix.data[start..start + out.len()]);
    } else {
        out.iter_mut().enumerate().for_each(|(j, to)| *to = matrix.data[start + j * along]);
    }
}

vectorised! {
    /// Raises each top to its summand, if that is larger or no number.
    fn raise<E: Numeric>(a: E, row: &[E], tops: &mut [E]) {
        for (top, &b) in tops.iter_mut().zip(row) {
            let summand = a + b;
            *top = if summand <= *top { *top } else { summand };
        }
    }
}

vectorised! {
    /// Adds the exponential of each summand's distance to its top to its total.
    fn add_up<E: Numeric>(a: E, row: &[E], tops: &[E], totals: &mut [f64]) {
        for ((total, &b), &top) in totals.iter_mut().zip(row).zip(tops) {
            *total += math::exp(a + b - top).as_f64();
        }
    }
}

vectorised! {
    /// Returns the sum of the seeds, each by the share that `exp(a + b)` has in `exp(y)`.
    fn weigh<E: Numeric>(a: E, row: &[E], of_y: &[E], seeds: &[E]) -> E {
        let mut total = 0.0;
        for ((&b, &y), &seed) in row.iter().zip(of_y).zip(seeds) {
            let share = seed * math::exp(a + b - y);
            let counts = seed != E::zero() && y != E::neg_infinity();
            total += if counts { share.as_f64() } else { 0.0 };
        }
        E::of(total)
    }
}

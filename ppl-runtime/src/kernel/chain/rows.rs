//! Between logarithms and linear space, a row at a time, with the largest element of a row taken out.

use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::simd::vectorised;

/// Returns the smallest total that is trusted in linear space: what has underflowed beside it is below its last place.
#[inline(always)]
pub(super) fn smallest_total<E: Numeric>() -> E {
    E::of(if size_of::<E>() == 4 { 1e-25 } else { 1e-280 })
}

/// Returns the largest element.
#[inline(always)]
fn top_of<E: Numeric>(row: &[E]) -> E {
    const LANES: usize = 8;
    let larger = |x: E, y: E| if x > y { x } else { y };
    let mut top = E::neg_infinity();
    let (blocks, rest) = row.as_chunks::<LANES>();
    if !blocks.is_empty() {
        let mut lanes = [E::neg_infinity(); LANES];
        for block in blocks {
            for (lane, &x) in lanes.iter_mut().zip(block) {
                *lane = larger(x, *lane);
            }
        }
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for j in 0..width {
                lanes[j] = larger(lanes[j], lanes[j + width]);
            }
        }
        top = lanes[0];
    }
    rest.iter().fold(top, |top, &x| larger(x, top))
}

vectorised! {
    /// Takes each row to the exponentials of its distances from its largest element, which goes to `tops`.
    ///
    /// A row without a finite element becomes zero where it is -inf.
    pub(super) fn exponentiate_rows<E: Numeric>(x: &mut [E], width: usize, tops: &mut [E]) {
        for (row, top) in x.chunks_exact_mut(width).zip(tops) {
            *top = top_of(row);
            let shift = if *top == E::neg_infinity() { E::zero() } else { *top };
            for x in row {
                *x -= shift;
            }
        }
        for x in x {
            *x = math::exp(*x);
        }
    }
}

vectorised! {
    /// Writes `ln(totals)` plus the tops of row and column, and returns whether every total can be trusted.
    pub(super) fn logarithms_into<E: Numeric>(
        totals: &[E],
        row_tops: &[E],
        column_tops: &[E],
        out: &mut [E],
    ) -> bool {
        let mut trusted = true;
        let smallest = smallest_total::<E>();
        for (y, &total) in out.iter_mut().zip(totals) {
            trusted &= total >= smallest && total < E::infinity();
            *y = math::ln(total);
        }
        for (row, &top) in out.chunks_exact_mut(column_tops.len()).zip(row_tops) {
            for (y, &column_top) in row.iter_mut().zip(column_tops) {
                *y += top + column_top;
            }
        }
        trusted
    }
}

vectorised! {
    /// Writes the seeds over the totals, zero where a total is zero, and returns whether a seed was left out so.
    pub(super) fn quotients_into<E: Numeric>(seeds: &[E], totals: &[E], out: &mut [E]) -> bool {
        let n = out.len();
        let (seeds, totals) = (&seeds[..n], &totals[..n]);
        let mut zeros = E::zero();
        for &total in totals {
            zeros += if total == E::zero() { E::one() } else { E::zero() };
        }
        for k in 0..n {
            out[k] = seeds[k] / totals[k];
        }
        if zeros == E::zero() {
            return false;
        }
        for k in 0..n {
            out[k] = if totals[k] == E::zero() { E::zero() } else { out[k] };
        }
        true
    }
}

vectorised! {
    /// Multiplies `y` by `x`, element by element.
    pub(super) fn multiply<E: Numeric>(y: &mut [E], x: &[E]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y *= x;
        }
    }
}

vectorised! {
    /// Multiplies each row by `ratios`, and returns the smallest element, NaN if there is one.
    pub(super) fn multiply_columns<E: Numeric>(y: &mut [E], ratios: &[E]) -> E {
        const LANES: usize = 8;
        // What is already NaN stays, as no comparison replaces it.
        let smaller = |x: E, y: E| if x < y || x.is_nan() { x } else { y };
        for row in y.chunks_exact_mut(ratios.len()) {
            for (y, &ratio) in row.iter_mut().zip(ratios) {
                *y *= ratio;
            }
        }
        let mut lanes = [E::infinity(); LANES];
        let (blocks, rest) = y.as_chunks::<LANES>();
        for block in blocks {
            for (lane, &x) in lanes.iter_mut().zip(block) {
                *lane = smaller(x, *lane);
            }
        }
        lanes.iter().chain(rest).fold(E::infinity(), |smallest, &x| smaller(x, smallest))
    }
}

vectorised! {
    /// Divides each row by its largest element, whose inverse goes to `scales` and whose logarithm is added to `levels`;
    /// returns whether these are finite.
    pub(super) fn normalise_rows<E: Numeric>(x: &mut [E], width: usize, scales: &mut [E], levels: &mut [E]) -> bool {
        for (row, scale) in x.chunks_exact_mut(width).zip(&mut *scales) {
            *scale = top_of(row);
            let inverse = E::one() / *scale;
            for x in row {
                *x *= inverse;
            }
        }
        let mut finite = true;
        for (scale, level) in scales.iter_mut().zip(levels) {
            *level += math::ln(*scale);
            *scale = E::one() / *scale;
            finite &= level.abs() < E::infinity();
        }
        finite
    }
}

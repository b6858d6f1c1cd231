//! Sums in log space over one dimension of an array, with the weights that they leave: softmax and its relatives.

use super::math;
use super::simd::vectorised;
use crate::element::Numeric;
use rand::Rng;

vectorised! {
    /// Replaces `x[k][j]` (`k` of `outcomes`, `j` of `out.len()`) by `exp(x[k][j] - out[j])`, where
    /// `out[j] = ln(sum_k exp(x[k][j]))`.
    ///
    /// A column that is minus infinity throughout gives minus infinity and weights of zero.
    pub(crate) fn log_sum_columns<E: Numeric>(x: &mut [E], outcomes: usize, out: &mut [E]) {
        let n = out.len();
        out.copy_from_slice(&x[..n]);
        for k in 1..outcomes {
            for (top, &v) in out.iter_mut().zip(&x[k * n..(k + 1) * n]) {
                // The comparison keeps a NaN, which has to reach the result.
                *top = if v <= *top { *top } else { v };
            }
        }
        let (first, rest) = x.split_at_mut(n);
        for (v, &top) in first.iter_mut().zip(&*out) {
            *v = math::exp(*v - finite(top));
        }
        for k in 0..outcomes - 1 {
            let row = &mut rest[k * n..(k + 1) * n];
            for (v, &top) in row.iter_mut().zip(&*out) {
                *v = math::exp(*v - finite(top));
            }
        }
        let mut from = 0;
        // Totals of a short stretch of columns fit on the stack.
        while from < n {
            let width = STRETCH.min(n - from);
            let mut total = [E::zero(); STRETCH];
            for k in 0..outcomes {
                let at = k * n + from;
                let row = if k == 0 { &first[from..from + width] } else { &rest[at - n..at - n + width] };
                for (t, &v) in total.iter_mut().zip(row) {
                    *t += v;
                }
            }
            for (top, &t) in out[from..from + width].iter_mut().zip(&total) {
                *top = finite(*top) + math::ln(t);
            }
            for t in &mut total {
                *t = if *t > E::zero() { t.recip() } else { *t };
            }
            for k in 0..outcomes {
                let at = k * n + from;
                let row = if k == 0 { &mut first[from..from + width] } else { &mut rest[at - n..at - n + width] };
                for (v, &t) in row.iter_mut().zip(&total) {
                    *v *= t;
                }
            }
            from += width;
        }
    }
}

/// The columns whose totals are held at once.
const STRETCH: usize = 64;

/// Returns zero for minus infinity, so that differences to it are no NaN.
#[inline(always)]
fn finite<E: Numeric>(top: E) -> E {
    if top == E::neg_infinity() { E::zero() } else { top }
}

/// Does what [`log_sum_columns`] does for one row of contiguous elements.
pub(crate) fn log_sum_row<E: Numeric>(x: &mut [E]) -> E {
    let mut top = x[0];
    for &v in &x[1..] {
        top = if v <= top { top } else { v };
    }
    let top = finite(top);
    let mut total = 0.0;
    for v in x.iter_mut() {
        *v = math::exp(*v - top);
        total += v.as_f64();
    }
    let total = E::of(total);
    let scale = if total > E::zero() { total.recip() } else { total };
    for v in x.iter_mut() {
        *v *= scale;
    }
    top + math::ln(total)
}

/// Replaces each column by one at its first maximum and zero elsewhere; `out` gets the maxima.
pub(crate) fn max_columns<E: Numeric>(x: &mut [E], outcomes: usize, out: &mut [E]) {
    let n = out.len();
    for (j, out) in out.iter_mut().enumerate() {
        let mut best = 0;
        for k in 1..outcomes {
            if x[k * n + j] > x[best * n + j] {
                best = k;
            }
        }
        *out = x[best * n + j];
        choose(x, outcomes, n, j, best);
    }
}

/// Replaces each column by one at a drawn outcome and zero elsewhere; `out` gets the log-sums.
pub(crate) fn draw_columns<E: Numeric, R: Rng>(rng: &mut R, x: &mut [E], outcomes: usize, out: &mut [E]) {
    use rand::RngExt;
    log_sum_columns(x, outcomes, out);
    let n = out.len();
    for j in 0..n {
        let mut left: f64 = rng.random();
        let mut chosen = None;
        for k in 0..outcomes {
            let weight = x[k * n + j].as_f64();
            if weight > 0.0 {
                // What rounding leaves over belongs to the last outcome that can be.
                chosen = Some(k);
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        choose(x, outcomes, n, j, chosen.unwrap_or(0));
    }
}

fn choose<E: Numeric>(x: &mut [E], outcomes: usize, n: usize, j: usize, chosen: usize) {
    for k in 0..outcomes {
        x[k * n + j] = if k == chosen { E::one() } else { E::zero() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_rows_agree_with_the_definition() {
        for n in [1, 3, 64, 200] {
            let x: Vec<f64> = (0..3 * n).map(|i| ((i * 37 % 101) as f64 - 50.0) / 7.0).collect();
            let (mut weights, mut out) = (x.clone(), vec![0.0; n]);
            log_sum_columns(&mut weights, 3, &mut out);
            for j in 0..n {
                let column: Vec<f64> = (0..3).map(|k| x[k * n + j]).collect();
                let expected = column.iter().map(|v| v.exp()).sum::<f64>().ln();
                assert!((out[j] - expected).abs() < 1e-14 * expected.abs().max(1.0));
                let mut row = column.clone();
                assert!((log_sum_row(&mut row) - expected).abs() < 1e-14 * expected.abs().max(1.0));
                for k in 0..3 {
                    assert!((weights[k * n + j] - (column[k] - expected).exp()).abs() < 1e-14);
                    assert!((row[k] - weights[k * n + j]).abs() < 1e-15);
                }
            }
        }
    }

    #[test]
    fn impossible_columns_have_no_weights_and_nan_is_kept() {
        let inf = f64::NEG_INFINITY;
        let (mut x, mut out) = ([inf, 0.0, f64::NAN, inf, inf, 0.0], [0.0; 3]);
        log_sum_columns(&mut x, 2, &mut out);
        assert_eq!((out[0], out[1]), (inf, 0.0));
        assert!(out[2].is_nan());
        assert_eq!((x[0], x[3], x[1], x[4]), (0.0, 0.0, 1.0, 0.0));
        assert_eq!(log_sum_row(&mut [inf, inf]), inf);
        // Far apart and far out.
        let mut far = [-1e4, -1e4 + 1.0];
        assert!((log_sum_row(&mut far) - (-1e4 + 1.0 + (1.0 + (-1f64).exp()).ln())).abs() < 1e-11);
    }

    #[test]
    fn the_first_maximum_is_chosen() {
        let (mut x, mut out) = ([1.0, 5.0, 2.0, 5.0, 2.0, 4.0], [0.0; 2]);
        max_columns(&mut x, 3, &mut out);
        assert_eq!(out, [2.0, 5.0]);
        assert_eq!(x, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    }
}

//! Cholesky factors and triangular solves of small dense matrices, row-major.

use super::vector;
use crate::element::Numeric;

/// Replaces the symmetric matrix `a` (`[n, n]`, of which the lower triangle is read) by its lower Cholesky factor.
///
/// Where `a` is not positive definite the factor has NaN.
pub(crate) fn cholesky_in_place<E: Numeric>(a: &mut [E], n: usize) {
    for i in 0..n {
        let (above, row) = a.split_at_mut(i * n);
        let row = &mut row[..n];
        for j in 0..i {
            let other = &above[j * n..j * n + n];
            let s = vector::dot(&row[..j], &other[..j]);
            row[j] = (row[j] - s) / other[j];
        }
        let d = row[i] - vector::dot(&row[..i], &row[..i]);
        row[i] = if d > E::zero() { d.sqrt() } else { E::nan() };
        row[i + 1..].fill(E::zero());
    }
}

/// Replaces the adjoint of a Cholesky factor by that of the matrix's lower triangle (the strict upper part is zeroed).
///
/// Murray, "Differentiation of the Cholesky decomposition" (2016), section 3.2, the unblocked reverse rule.
pub(crate) fn cholesky_backward<E: Numeric>(l: &[E], n: usize, bar: &mut [E]) {
    for k in (0..n).rev() {
        let d = l[k * n + k];
        let below = (k + 1..n).fold(E::zero(), |s, i| s + l[i * n + k] * bar[i * n + k]);
        bar[k * n + k] = (bar[k * n + k] - below / d) / d;
        for i in k + 1..n {
            bar[i * n + k] /= d;
        }
        for j in 0..k {
            let down = (k + 1..n).fold(E::zero(), |s, i| s + bar[i * n + k] * l[i * n + j]);
            bar[k * n + j] -= bar[k * n + k] * l[k * n + j] + down;
        }
        for i in k + 1..n {
            let c = bar[i * n + k];
            for j in 0..k {
                bar[i * n + j] -= c * l[k * n + j];
            }
        }
        bar[k * n + k] /= E::of(2.0);
        bar[k * n + k + 1..(k + 1) * n].fill(E::zero());
    }
}

/// Replaces `b` (`[n, m]`, row-major) by the solution of `L y = b`, or of `L^T y = b` if `transposed`.
pub(crate) fn solve_in_place<E: Numeric>(l: &[E], n: usize, transposed: bool, b: &mut [E]) {
    let m = b.len() / n.max(1);
    let mut one_row = |i: usize, others: std::ops::Range<usize>| {
        for j in others {
            let factor = if transposed { l[j * n + i] } else { l[i * n + j] };
            for c in 0..m {
                let v = b[j * m + c];
                b[i * m + c] -= factor * v;
            }
        }
        let d = l[i * n + i];
        for v in &mut b[i * m..(i + 1) * m] {
            *v /= d;
        }
    };
    if transposed {
        (0..n).rev().for_each(|i| one_row(i, i + 1..n));
    } else {
        (0..n).for_each(|i| one_row(i, 0..i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(n: usize) -> Vec<f64> {
        let b: Vec<f64> = (0..n * n).map(|i| ((i * i + 3) as f64).sin()).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] =
                    (0..n).map(|k| b[i * n + k] * b[j * n + k]).sum::<f64>() + if i == j { 1.0 } else { 0.0 };
            }
        }
        a
    }

    #[test]
    fn the_factor_multiplies_back() {
        for n in [1, 2, 5, 21] {
            let a = matrix(n);
            let mut l = a.clone();
            cholesky_in_place(&mut l, n);
            for i in 0..n {
                for j in 0..n {
                    let back: f64 = (0..n).map(|k| l[i * n + k] * l[j * n + k]).sum();
                    assert!((back - a[i * n + j]).abs() < 1e-12 * n as f64);
                }
            }
        }
    }

    #[test]
    fn an_indefinite_matrix_gives_nan() {
        let mut a = [1.0_f64, 2.0, 2.0, 1.0];
        cholesky_in_place(&mut a, 2);
        assert!(f64::is_nan(a[3]));
    }

    #[test]
    fn solves_undo_products() {
        let n = 4;
        let mut l = matrix(n);
        cholesky_in_place(&mut l, n);
        let y: Vec<f64> = (0..n * 2).map(|i| i as f64 - 2.5).collect();
        for transposed in [false, true] {
            let mut b = vec![0.0; n * 2];
            for i in 0..n {
                for j in 0..n {
                    let factor = if transposed { l[j * n + i] } else { l[i * n + j] };
                    for c in 0..2 {
                        b[i * 2 + c] += factor * y[j * 2 + c];
                    }
                }
            }
            solve_in_place(&l, n, transposed, &mut b);
            for (a, b) in b.iter().zip(&y) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_backward_rule_matches_differences() {
        let n = 4;
        let a = matrix(n);
        let weights: Vec<f64> = (0..n * n).map(|i| ((i + 1) as f64).cos()).collect();
        let cost = |a: &[f64]| {
            let mut l = a.to_vec();
            cholesky_in_place(&mut l, n);
            l.iter().zip(&weights).map(|(l, w)| l * w).sum::<f64>()
        };
        let mut l = a.clone();
        cholesky_in_place(&mut l, n);
        let mut bar = weights.clone();
        cholesky_backward(&l, n, &mut bar);
        for k in 0..n * n {
            let shifted = |h: f64| {
                let mut b = a.clone();
                b[k] += h;
                cost(&b)
            };
            let h = 1e-3;
            let slope = (45.0 * (shifted(h) - shifted(-h)) - 9.0 * (shifted(2.0 * h) - shifted(-2.0 * h))
                + (shifted(3.0 * h) - shifted(-3.0 * h)))
                / (60.0 * h);
            assert!((bar[k] - slope).abs() < 1e-6 * slope.abs().max(1.0), "{k}: {} {slope}", bar[k]);
        }
    }
}

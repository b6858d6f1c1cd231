//! The lower triangular matrices with a positive diagonal.

use super::correlation_cholesky::check_triangle;
use super::positive::positive_exp;
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The lower triangular matrices with a positive diagonal.
    ///
    /// The `n (n + 1) / 2` coordinates are the lower triangle, row by row; the diagonal's are logarithms, and `ln |det J|` is
    /// their sum (Stan reference manual, "Cholesky factors of covariance matrices").
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, CovarianceCholesky};
    ///
    /// let mut factor = [0.0_f64; 4];
    /// CovarianceCholesky.forward(&[0.0, 0.5, 0.0], &[2, 2], &mut factor);
    /// assert_eq!(factor, [1.0, 0.0, 0.5, 1.0]);
    /// ```
    CovarianceCholesky: Continuous
}

bijection_by_rows!(CovarianceCholesky);

/// Returns the position of the first coordinate of row `i`.
fn start(i: usize) -> usize {
    i * (i + 1) / 2
}

impl Rowwise for CovarianceCholesky {
    const RANK: usize = 2;
    const SMALLEST: usize = 0;

    fn free(n: usize) -> usize {
        start(n)
    }

    fn check_row<E: Element>(n: usize, y: &[E]) -> Result<(), Broken> {
        check_triangle(n, y)
    }

    fn forward_row<E: Element>(n: usize, x: &[E], y: &mut [E]) {
        for i in 0..n {
            let row = &mut y[i * n..(i + 1) * n];
            row[..i].copy_from_slice(&x[start(i)..start(i) + i]);
            row[i] = positive_exp(x[start(i) + i]);
            row[i + 1..].fill(E::zero());
        }
    }

    fn inverse_row<E: Element>(n: usize, y: &[E], x: &mut [E]) {
        for i in 0..n {
            x[start(i)..start(i) + i].copy_from_slice(&y[i * n..i * n + i]);
            x[start(i) + i] = math::ln(y[i * n + i]);
        }
    }

    fn pull_back_row<E: Element>(n: usize, _x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
        for i in 0..n {
            for j in 0..i {
                dx[start(i) + j] += dy[i * n + j];
            }
            dx[start(i) + i] += y[i * n + i] * dy[i * n + i];
        }
    }

    fn log_det_row<E: Element>(n: usize, x: &[E], _y: &[E]) -> E {
        (0..n).map(|i| x[start(i) + i]).sum()
    }

    fn log_det_pull_back_row<E: Element>(n: usize, _x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        for i in 0..n {
            dx[start(i) + i] += seed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(CovarianceCholesky, &[3, 3], &[0.5, -1.0, 2.0, 10.0, 0.02, -3.0]);
        laws::assert_laws(CovarianceCholesky, &[2, 2, 2], &[0.5, -3.0, 2.0, 1.0, 4.0, 0.1]);
        laws::assert_laws(CovarianceCholesky, &[0, 0], &[]);
        laws::assert_stays_inside(CovarianceCholesky, &[2, 2], &[1e4, -400.0, -1e4]);
        laws::assert_round_trip(CovarianceCholesky, &[2, 2], &[-700.0, 1e-9, 700.0], 1e-13);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            CovarianceCholesky.check(&[2, 2], &[0.0, 0.0, 0.0, 1.0]).unwrap_err(),
            "element [0, 0] is 0, expected a number above 0 on the diagonal"
        );
        let shape = Bijection::<f64>::unconstrained_shape(&CovarianceCholesky, &[4]).unwrap_err();
        assert_eq!(shape, "expected a square matrix [n, n], got shape [4]");
    }
}

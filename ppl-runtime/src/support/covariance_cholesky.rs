//! The lower triangular matrices with a positive diagonal.

use super::bijection::{at_least, at_most};
use super::correlation_cholesky::check_triangle;
use super::positive::positive_exp;
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The lower triangular matrices with a positive diagonal.
    ///
    /// The `n (n + 1) / 2` coordinates are the lower triangle, row by row. The diagonal's `d_i` are logarithms; the others are
    /// in units of their row's diagonal, `y_ij = exp(d_i) x_ij`, so that rescaling a coordinate of the vector that the factor
    /// belongs to shifts one `d_i` and changes nothing else, and an optimiser's step means the same for every scale. Then
    /// `ln |det J| = sum_i (i + 1) d_i`, with `i` from zero. (Stan leaves `y_ij` as it is: reference manual,
    /// "Cholesky factors of covariance matrices".)
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, CovarianceCholesky};
    ///
    /// let mut factor = [0.0_f64; 4];
    /// CovarianceCholesky.forward(&[0.0, 0.5, 2.0_f64.ln()], &[2, 2], &mut factor);
    /// assert!((factor[2] - 1.0).abs() < 1e-15 && (factor[3] - 2.0).abs() < 1e-15);
    /// assert_eq!(factor[..2], [1.0, 0.0]);
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
            let scale = positive_exp(x[start(i) + i]);
            for (y, &x) in row.iter_mut().zip(&x[start(i)..start(i) + i]) {
                // A product past the largest number stays inside the support.
                *y = at_most(at_least(scale * x, E::min_value()), E::max_value());
            }
            row[i] = scale;
            row[i + 1..].fill(E::zero());
        }
    }

    fn inverse_row<E: Element>(n: usize, y: &[E], x: &mut [E]) {
        for i in 0..n {
            let scale = y[i * n + i];
            for (x, &y) in x[start(i)..start(i) + i].iter_mut().zip(&y[i * n..]) {
                *x = y / scale;
            }
            x[start(i) + i] = math::ln(scale);
        }
    }

    fn pull_back_row<E: Element>(n: usize, _x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
        for i in 0..n {
            let (y, dy, dx) =
                (&y[i * n..=i * n + i], &dy[i * n..=i * n + i], &mut dx[start(i)..=start(i) + i]);
            let scale = y[i];
            for (dx, &dy) in dx[..i].iter_mut().zip(dy) {
                *dx += scale * dy;
            }
            dx[i] += y.iter().zip(dy).map(|(&y, &dy)| y * dy).sum::<E>();
        }
    }

    fn inverse_pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], dx: &[E], dy: &mut [E]) {
        for i in 0..n {
            let (x, dx) = (&x[start(i)..=start(i) + i], &dx[start(i)..=start(i) + i]);
            let (scale, dy) = (y[i * n + i], &mut dy[i * n..=i * n + i]);
            let mut diagonal = dx[i];
            for ((dy, &dx), &x) in dy[..i].iter_mut().zip(dx).zip(x) {
                *dy += dx / scale;
                diagonal -= dx * x;
            }
            dy[i] += diagonal / scale;
        }
    }

    fn log_det_row<E: Element>(n: usize, x: &[E], _y: &[E]) -> E {
        (0..n).map(|i| E::of((i + 1) as f64) * x[start(i) + i]).sum()
    }

    fn log_det_pull_back_row<E: Element>(n: usize, _x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        for i in 0..n {
            dx[start(i) + i] += E::of((i + 1) as f64) * seed;
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
        laws::assert_stays_inside(CovarianceCholesky, &[2, 2], &[0.0, 400.0, 700.0]);
        laws::assert_round_trip(CovarianceCholesky, &[2, 2], &[-700.0, 1e-9, 700.0], 1e-13);
    }

    /// Rescaling a row of the factor moves one coordinate.
    #[test]
    fn coordinates_follow_the_scale_of_a_row() {
        let y: [f64; 4] = [2.0, 0.0, -3.0, 0.5];
        let scaled: [f64; 4] = [2.0, 0.0, -3e6, 0.5e6];
        let (mut x, mut z) = ([0.0; 3], [0.0; 3]);
        CovarianceCholesky.inverse(&y, &[2, 2], &mut x);
        CovarianceCholesky.inverse(&scaled, &[2, 2], &mut z);
        assert_eq!(x[..2], z[..2]);
        assert!((z[2] - x[2] - 1e6_f64.ln()).abs() < 1e-12);
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

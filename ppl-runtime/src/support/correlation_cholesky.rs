//! The lower Cholesky factors of correlation matrices.

use super::bijection::at_least;
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use super::tanh::{ln_sech, sech};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The lower Cholesky factors of correlation matrices: rows of unit length, a positive diagonal.
    ///
    /// The `n (n - 1) / 2` coordinates, row by row, are canonical partial correlations `tanh(x)`:
    /// `L[i, j] = tanh(x[i, j]) * prod over k < j of sech(x[i, k])` below the diagonal, and `L[i, i]` is the product over all
    /// `k < i`. This is Stan's transform (reference manual, "Cholesky factors of correlation matrices") with
    /// `sqrt(1 - tanh(x)^2)` written as `sech(x)`, which keeps its digits where `tanh` rounds to one.
    ///
    /// With respect to the elements below the diagonal,
    /// `ln |det J| = sum over i > j of (i - j + 1) ln sech(x[i, j])`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, CorrelationCholesky};
    ///
    /// let mut factor = [0.0_f64; 4];
    /// CorrelationCholesky.forward(&[0.5], &[2, 2], &mut factor);
    /// assert_eq!(factor[..2], [1.0, 0.0]);
    /// assert!((factor[2] - 0.5f64.tanh()).abs() < 1e-15);
    /// assert!((factor[2].hypot(factor[3]) - 1.0).abs() < 1e-15);
    /// ```
    ///
    /// # References
    ///
    /// Lewandowski, Kurowicka and Joe (2009), Generating random correlation matrices based on vines and extended onion
    /// method, Journal of Multivariate Analysis 100, 1989-2001.
    CorrelationCholesky: Continuous
}

bijection_by_rows!(CorrelationCholesky);

/// Returns the position of the first coordinate of row `i`.
fn start(i: usize) -> usize {
    i * i.saturating_sub(1) / 2
}

/// Refuses a matrix that is not lower triangular with a positive diagonal.
pub(super) fn check_triangle<E: Element>(n: usize, y: &[E]) -> Result<(), Broken> {
    for i in 0..n {
        let row = &y[i * n..(i + 1) * n];
        if row[i] <= E::zero() {
            return Err(Broken::Element(i * n + i, "a number above 0 on the diagonal".into()));
        }
        if let Some(j) = (i + 1..n).find(|&j| row[j] != E::zero()) {
            return Err(Broken::Element(i * n + j, "0 above the diagonal".into()));
        }
    }
    Ok(())
}

impl Rowwise for CorrelationCholesky {
    const RANK: usize = 2;
    const SMALLEST: usize = 0;

    fn free(n: usize) -> usize {
        start(n)
    }

    fn check_row<E: Element>(n: usize, y: &[E]) -> Result<(), Broken> {
        check_triangle(n, y)?;
        for i in 0..n {
            let length = y[i * n..=i * n + i].iter().map(|&y| y * y).sum::<E>().sqrt();
            if (length - E::one()).abs() > E::epsilon().sqrt() {
                return Err(Broken::Whole(format!(
                    "has row {i} of length {length}, expected rows of length 1"
                )));
            }
        }
        Ok(())
    }

    fn forward_row<E: Element>(n: usize, x: &[E], y: &mut [E]) {
        for i in 0..n {
            let (row, mut rest) = (&mut y[i * n..(i + 1) * n], E::one());
            for (y, &x) in row.iter_mut().zip(&x[start(i)..start(i + 1)]) {
                *y = math::tanh(x) * rest;
                rest *= sech(x);
            }
            row[i] = at_least(rest, E::min_positive_value());
            row[i + 1..].fill(E::zero());
        }
    }

    fn inverse_row<E: Element>(n: usize, y: &[E], x: &mut [E]) {
        for i in 0..n {
            let (row, x) = (&y[i * n..=i * n + i], &mut x[start(i)..start(i + 1)]);
            let mut rest = row[i];
            for (x, &y) in x.iter_mut().zip(row).rev() {
                // What is left of the row's length after this element is its length times `sech`: so this is `sinh(x)`.
                *x = (y / rest).asinh();
                rest = rest.hypot(y);
            }
        }
    }

    fn pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
        for i in 0..n {
            let (row, dy) = (&y[i * n..=i * n + i], &dy[i * n..=i * n + i]);
            // The length that is left after element `j`, and the products of later elements with their derivatives.
            let (mut rest, mut later) = (row[i], row[i] * dy[i]);
            for j in (0..i).rev() {
                let k = start(i) + j;
                dx[k] += dy[j] * sech(x[k]) * rest - math::tanh(x[k]) * later;
                rest = rest.hypot(row[j]);
                later += row[j] * dy[j];
            }
        }
    }

    fn inverse_pull_back_row<E: Element>(n: usize, _x: &[E], y: &[E], dx: &[E], dy: &mut [E]) {
        for i in 0..n {
            let (row, dx) = (&y[i * n..=i * n + i], &dx[start(i)..start(i + 1)]);
            let dy = &mut dy[i * n..=i * n + i];
            // With `rest` the length of what follows an element, `x = asinh(y / rest)` has the derivatives `1 / whole` by the
            // element and `-y / (rest whole)` by `rest`, where `whole` is the length from the element on; and `rest` has
            // the derivative `row[k] / rest` by each later element.
            for j in 0..i {
                let rest = row[j + 1..].iter().fold(E::zero(), |length: E, &y| length.hypot(y));
                let whole = rest.hypot(row[j]);
                dy[j] += dx[j] / whole;
                let by_rest = -dx[j] * (row[j] / rest) / whole;
                for k in j + 1..=i {
                    dy[k] += by_rest * (row[k] / rest);
                }
            }
        }
    }

    fn log_det_row<E: Element>(n: usize, x: &[E], _y: &[E]) -> E {
        let mut sum = E::zero();
        for i in 0..n {
            for j in 0..i {
                sum += E::of((i - j + 1) as f64) * ln_sech(x[start(i) + j]);
            }
        }
        sum
    }

    fn log_det_pull_back_row<E: Element>(n: usize, x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        for i in 0..n {
            for j in 0..i {
                let k = start(i) + j;
                dx[k] -= seed * E::of((i - j + 1) as f64) * math::tanh(x[k]);
            }
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
        laws::assert_laws(CorrelationCholesky, &[3, 3], &[0.5, -1.0, 2.0]);
        laws::assert_laws(CorrelationCholesky, &[4, 4], &[0.02, -1.5, 0.3, 2.0, -0.7, 0.1]);
        laws::assert_laws(CorrelationCholesky, &[2, 2, 2], &[0.5, -3.0]);
        for n in 0..2 {
            laws::assert_laws(CorrelationCholesky, &[n, n], &[]);
        }
        laws::assert_stays_inside(CorrelationCholesky, &[3, 3], &[1e4, -400.0, 400.0]);
        laws::assert_stays_inside(CorrelationCholesky, &[3, 3], &[1e3f32, -40.0, 40.0]);
        laws::assert_round_trip(CorrelationCholesky, &[3, 3], &[-20.0, 1e-9, 300.0], 1e-13);
    }

    #[test]
    fn the_map_is_that_of_other_systems() {
        // numpyro.distributions.transforms.CorrCholeskyTransform: the value and log_abs_det_jacobian.
        let expected = [
            [1.0, 0.0, 0.0],
            [0.29131261245159085, 0.9566279119002483, 0.0],
            [-0.664036770267849, 0.5985330531195572, 0.44812202808568247],
        ];
        let (x, mut y) = ([0.3, -0.8, 1.1], [0.0_f64; 9]);
        CorrelationCholesky.forward(&x, &[3, 3], &mut y);
        assert!(y.iter().zip(expected.as_flattened()).all(|(y, expected)| (y - expected).abs() < 1e-15));
        let log_det = CorrelationCholesky.log_det(&x, &y, &[3, 3]);
        assert!((log_det - -1.984814499254563).abs() < 1e-14);
    }

    #[test]
    fn values_outside_are_refused() {
        let refusal = |y: &[f64]| CorrelationCholesky.check(&[2, 2], y).unwrap_err();
        assert_eq!(refusal(&[1.0, 0.1, 0.0, 1.0]), "element [0, 1] is 0.1, expected 0 above the diagonal");
        assert_eq!(
            refusal(&[1.0, 0.0, 0.0, -1.0]),
            "element [1, 1] is -1, expected a number above 0 on the diagonal"
        );
        assert_eq!(
            refusal(&[1.0, 0.0, 3.0, 4.0]),
            "the matrix has row 1 of length 5, expected rows of length 1"
        );
        let shape = Bijection::<f64>::unconstrained_shape(&CorrelationCholesky, &[2, 3]).unwrap_err();
        assert_eq!(shape, "expected a square matrix [n, n], got shape [2, 3]");
        assert_eq!(Bijection::<f64>::unconstrained_shape(&CorrelationCholesky, &[7, 4, 4]), Ok(vec![7, 6]));
    }
}

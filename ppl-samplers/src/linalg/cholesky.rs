//! The triangular factor of a positive definite matrix.

use super::dot;

/// The lower triangular `L` of `A = L L^T`.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    dim: usize,
    /// Row-major; what is above the diagonal is not read.
    lower: Vec<f64>,
}

impl Cholesky {
    /// The factor of a symmetric matrix, of which the lower triangle is read; nothing if it is not positive definite.
    pub(crate) fn new(dim: usize, matrix: &[f64]) -> Option<Cholesky> {
        let mut lower = matrix.to_vec();
        for i in 0..dim {
            let (above, rest) = lower.split_at_mut(i * dim);
            let row = &mut rest[..dim];
            for j in 0..i {
                let other = &above[j * dim..j * dim + j + 1];
                row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
            }
            let pivot = row[i] - dot(&row[..i], &row[..i]);
            // Also false for what is not a number.
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            row[i] = pivot.sqrt();
        }
        Some(Cholesky { dim, lower })
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.lower[i * self.dim..i * self.dim + i + 1]
    }

    /// `log |A|`.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.dim).map(|i| self.row(i)[i].ln()).sum::<f64>()
    }

    /// Overwrites `b` with `L^-1 b`.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..self.dim {
            let row = self.row(i);
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }

    /// Overwrites `b` with `L^-T b`.
    pub(crate) fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..self.dim).rev() {
            let row = self.row(i);
            b[i] /= row[i];
            let value = b[i];
            super::add_scaled(-value, &row[..i], &mut b[..i]);
        }
    }

    /// Overwrites `b` with `A^-1 b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        self.solve_upper(b);
    }

    /// Overwrites `b` with `L b`.
    pub(crate) fn times_lower(&self, b: &mut [f64]) {
        for i in (0..self.dim).rev() {
            b[i] = dot(self.row(i), &b[..=i]);
        }
    }

    /// Overwrites `b` with `L^T b`.
    pub(crate) fn times_lower_transposed(&self, b: &mut [f64]) {
        for i in 0..self.dim {
            let row = self.row(i);
            let value = b[i];
            b[i] = 0.0;
            super::add_scaled(value, row, &mut b[..=i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [f64; 9] = [4.0, 2.0, -1.0, 2.0, 5.0, 0.5, -1.0, 0.5, 3.0];

    #[test]
    fn products_and_solutions_agree_with_the_matrix() {
        let factor = Cholesky::new(3, &MATRIX).unwrap();
        // By cofactors: 4 (15 - .25) - 2 (6 + .5) - 1 (1 + 5).
        assert!((factor.log_determinant() - 40.0_f64.ln()).abs() < 1e-14);
        let b = [1.0, -2.0, 0.5];
        let mut x = b;
        factor.solve(&mut x);
        for i in 0..3 {
            assert!((dot(&MATRIX[3 * i..3 * i + 3], &x) - b[i]).abs() < 1e-14);
        }
        let mut back = b;
        factor.solve_lower(&mut back);
        factor.times_lower(&mut back);
        assert!(back.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-14));
        let mut image = x;
        factor.times_lower_transposed(&mut image);
        factor.times_lower(&mut image);
        assert!(image.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-14));
    }

    #[test]
    fn an_indefinite_matrix_has_no_factor() {
        assert!(Cholesky::new(2, &[1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Cholesky::new(1, &[f64::NAN]).is_none());
        assert!(Cholesky::new(1, &[0.0]).is_none());
    }
}

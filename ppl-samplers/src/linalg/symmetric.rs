//! Eigenvalues and eigenvectors of a symmetric matrix.

use super::{add_scaled, dot};

/// The decomposition of a symmetric matrix, eigenvalues in ascending order.
pub(crate) struct SymmetricEigen {
    pub(crate) values: Vec<f64>,
    /// The eigenvector of each value, of length one.
    pub(crate) vectors: Vec<Vec<f64>>,
}

impl SymmetricEigen {
    /// By Householder's reduction to a tridiagonal matrix and implicit QL steps (Golub and Van Loan 2013, algorithms 8.3.1 and 8.3.3, from the
    /// other end). The lower triangle is read. `dim` cubed operations.
    pub(crate) fn new(dim: usize, matrix: &[f64]) -> SymmetricEigen {
        let mut rows: Vec<Vec<f64>> = vec![vec![0.0; dim]; dim];
        for (i, row) in rows.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = matrix[i.max(j) * dim + i.min(j)];
            }
        }
        let mut vectors: Vec<Vec<f64>> =
            (0..dim).map(|i| (0..dim).map(|j| f64::from(u8::from(i == j))).collect()).collect();
        let mut beside = reduce(&mut rows, &mut vectors);
        let mut diagonal: Vec<f64> = (0..dim).map(|i| rows[i][i]).collect();
        diagonalise(&mut diagonal, &mut beside, &mut vectors);
        let mut order: Vec<usize> = (0..dim).collect();
        order.sort_by(|&a, &b| diagonal[a].total_cmp(&diagonal[b]));
        SymmetricEigen {
            values: order.iter().map(|&i| diagonal[i]).collect(),
            vectors: order.iter().map(|&i| std::mem::take(&mut vectors[i])).collect(),
        }
    }
}

/// Makes the matrix tridiagonal, turns the rows of `vectors` along, and gives what is beside the diagonal.
fn reduce(rows: &mut [Vec<f64>], vectors: &mut [Vec<f64>]) -> Vec<f64> {
    let dim = rows.len();
    let mut beside = vec![0.0; dim];
    for k in 0..dim.saturating_sub(1) {
        // The reflection that leaves of column k, below the diagonal, its first element alone.
        let mut mirror: Vec<f64> = (0..dim).map(|i| if i > k { rows[i][k] } else { 0.0 }).collect();
        let length = dot(&mirror, &mirror).sqrt();
        let image = if mirror[k + 1] > 0.0 { -length } else { length };
        beside[k] = image;
        mirror[k + 1] -= image;
        let square = dot(&mirror, &mirror);
        if square == 0.0 {
            continue;
        }
        let mut product: Vec<f64> = rows.iter().map(|row| dot(row, &mirror) * 2.0 / square).collect();
        let along = dot(&product, &mirror) / square;
        add_scaled(-along, &mirror, &mut product);
        for (i, row) in rows.iter_mut().enumerate() {
            add_scaled(-mirror[i], &product, row);
            add_scaled(-product[i], &mirror, row);
        }
        let mut turned = vec![0.0; dim];
        for (vector, &share) in vectors.iter().zip(&mirror) {
            add_scaled(share, vector, &mut turned);
        }
        for (vector, &share) in vectors.iter_mut().zip(&mirror) {
            add_scaled(-2.0 * share / square, &turned, vector);
        }
    }
    beside
}

/// Rotates until nothing is left beside the diagonal. `beside[i]` stands between `i` and `i + 1`.
fn diagonalise(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [Vec<f64>]) {
    let dim = diagonal.len();
    for first in 0..dim {
        // Two or three rounds are usual; the bound keeps what is not a number from going on for ever.
        for _ in 0..60 {
            let small =
                |i: usize| beside[i].abs() <= f64::EPSILON * (diagonal[i].abs() + diagonal[i + 1].abs());
            let last = (first..dim - 1).find(|&i| small(i)).unwrap_or(dim - 1);
            if last == first {
                break;
            }
            // Wilkinson's shift, from the two by two block at the upper end.
            let half = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
            let shift = diagonal[first] - beside[first] / (half + half.hypot(1.0).copysign(half));
            let (mut cosine, mut sine, mut carried) = (1.0, 1.0, 0.0);
            let mut bulge = diagonal[last] - shift;
            let mut broken = false;
            for i in (first..last).rev() {
                let (f, b) = (sine * beside[i], cosine * beside[i]);
                let length = f.hypot(bulge);
                beside[i + 1] = length;
                if length == 0.0 {
                    diagonal[i + 1] -= carried;
                    broken = true;
                    break;
                }
                (sine, cosine) = (f / length, bulge / length);
                let moved = diagonal[i + 1] - carried;
                let turned = (diagonal[i] - moved) * sine + 2.0 * cosine * b;
                carried = sine * turned;
                diagonal[i + 1] = moved + carried;
                bulge = cosine * turned - b;
                let (upper, lower) = vectors.split_at_mut(i + 1);
                for (a, b) in upper[i].iter_mut().zip(lower[0].iter_mut()) {
                    (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
                }
            }
            if !broken {
                diagonal[first] -= carried;
                beside[first] = bulge;
            }
            beside[last] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_decomposes(dim: usize, matrix: &[f64]) -> Vec<f64> {
        let eigen = SymmetricEigen::new(dim, matrix);
        let size = matrix.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
        for (value, vector) in eigen.values.iter().zip(&eigen.vectors) {
            assert!((dot(vector, vector) - 1.0).abs() < 1e-13);
            for i in 0..dim {
                let image = dot(&matrix[i * dim..(i + 1) * dim], vector);
                assert!((image - value * vector[i]).abs() < 1e-13 * size * dim as f64);
            }
        }
        for (k, a) in eigen.vectors.iter().enumerate() {
            assert!(eigen.vectors[..k].iter().all(|b| dot(a, b).abs() < 1e-13));
        }
        eigen.values
    }

    #[test]
    fn values_of_the_second_difference_are_known() {
        let dim = 9;
        let mut matrix = vec![0.0; dim * dim];
        for i in 0..dim {
            matrix[i * dim + i] = 2.0;
            if i > 0 {
                matrix[i * dim + i - 1] = -1.0;
                matrix[(i - 1) * dim + i] = -1.0;
            }
        }
        let values = assert_decomposes(dim, &matrix);
        for (k, value) in values.iter().enumerate() {
            let exact = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (dim + 1) as f64).cos();
            assert!((value - exact).abs() < 1e-13);
        }
    }

    #[test]
    fn matrices_of_all_kinds_are_decomposed() {
        assert_decomposes(1, &[-3.0]);
        assert_decomposes(3, &[0.0; 9]);
        assert_decomposes(2, &[1.0, 1.0, 1.0, 1.0]);
        // Dense, with two equal eigenvalues: I + v v^T.
        let v = [1.0, -2.0, 0.5, 3.0];
        let matrix: Vec<f64> =
            (0..16).map(|i| v[i / 4] * v[i % 4] + f64::from(u8::from(i / 4 == i % 4))).collect();
        let values = assert_decomposes(4, &matrix);
        assert!((values[3] - 1.0 - dot(&v, &v)).abs() < 1e-13);
        // Hilbert's, whose smallest eigenvalue is 1.1e-10 (n = 8).
        let hilbert: Vec<f64> = (0..64).map(|i| 1.0 / (i / 8 + i % 8 + 1) as f64).collect();
        assert!((assert_decomposes(8, &hilbert)[0] - 1.111_538_966e-10).abs() < 1e-15);
    }
}

//! The normal at a point of an L-BFGS path: a diagonal plus a matrix of low rank, never made dense.

use std::collections::VecDeque;

use crate::laplace::half_log_two_pi;
use crate::lbfgs::Pair;
use crate::linalg::{Cholesky, add_scaled, dot, thin_qr};
use crate::line_search::Point;
use crate::random::{Generator, fill_standard_normal};

/// What the path up to a point tells of the inverse Hessian.
pub(super) struct Estimate {
    /// The diagonal `alpha` of algorithm 3.
    diagonal: Vec<f64>,
    pairs: VecDeque<Pair>,
    limit: usize,
}

/// A normal with covariance `diag(alpha) + beta gamma beta^T`, factored.
#[derive(Debug, Clone)]
pub(crate) struct PathNormal {
    mean: Vec<f64>,
    /// Square roots of `alpha`.
    scales: Vec<f64>,
    /// Orthonormal columns `Q`.
    basis: Vec<Vec<f64>>,
    /// The factor of the covariance, scaled by `alpha`, within the basis.
    inner: Cholesky,
    log_determinant: f64,
}

impl Estimate {
    pub(super) fn new(dim: usize, limit: usize) -> Estimate {
        Estimate { diagonal: vec![1.0; dim], pairs: VecDeque::new(), limit }
    }

    /// Takes in the step between two points of the path, unless the density is not log-concave along it.
    ///
    /// The diagonal is that of algorithm 3 of Zhang et al. (2022): Gilbert and Lemarechal (1989), equation 4.9. Where rounding makes an element
    /// other than positive, it stays.
    pub(super) fn take(&mut self, from: &Point, to: &Point) {
        let Some(pair) = Pair::between(from, to) else { return };
        let (mut a, mut c) = (0.0, 0.0);
        for ((alpha, s), z) in self.diagonal.iter().zip(&pair.step).zip(&pair.change) {
            a += z * alpha * z;
            c += s * s / alpha;
        }
        let b = pair.product;
        for ((alpha, s), z) in self.diagonal.iter_mut().zip(&pair.step).zip(&pair.change) {
            let inverse = a / (b * *alpha) + z * z / b - a * s * s / (b * c * *alpha * *alpha);
            if inverse > 0.0 && inverse.is_finite() && (1.0 / inverse).is_finite() {
                *alpha = 1.0 / inverse;
            }
        }
        if self.pairs.len() == self.limit {
            self.pairs.pop_front();
        }
        self.pairs.push_back(pair);
    }

    /// The normal at a point: equations 8 to 10 of Zhang et al. (2022), and their algorithm 4 with the thin QR factors for all sizes. Nothing if rounding
    /// has made the covariance other than positive definite.
    pub(super) fn normal(&self, point: &Point) -> Option<PathNormal> {
        let count = self.pairs.len();
        let size = 2 * count;
        let scales: Vec<f64> = self.diagonal.iter().map(|alpha| alpha.sqrt()).collect();
        // beta = [diag(alpha) Z, S], divided by the scales.
        let scaled_changes = self.pairs.iter().map(|pair| by(&pair.change, &scales, |z, scale| z * scale));
        let scaled_steps = self.pairs.iter().map(|pair| by(&pair.step, &scales, |s, scale| s / scale));
        let columns: Vec<Vec<f64>> = scaled_changes.chain(scaled_steps).collect();
        let gamma = self.gamma(&columns);
        let (basis, upper) = thin_qr(&columns);
        // I + R gamma R^T.
        let left = product(size, &upper, |i, j| gamma[i * size + j]);
        let mut inner = product(size, &left, |i, j| upper[j * size + i]);
        for i in 0..size {
            inner[i * size + i] += 1.0;
        }
        let inner = Cholesky::new(size, &inner)?;
        let log_determinant =
            self.diagonal.iter().map(|alpha| alpha.ln()).sum::<f64>() + inner.log_determinant();
        // mean = x + covariance times gradient, with the covariance as a product of its factors.
        let mut normal = PathNormal { mean: point.position.clone(), scales, basis, inner, log_determinant };
        let mut image = by(&point.gradient, &normal.scales, |g, scale| g * scale);
        normal.times_scaled_covariance(&mut image);
        for ((mean, scale), image) in normal.mean.iter_mut().zip(&normal.scales).zip(&image) {
            *mean += scale * image;
        }
        (normal.mean.iter().all(|x| x.is_finite()) && log_determinant.is_finite()).then_some(normal)
    }

    /// `gamma = [[0, -R^-1], [-R^-T, R^-T (E + Z^T diag(alpha) Z) R^-1]]` with `R` the upper triangle of `S^T Z` and `E` its diagonal.
    fn gamma(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let count = self.pairs.len();
        let size = 2 * count;
        let mut upper = vec![0.0; count * count];
        for (i, earlier) in self.pairs.iter().enumerate() {
            for (j, later) in self.pairs.iter().enumerate().skip(i) {
                upper[i * count + j] = dot(&earlier.step, &later.change);
            }
        }
        let inverse = invert_upper(count, &upper);
        let mut middle = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..count {
                middle[i * count + j] = dot(&columns[i], &columns[j]);
            }
            middle[i * count + i] += upper[i * count + i];
        }
        let half = product(count, &middle, |i, j| inverse[i * count + j]);
        let transposed: Vec<f64> =
            (0..count * count).map(|k| inverse[k % count * count + k / count]).collect();
        let corner = product(count, &transposed, |i, j| half[i * count + j]);
        let mut gamma = vec![0.0; size * size];
        for i in 0..count {
            for j in 0..count {
                gamma[i * size + count + j] = -inverse[i * count + j];
                gamma[(count + j) * size + i] = -inverse[i * count + j];
                // By halves from both sides, so that it is symmetric to the last digit.
                gamma[(count + i) * size + count + j] = 0.5 * (corner[i * count + j] + corner[j * count + i]);
            }
        }
        gamma
    }
}

impl PathNormal {
    pub(crate) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Overwrites a buffer with a draw, and gives its log-density.
    pub(crate) fn draw_into(&self, rng: &mut Generator, position: &mut [f64]) -> f64 {
        fill_standard_normal(rng, position);
        let square = dot(position, position);
        self.within_basis(position, |parts| self.inner.times_lower(parts));
        for ((x, scale), mean) in position.iter_mut().zip(&self.scales).zip(&self.mean) {
            *x = mean + scale * *x;
        }
        self.log_q(square)
    }

    /// The normalised log-density at a point of the right length.
    pub(crate) fn log_density(&self, position: &[f64]) -> f64 {
        let offset = by(position, &self.mean, |x, mean| x - mean);
        let mut offset = by(&offset, &self.scales, |x, scale| x / scale);
        self.within_basis(&mut offset, |parts| self.inner.solve_lower(parts));
        self.log_q(dot(&offset, &offset))
    }

    /// The covariance matrix, row-major.
    pub(crate) fn covariance(&self) -> Vec<f64> {
        let dim = self.mean.len();
        let mut covariance = Vec::with_capacity(dim * dim);
        for i in 0..dim {
            let mut row = vec![0.0; dim];
            row[i] = self.scales[i];
            self.times_scaled_covariance(&mut row);
            covariance.extend(row.iter().zip(&self.scales).map(|(x, scale)| x * scale));
        }
        covariance
    }

    fn log_q(&self, square: f64) -> f64 {
        -0.5 * (self.log_determinant + square) - half_log_two_pi(self.mean.len())
    }

    /// Overwrites `v` with `(I + Q (L L^T - I) Q^T) v`.
    fn times_scaled_covariance(&self, v: &mut [f64]) {
        self.within_basis(v, |parts| {
            self.inner.times_lower_transposed(parts);
            self.inner.times_lower(parts);
        });
    }

    /// Applies a linear map to the part of a vector that lies in the basis, and leaves the rest.
    fn within_basis(&self, v: &mut [f64], map: impl Fn(&mut [f64])) {
        let parts: Vec<f64> = self.basis.iter().map(|column| dot(column, v)).collect();
        let mut mapped = parts.clone();
        map(&mut mapped);
        for ((column, part), mapped) in self.basis.iter().zip(&parts).zip(&mapped) {
            add_scaled(mapped - part, column, v);
        }
    }
}

fn by(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()
}

/// The product of two square matrices, the second by its elements.
fn product(size: usize, left: &[f64], right: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..size * size)
        .map(|k| (0..size).map(|m| left[k / size * size + m] * right(m, k % size)).sum())
        .collect()
}

fn invert_upper(size: usize, upper: &[f64]) -> Vec<f64> {
    let mut inverse = vec![0.0; size * size];
    for j in 0..size {
        inverse[j * size + j] = 1.0 / upper[j * size + j];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|m| upper[i * size + m] * inverse[m * size + j]).sum();
            inverse[i * size + j] = -sum / upper[i * size + i];
        }
    }
    inverse
}

#[cfg(test)]
mod tests;

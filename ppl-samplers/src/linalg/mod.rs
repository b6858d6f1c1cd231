//! The little linear algebra that the engines need, on row-major slices of small dense matrices.

mod cholesky;
mod qr;
mod symmetric;

pub(crate) use cholesky::Cholesky;
pub(crate) use qr::thin_qr;
pub(crate) use symmetric::SymmetricEigen;

/// The sum of products of two vectors of one length.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The Euclidean length of a vector.
pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Adds `factor` times `a` to `sum`.
pub(crate) fn add_scaled(factor: f64, a: &[f64], sum: &mut [f64]) {
    for (sum, a) in sum.iter_mut().zip(a) {
        *sum += factor * a;
    }
}

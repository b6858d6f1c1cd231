//! The requirements that parameters have in common.

use super::BadParameter;
use crate::element::Numeric;

fn require(holds: bool, name: &'static str, must: &'static str) -> Result<(), BadParameter> {
    if holds { Ok(()) } else { Err(BadParameter { name, must }) }
}

pub(crate) fn finite<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value.is_finite(), name, "be finite")
}

/// A subnormal number has no reciprocal, by which densities multiply.
pub(crate) fn positive<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value > E::zero() && value.is_finite(), name, "be positive and finite")?;
    require(value >= E::min_positive_value(), name, "not be smaller than the smallest normal number")
}

pub(crate) fn not_negative<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value >= E::zero() && value.is_finite(), name, "be finite and not negative")
}

pub(crate) fn probability<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value >= E::zero() && value <= E::one(), name, "lie between zero and one")
}

pub(crate) fn natural<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(is_natural(value), name, "be a natural number")
}

/// Returns whether `x` is one of 0, 1, 2, ...
#[inline(always)]
pub(crate) fn is_natural<E: Numeric>(x: E) -> bool {
    x >= E::zero() && x.is_finite() && x == x.floor()
}

/// Returns whether `x` is a number but none of 0, 1, 2, ...
///
/// NaN is not "off": it has to reach the log-density. No short circuits, so that loops over it vectorise.
#[inline(always)]
pub(crate) fn off_naturals<E: Numeric>(x: E) -> bool {
    (x < E::zero()) | (x - x.floor() > E::zero()) | (x == E::infinity())
}

/// Returns whether a parameter of this event shape is one number.
pub(crate) fn scalar(name: &str, shape: &[usize]) -> Result<(), String> {
    if shape.iter().product::<usize>() == 1 {
        Ok(())
    } else {
        Err(format!("`{name}` must be one number, got {shape:?}"))
    }
}

/// Returns the length of a parameter that must be a vector of `at_least` elements.
pub(crate) fn vector(name: &str, shape: &[usize], at_least: usize) -> Result<usize, String> {
    match shape {
        &[n] if n >= at_least => Ok(n),
        _ if at_least > 1 => Err(format!("`{name}` must be [n] with n >= {at_least}, got {shape:?}")),
        _ => Err(format!("`{name}` must be [n], not empty, got {shape:?}")),
    }
}

/// Refuses a parameter that is not a square matrix as large as the vector `of`.
pub(crate) fn square(name: &str, shape: &[usize], of: &str, n: usize) -> Result<(), String> {
    if shape == [n, n] {
        Ok(())
    } else {
        Err(format!("`{name}` must be [{n}, {n}] for `{of}` of [{n}], got {shape:?}"))
    }
}

pub(crate) fn all_finite<E: Numeric>(name: &'static str, values: &[E]) -> Result<(), BadParameter> {
    require(values.iter().all(|v| v.is_finite()), name, "be finite")
}

/// Refuses probabilities that are negative or do not sum to one.
pub(crate) fn simplex<E: Numeric>(name: &'static str, probs: &[E]) -> Result<(), BadParameter> {
    require(is_simplex(probs), name, "be probabilities that sum to one")
}

/// Returns whether no element is negative and the sum is one, to 1e-6 and what rounding to the element costs.
fn is_simplex<E: Numeric>(probs: &[E]) -> bool {
    let total: f64 = probs.iter().map(|p| p.as_f64()).sum();
    let tolerance = 1e-6 + 64.0 * E::epsilon().as_f64();
    probs.iter().all(|&p| p >= E::zero()) && (total - 1.0).abs() <= tolerance
}

/// Refuses logits that are NaN or `inf`, or all `-inf`; a single `-inf` is an outcome that cannot be.
pub(crate) fn logits<E: Numeric>(name: &'static str, logits: &[E]) -> Result<(), BadParameter> {
    let numbers = logits.iter().all(|&l| l < E::infinity());
    let possible = logits.iter().any(|&l| l > E::neg_infinity());
    require(numbers && possible, name, "be finite or -inf, and not all -inf")
}

/// Refuses a square matrix that is not lower triangular with a positive diagonal.
pub(crate) fn cholesky<E: Numeric>(name: &'static str, matrix: &[E], n: usize) -> Result<(), BadParameter> {
    let good = matrix.chunks_exact(n).enumerate().all(|(i, row)| {
        row[..i].iter().all(|v| v.is_finite())
            && row[i] > E::zero()
            && row[i].is_finite()
            && row[i + 1..].iter().all(|&v| v == E::zero())
    });
    require(good, name, "be lower triangular with a positive diagonal")
}

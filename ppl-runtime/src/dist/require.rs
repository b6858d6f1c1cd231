//! The requirements that parameters have in common.

use super::family::BadParameter;
use crate::element::Element;

fn require(holds: bool, name: &'static str, must: &'static str) -> Result<(), BadParameter> {
    if holds { Ok(()) } else { Err(BadParameter { name, must }) }
}

pub(crate) fn finite<E: Element>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value.is_finite(), name, "be finite")
}

pub(crate) fn positive<E: Element>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value > E::zero() && value.is_finite(), name, "be positive and finite")
}

pub(crate) fn not_negative<E: Element>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value >= E::zero() && value.is_finite(), name, "be finite and not negative")
}

pub(crate) fn probability<E: Element>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(value >= E::zero() && value <= E::one(), name, "lie between zero and one")
}

pub(crate) fn natural<E: Element>(name: &'static str, value: E) -> Result<(), BadParameter> {
    require(is_natural(value), name, "be a natural number")
}

/// Returns whether `x` is one of 0, 1, 2, ...
#[inline(always)]
pub(crate) fn is_natural<E: Element>(x: E) -> bool {
    x >= E::zero() && x.is_finite() && x == x.floor()
}

/// Returns whether `x` is a number but none of 0, 1, 2, ...
///
/// NaN is not "off": it has to reach the log-density. No short circuits, so that loops over it vectorise.
#[inline(always)]
pub(crate) fn off_naturals<E: Element>(x: E) -> bool {
    (x < E::zero()) | (x - x.floor() > E::zero()) | (x == E::infinity())
}

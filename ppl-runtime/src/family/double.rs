//! What the families share that are computed in double precision whatever the element.

use super::{BadParameter, Density};
use crate::element::Numeric;

/// Rounds a density and its partials to the element.
pub(super) fn rounded<E: Numeric, const N: usize>(density: Density<f64, N>) -> Density<E, N> {
    Density {
        log: E::of(density.log),
        by_value: E::of(density.by_value),
        by_parameter: density.by_parameter.map(E::of),
    }
}

/// Returns a density outside the support, or NaN if anything that went in is NaN.
pub(super) fn outside<const N: usize>(x: f64, p: [f64; N]) -> Density<f64, N> {
    let poisoned = x.is_nan() || p.iter().any(|v| v.is_nan());
    Density {
        log: if poisoned { f64::NAN } else { f64::NEG_INFINITY },
        by_value: 0.0,
        by_parameter: [0.0; N],
    }
}

/// Returns `factor * y`, and zero where the factor is zero: the limit of `x^0`, whose logarithm `y` may be infinite.
pub(super) fn zero_times(factor: f64, y: f64) -> f64 {
    if factor == 0.0 { 0.0 } else { factor * y }
}

/// Returns the number itself where it is positive and representable, and the nearest that is. NaN stays what it is.
#[inline(always)]
pub(super) fn positive<E: Numeric>(draw: f64) -> E {
    let draw = E::of(draw);
    if draw < E::min_positive_value() {
        E::min_positive_value()
    } else if draw > E::max_value() {
        E::max_value()
    } else {
        draw
    }
}

/// Returns the log-density, and `-inf` for one that is no number though all that went in is finite: a sum of squares overflowed on
/// the way.
pub(super) fn or_overflowed<E: Numeric>(log: E, inputs: [&[E]; 3]) -> E {
    let overflowed = log.is_nan() && inputs.iter().all(|numbers| numbers.iter().all(|x| x.is_finite()));
    if overflowed { E::neg_infinity() } else { log }
}

/// Returns the number itself where it is finite, and the nearest number that is. NaN stays what it is.
#[inline(always)]
pub(super) fn finite<E: Numeric>(draw: f64) -> E {
    bounded(E::of(draw))
}

/// Returns the element itself where it is finite, and the nearest that is. NaN stays what it is.
#[inline(always)]
pub(super) fn bounded<E: Numeric>(draw: E) -> E {
    let draw = if draw == E::infinity() { E::max_value() } else { draw };
    if draw == E::neg_infinity() { E::min_value() } else { draw }
}

/// Returns whether a positive draw moves with the parameters: one that [`positive`] has put to an end of the range does not.
#[inline(always)]
pub(super) fn moves<E: Numeric>(draw: E) -> bool {
    // NaN does: it may not be hidden by a zero.
    !((draw <= E::min_positive_value()) | (draw >= E::max_value()))
}

/// Returns `ln(to / from)` of numbers that are not negative, exact where they are close and where the quotient leaves the range.
pub(super) fn ln_ratio(to: f64, from: f64) -> f64 {
    let excess = (to - from) / from;
    let ratio = to / from;
    if -0.5 < excess && excess < f64::INFINITY {
        excess.ln_1p()
    } else if ratio.is_normal() {
        ratio.ln()
    } else {
        to.ln() - from.ln()
    }
}

/// Refuses what is not positive and finite.
pub(super) fn require_positive<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    super::require::positive(name, value)
}

/// Refuses what is not finite.
pub(super) fn require_finite<E: Numeric>(name: &'static str, value: E) -> Result<(), BadParameter> {
    if value.is_finite() { Ok(()) } else { Err(BadParameter { name, must: "be finite" }) }
}

#[cfg(test)]
mod tests {
    use super::ln_ratio;
    use crate::family::check::assert_close;

    #[test]
    fn ratios_of_close_points_keep_their_digits() {
        assert_close("close", ln_ratio(1.0 + f64::EPSILON, 1.0), f64::EPSILON, 1e-15);
        assert_close("apart", ln_ratio(8.0, 2.0), 4.0_f64.ln(), 1e-15);
        assert_eq!(ln_ratio(0.0, 2.0), f64::NEG_INFINITY);
        assert_eq!(ln_ratio(f64::INFINITY, 2.0), f64::INFINITY);
        // The distance would be rounded to that from zero, and the quotient leaves the range.
        assert_close("near zero", ln_ratio(1e-30, 1.0), -30.0 * 10.0_f64.ln(), 1e-15);
        assert_close("far below", ln_ratio(1e-300, 1e300), -600.0 * 10.0_f64.ln(), 1e-15);
        assert_close("far apart", ln_ratio(1e300, 1e-300), 600.0 * 10.0_f64.ln(), 1e-15);
    }
}

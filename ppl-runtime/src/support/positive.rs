//! The positive numbers.

use super::bijection::{at_least, at_most};
use super::pointwise::Pointwise;
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The numbers above zero (zero itself, where a density reaches it, belongs to it).
    ///
    /// The bijection is `y = exp(x)`: steps of `x` are relative steps of `y`, so that one learning rate fits scales of
    /// any size, and `ln |dy/dx| = x` is exact. A softplus would make steps absolute for large `y`. An `x` beyond the
    /// range of the exponential gives the smallest or the largest normal number, and never zero or infinity.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, Positive};
    ///
    /// assert_eq!(Positive.forward_point(0.0), (1.0, 1.0));
    /// assert!(Positive.forward_point(-1e9).0 > 0.0);
    /// ```
    Positive: Continuous
}

impl Pointwise for Positive {
    fn contains<E: Element>(self, y: E) -> bool {
        y > E::zero()
    }

    fn expected(self) -> String {
        "a number above 0".into()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        let y = positive_exp(x);
        (y, y)
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        math::ln(y)
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        (x, E::one())
    }
}

/// Returns `e^x`, or the positive normal number nearest to it.
#[inline(always)]
pub(super) fn positive_exp<E: Element>(x: E) -> E {
    nearest_positive(math::exp(x))
}

/// Returns the positive normal number nearest to one that is not negative.
#[inline(always)]
pub(super) fn nearest_positive<E: Element>(y: E) -> E {
    at_most(at_least(y, E::min_positive_value()), E::max_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Positive, &[3], &[-0.02, 1.0, 5.0]);
        laws::assert_laws(Positive, &[1, 3], &[-20.0, -3.0, 12.0]);
        laws::assert_stays_inside(Positive, &[4], &[-1e4, -700.0, 700.0, 1e4]);
        laws::assert_stays_inside(Positive, &[], &[-90f32]);
        laws::assert_round_trip(Positive, &[4], &[-700.0, -1e-9, 1e-9, 700.0], 1e-14);
    }

    #[test]
    fn values_outside_are_refused() {
        let wrong = [1.0, 2.0, -1.5];
        assert_eq!(Positive.check(&[3], &wrong).unwrap_err(), "element 2 is -1.5, expected a number above 0");
        assert_eq!(Positive.check(&[1], &[0.0]).unwrap_err(), "element 0 is 0, expected a number above 0");
        let infinite = Positive.check(&[], &[f64::INFINITY]).unwrap_err();
        assert_eq!(infinite, "the value is inf, expected a finite number above 0");
        assert!(positive_exp(f64::NAN).is_nan());
    }
}

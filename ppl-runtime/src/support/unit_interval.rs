//! The numbers between zero and one.

use super::bijection::{at_least, at_most, below_one};
use super::pointwise::Pointwise;
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The numbers between zero and one.
    ///
    /// The bijection is the logistic function `y = 1 / (1 + exp(-x))`. Where it would round to one (from `x = 37` in
    /// double, `17` in single precision) or to zero, the nearest number inside is given: a probability of exactly one
    /// makes infinities of finite densities. The slope is exact in both tails all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, UnitInterval};
    ///
    /// assert_eq!(UnitInterval.forward_point(0.0), (0.5, 0.25));
    /// assert!(UnitInterval.forward_point(100.0).0 < 1.0);
    /// ```
    UnitInterval: Continuous
}

impl Pointwise for UnitInterval {
    fn contains<E: Element>(self, y: E) -> bool {
        y > E::zero() && y < E::one()
    }

    fn expected(self) -> String {
        "a number between 0 and 1".into()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        let Tails { lower, upper } = Tails::at(x);
        let y = if x < E::zero() { lower } else { upper };
        let y = at_most(at_least(y, E::min_positive_value()), below_one());
        (y, lower * upper)
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        math::ln(y) - math::ln_1p(-y)
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        let Tails { lower, upper } = Tails::at(x);
        let bend = if x < E::zero() { upper - lower } else { lower - upper };
        (log_slope(x), bend)
    }
}

/// The logistic function at `-|x|` and at `|x|`, each without cancellation.
pub(super) struct Tails<E> {
    /// The value in the lower half.
    pub(super) lower: E,
    /// One minus it.
    pub(super) upper: E,
}

impl<E: Element> Tails<E> {
    #[inline(always)]
    pub(super) fn at(x: E) -> Self {
        let e = math::exp(-x.abs());
        let upper = E::one() / (E::one() + e);
        Tails { lower: e * upper, upper }
    }
}

/// Returns the logarithm of the logistic function's slope.
#[inline(always)]
pub(super) fn log_slope<E: Element>(x: E) -> E {
    let size = x.abs();
    -size - E::of(2.0) * math::ln_1p(math::exp(-size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(UnitInterval, &[3], &[-0.02, 1.0, 5.0]);
        laws::assert_laws(UnitInterval, &[3, 1], &[-12.0, 3.0, 8.0]);
        laws::assert_stays_inside(UnitInterval, &[5], &[-1e4, -700.0, 40.0, 700.0, 1e4]);
        laws::assert_stays_inside(UnitInterval, &[2], &[-100f32, 18.0]);
        laws::assert_round_trip(UnitInterval, &[4], &[-700.0, -1e-9, 1e-9, 3.0], 1e-13);
    }

    #[test]
    fn slopes_are_exact_in_the_tails() {
        // numpy: exp(-50) / (1 + exp(-50))**2 and -50 - 2*log1p(exp(-50)).
        let (_, slope) = UnitInterval.forward_point(50.0_f64);
        assert!((slope / 1.928_749_847_963_917_8e-22 - 1.0).abs() < 1e-14);
        assert_eq!(log_slope(50.0_f64), -50.0);
        assert!(UnitInterval.forward_point(f64::NAN).0.is_nan());
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            UnitInterval.check(&[2], &[0.5, 1.0]).unwrap_err(),
            "element 1 is 1, expected a number between 0 and 1"
        );
    }
}

//! The real line.

use super::pointwise::Pointwise;
use crate::element::Element;

support! {
    /// All real numbers; its bijection is the identity.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, RealLine};
    ///
    /// assert_eq!(RealLine.forward_point(-3.0), (-3.0, 1.0));
    /// ```
    RealLine: Continuous
}

impl Pointwise for RealLine {
    fn contains<E: Element>(self, _y: E) -> bool {
        true
    }

    fn expected(self) -> String {
        "a number".into()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        (x, E::one())
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        y
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, _x: E) -> (E, E) {
        (E::zero(), E::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(RealLine, &[3], &[-1e-3, 2.0, 1e6]);
        laws::assert_stays_inside(RealLine, &[2], &[-1e300, 1e300]);
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        assert_eq!(
            RealLine.check(&[], &[f64::NAN]).unwrap_err(),
            "the value is NaN, expected a finite number"
        );
        assert_eq!(
            RealLine.check(&[2, 2], &[0.0, 1.0, 2.0, f64::INFINITY]).unwrap_err(),
            "element [1, 1] is inf, expected a finite number"
        );
    }
}

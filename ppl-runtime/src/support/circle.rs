//! The angles.

use super::bounded::Interval;
use super::pointwise::Pointwise;
use crate::element::Element;
use std::f64::consts::PI;

support! {
    /// The angles from `-pi` to `pi`.
    ///
    /// The bijection is that of an [`Interval`] between them: it cuts the circle at `pi`, and mass on both sides of
    /// the cut is far apart in unconstrained space.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, Circle};
    ///
    /// let (angle, slope) = Circle.forward_point(0.0_f64);
    /// assert_eq!((angle, slope), (0.0, std::f64::consts::FRAC_PI_2));
    /// ```
    Circle: Continuous
}

const TURN: Interval = Interval::new(-PI, PI);

impl Pointwise for Circle {
    fn contains<E: Element>(self, y: E) -> bool {
        TURN.contains(y)
    }

    fn expected(self) -> String {
        "an angle between -pi and pi".into()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        TURN.point(x)
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        TURN.inverse_point(y)
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        TURN.log_slope(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Circle, &[3], &[-0.02, 1.0, 5.0]);
        laws::assert_stays_inside(Circle, &[4], &[-1e4, -50.0, 50.0, 1e4]);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            Circle.check(&[1], &[4.0]).unwrap_err(),
            "element 0 is 4, expected an angle between -pi and pi"
        );
    }
}

//! The numbers between two bounds.

use super::bijection::{at_least, at_most};
use super::pointwise::Pointwise;
use super::unit_interval::{Tails, UnitInterval, log_slope};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The numbers between two bounds that a distribution's parameters give.
    ///
    /// The bounds of a parameter are the values of an [`Interval`].
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bounded, Support};
    ///
    /// assert_eq!(Bounded::NAME, "Bounded");
    /// ```
    Bounded: Continuous, Bounds
}

/// The numbers between `low` and `high`.
///
/// The bijection is a stretched logistic function, `y = low + (high - low) / (1 + exp(-x))`, formed from the nearer bound
/// so that the distance to either of them keeps its digits.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Bijection, Interval};
///
/// let correlation = Interval::new(-1.0, 1.0);
/// assert_eq!(correlation.forward_point(0.0), (0.0, 0.5));
/// assert_eq!(
///     correlation.check(&[], &[2.0]).unwrap_err(),
///     "the value is 2, expected a number between -1 and 1",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// Returns the interval between two bounds, which are checked where it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, Interval};
    ///
    /// let empty = Interval::new(3.0, 1.0);
    /// let refusal = Bijection::<f64>::unconstrained_shape(&empty, &[]).unwrap_err();
    /// assert_eq!(refusal, "the bounds of an interval must be finite and increasing, got 3 and 1");
    /// ```
    pub const fn new(low: f64, high: f64) -> Self {
        Interval { low, high }
    }
}

/// Returns the number next to `bound` on the side that `sign` says, or the one after it.
#[inline(always)]
fn beside<E: Element>(bound: E, sign: E) -> E {
    bound + sign * at_least(bound.abs() * E::epsilon(), E::min_positive_value())
}

impl Pointwise for Interval {
    fn check_map<E: Element>(self) -> Result<(), String> {
        let Interval { low, high } = self;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(format!(
                "the bounds of an interval must be finite and increasing, got {low} and {high}"
            ));
        }
        let (near, far) = (E::of(low), E::of(high));
        if !(near.is_finite() && (far - near).is_finite()) {
            return Err(format!("the interval from {low} to {high} is too wide for {}", E::NAME));
        }
        if beside(near, E::one()) >= beside(far, -E::one()) {
            return Err(format!("the interval from {low} to {high} is too narrow for {}", E::NAME));
        }
        Ok(())
    }

    fn contains<E: Element>(self, y: E) -> bool {
        y > E::of(self.low) && y < E::of(self.high)
    }

    fn expected(self) -> String {
        format!("a number between {} and {}", self.low, self.high)
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        let (low, high) = (E::of(self.low), E::of(self.high));
        let width = high - low;
        let Tails { lower, upper } = Tails::at(x);
        let reach = width * lower;
        let y = if x < E::zero() { low + reach } else { high - reach };
        let y = at_most(at_least(y, beside(low, E::one())), beside(high, -E::one()));
        (y, reach * upper)
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        math::ln(y - E::of(self.low)) - math::ln(E::of(self.high) - y)
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        let width = E::of(self.high) - E::of(self.low);
        (math::ln(width) + log_slope(x), UnitInterval.log_slope(x).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Interval::new(-1.0, 1.0), &[3], &[-0.02, 1.0, 5.0]);
        laws::assert_laws(Interval::new(10.0, 250.0), &[3], &[-7.0, 3.0, 0.3]);
        for interval in [Interval::new(-1.0, 1.0), Interval::new(0.0, 1e-3), Interval::new(-1e300, -1.0)] {
            laws::assert_stays_inside(interval, &[4], &[-1e4, -50.0, 50.0, 1e4]);
        }
        laws::assert_round_trip(Interval::new(0.0, 5.0), &[3], &[-600.0, 1e-9, 2.0], 1e-13);
    }

    #[test]
    fn it_is_the_unit_interval_between_zero_and_one() {
        for x in [-30.0, -1.0, 0.2, 20.0] {
            let (y, slope) = Interval::new(0.0, 1.0).point(x);
            let (expected, expected_slope): (f64, f64) = UnitInterval.point(x);
            assert!((y / expected - 1.0).abs() < 1e-15 && (slope / expected_slope - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn bounds_without_interior_are_refused() {
        let refusal =
            |low, high| Bijection::<f32>::check(&Interval::new(low, high), &[], &[0.5]).unwrap_err();
        assert_eq!(refusal(1.0, 1.0), "the bounds of an interval must be finite and increasing, got 1 and 1");
        assert_eq!(
            refusal(0.0, f64::INFINITY),
            "the bounds of an interval must be finite and increasing, got 0 and inf"
        );
        assert!(refusal(0.0, f64::NAN).contains("NaN"));
        assert_eq!(refusal(1.0, 1.0 + 1e-12), "the interval from 1 to 1.000000000001 is too narrow for f32");
        assert_eq!(refusal(0.0, 1e39).split(" to ").next(), Some("the interval from 0"));
        assert!(refusal(0.0, 1e39).ends_with("is too wide for f32"));
    }
}

//! The positive numbers, by a map that is nearly the identity where they are large.

use super::pointwise::Pointwise;
use super::positive::{Positive, nearest_positive};
use crate::element::Element;
use crate::kernel::math;

/// The map `ln(1 + e^x)` onto the positive numbers.
///
/// Steps of `x` are relative steps of small values and absolute steps of large ones. Where the value would round to zero
/// it is the smallest normal number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Bijection, Softplus};
///
/// let (y, slope) = Softplus.forward_point(0.0_f64);
/// assert!((y - 2f64.ln()).abs() < 1e-15 && slope == 0.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

impl Pointwise for Softplus {
    fn contains<E: Element>(self, y: E) -> bool {
        Positive.contains(y)
    }

    fn expected(self) -> String {
        Positive.expected()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        (nearest_positive(math::softplus(x)), math::sigmoid(x))
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        // `ln(e^y - 1)`, from the side that keeps the digits.
        y + math::ln(-(-y).exp_m1())
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        (-math::softplus(-x), math::sigmoid(-x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Softplus, &[3], &[-0.02, 1.0, 5.0]);
        laws::assert_laws(Softplus, &[1, 3], &[-9.0, -3.0, 30.0]);
        laws::assert_stays_inside(Softplus, &[4], &[-1e4, -700.0, 700.0, 1e4]);
        laws::assert_stays_inside(Softplus, &[], &[-90f32]);
        laws::assert_round_trip(Softplus, &[4], &[-700.0, -1e-9, 1e-9, 700.0], 1e-13);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            Softplus.check(&[2], &[1.0, 0.0]).unwrap_err(),
            "element 1 is 0, expected a number above 0"
        );
    }
}

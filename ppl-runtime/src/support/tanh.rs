//! The numbers between -1 and 1.

use super::bijection::{at_least, at_most, below_one};
use super::pointwise::Pointwise;
use crate::element::Element;
use crate::kernel::math;

/// The hyperbolic tangent, onto the numbers between -1 and 1.
///
/// Where it would round to a bound (from `x = 19` in double, `9` in single precision) the nearest number inside is given; the
/// slope is exact all the same.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Bijection, Tanh};
///
/// assert_eq!(Tanh.forward_point(0.0), (0.0, 1.0));
/// assert!(Tanh.forward_point(100.0).0 < 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

impl Pointwise for Tanh {
    fn contains<E: Element>(self, y: E) -> bool {
        y > -E::one() && y < E::one()
    }

    fn expected(self) -> String {
        "a number between -1 and 1".into()
    }

    #[inline(always)]
    fn point<E: Element>(self, x: E) -> (E, E) {
        let edge: E = below_one();
        let sech = sech(x);
        (at_most(at_least(math::tanh(x), -edge), edge), sech * sech)
    }

    fn inverse_point<E: Element>(self, y: E) -> E {
        E::of(0.5) * (math::ln_1p(y) - math::ln_1p(-y))
    }

    #[inline(always)]
    fn log_slope<E: Element>(self, x: E) -> (E, E) {
        // 1 - tanh^2 x = sech^2 x.
        (E::of(2.0) * ln_sech(x), -E::of(2.0) * math::tanh(x))
    }
}

/// Returns `1 / cosh(x)` without overflow.
#[inline(always)]
pub(super) fn sech<E: Element>(x: E) -> E {
    let e = math::exp(-x.abs());
    E::of(2.0) * e / (E::one() + e * e)
}

/// Returns `ln(1 / cosh(x))`.
#[inline(always)]
pub(super) fn ln_sech<E: Element>(x: E) -> E {
    let size = x.abs();
    E::LN_2() - size - math::ln_1p(math::exp(-E::of(2.0) * size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Tanh, &[3], &[-0.02, 1.0, 4.0]);
        laws::assert_laws(Tanh, &[3, 1], &[-3.0, 0.3, 0.01]);
        laws::assert_stays_inside(Tanh, &[5], &[-1e3, -19.5, 20.0, 100.0, 300.0]);
        laws::assert_stays_inside(Tanh, &[2], &[-20f32, 9.5]);
        laws::assert_round_trip(Tanh, &[4], &[-3.0, -1e-9, 1e-9, 3.0], 1e-13);
    }

    #[test]
    fn slopes_are_exact_in_the_tails() {
        // mpmath: sech(20)^2 and 2 ln sech(20).
        let (_, slope) = Tanh.forward_point(20.0_f64);
        assert!((slope / 1.699_341_702_116_635_6e-17 - 1.0).abs() < 1e-14, "{slope:e}");
        assert!((Tanh.log_slope(20.0_f64).0 - -38.613_705_638_880_11).abs() < 1e-13);
        assert!(Tanh.forward_point(f64::NAN).0.is_nan());
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            Tanh.check(&[2], &[0.5, 1.0]).unwrap_err(),
            "element 1 is 1, expected a number between -1 and 1"
        );
    }
}

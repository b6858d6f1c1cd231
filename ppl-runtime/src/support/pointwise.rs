//! Bijections of each element alone.

use super::bijection::{Bijection, element_name};
use crate::element::Element;
use crate::kernel::simd::vectorised;

/// A bijection of single numbers, from which [`Bijection`] of arrays of any shape follows.
pub(super) trait Pointwise: Copy {
    /// Refuses a map that is none (an interval without interior).
    fn check_map<E: Element>(self) -> Result<(), String> {
        Ok(())
    }

    /// Returns whether `y` lies in the interior of the support.
    fn contains<E: Element>(self, y: E) -> bool;

    /// Returns what was expected, to be read after that word: `a number above 0`.
    fn expected(self) -> String;

    /// Returns `y` and `dy/dx`.
    fn point<E: Element>(self, x: E) -> (E, E);

    /// Returns `x` for a `y` in the interior.
    fn inverse_point<E: Element>(self, y: E) -> E;

    /// Returns `ln |dy/dx|` and its derivative by `x`.
    fn log_slope<E: Element>(self, x: E) -> (E, E);
}

vectorised! {
    fn forward<E: Element, P: Pointwise>(map: P, x: &[E], y: &mut [E]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = map.point(x).0;
        }
    }
}

vectorised! {
    fn pull_back<E: Element, P: Pointwise>(map: P, x: &[E], dy: &[E], dx: &mut [E]) {
        for ((dx, &dy), &x) in dx.iter_mut().zip(dy).zip(x) {
            *dx += dy * map.point(x).1;
        }
    }
}

vectorised! {
    fn log_det_pull_back<E: Element, P: Pointwise>(map: P, x: &[E], seed: E, dx: &mut [E]) {
        for (dx, &x) in dx.iter_mut().zip(x) {
            *dx += seed * map.log_slope(x).1;
        }
    }
}

impl<E: Element, P: Pointwise> Bijection<E> for P {
    const ELEMENTWISE: bool = true;

    fn unconstrained_shape(&self, shape: &[usize]) -> Result<Vec<usize>, String> {
        self.check_map::<E>()?;
        Ok(shape.to_vec())
    }

    fn check(&self, shape: &[usize], y: &[E]) -> Result<(), String> {
        self.check_map::<E>()?;
        let Some((flat, y)) = y.iter().enumerate().find(|&(_, &y)| !(y.is_finite() && self.contains(y)))
        else {
            return Ok(());
        };
        let expected = self.expected();
        // An infinity may well be a number above zero; say then what is wrong with it.
        let expected = match expected.strip_prefix("a number") {
            Some(rest) if !y.is_finite() => format!("a finite number{rest}"),
            _ => expected,
        };
        Err(format!("{} is {y}, expected {expected}", element_name(shape, flat)))
    }

    fn forward(&self, x: &[E], _shape: &[usize], y: &mut [E]) {
        forward(*self, x, y);
    }

    fn inverse(&self, y: &[E], _shape: &[usize], x: &mut [E]) {
        for (x, &y) in x.iter_mut().zip(y) {
            *x = self.inverse_point(y);
        }
    }

    fn pull_back(&self, x: &[E], _y: &[E], dy: &[E], _shape: &[usize], dx: &mut [E]) {
        pull_back(*self, x, dy, dx);
    }

    fn log_det(&self, x: &[E], _y: &[E], _shape: &[usize]) -> E {
        x.iter().map(|&x| self.log_slope(x).0).sum()
    }

    fn log_det_pull_back(&self, x: &[E], _y: &[E], _shape: &[usize], seed: E, dx: &mut [E]) {
        log_det_pull_back(*self, x, seed, dx);
    }

    #[inline(always)]
    fn forward_point(&self, x: E) -> (E, E) {
        self.point(x)
    }
}

//! Bijections of each element alone.

use super::bijection::{Bijection, element_name};
use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::shape::Shape;

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
            *dx += if dy == E::zero() { dy } else { dy * map.point(x).1 };
        }
    }
}

vectorised! {
    fn inverse_pull_back<E: Element, P: Pointwise>(map: P, x: &[E], dx: &[E], dy: &mut [E]) {
        for ((dy, &dx), &x) in dy.iter_mut().zip(dx).zip(x) {
            *dy += if dx == E::zero() { dx } else { dx / map.point(x).1 };
        }
    }
}

vectorised! {
    fn log_dets<E: Element, P: Pointwise>(map: P, x: &[E], width: usize, out: &mut [E]) {
        if width == 1 {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = map.log_slope(x).0;
            }
        } else {
            for (k, out) in out.iter_mut().enumerate() {
                *out = x[k * width..(k + 1) * width].iter().map(|&x| map.log_slope(x).0).sum();
            }
        }
    }
}

vectorised! {
    fn log_dets_pull_back<E: Element, P: Pointwise>(map: P, x: &[E], width: usize, seeds: &[E], dx: &mut [E]) {
        let weighted = |seed: E, x: E| if seed == E::zero() { seed } else { seed * map.log_slope(x).1 };
        if width == 1 {
            for ((dx, &x), &seed) in dx.iter_mut().zip(x).zip(seeds) {
                *dx += weighted(seed, x);
            }
        } else {
            for (k, (dx, &x)) in dx.iter_mut().zip(x).enumerate() {
                *dx += weighted(seeds[k / width], x);
            }
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

    fn constrained_shape(&self, free: Shape) -> Result<Shape, String> {
        self.check_map::<E>()?;
        Ok(free)
    }

    fn check(&self, shape: &[usize], y: &[E]) -> Result<(), String> {
        self.check_map::<E>()?;
        let Some((flat, y)) =
            y.iter().enumerate().find(|&(_, &y)| !(y.is_finite() && Pointwise::contains(*self, y)))
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

    fn inverse_pull_back(&self, x: &[E], _y: &[E], dx: &[E], _shape: &[usize], dy: &mut [E]) {
        inverse_pull_back(*self, x, dx, dy);
    }

    fn log_det(&self, x: &[E], _y: &[E], _shape: &[usize]) -> E {
        x.iter().map(|&x| self.log_slope(x).0).sum()
    }

    fn log_det_pull_back(&self, x: &[E], _y: &[E], _shape: &[usize], seed: E, dx: &mut [E]) {
        log_det_pull_back(*self, x, seed, dx);
    }

    fn contains(&self, _shape: &[usize], y: &[E]) -> bool {
        y.iter().all(|&y| y.is_finite() && Pointwise::contains(*self, y))
    }

    fn log_dets(&self, x: &[E], _y: &[E], _shape: &[usize], out: &mut [E]) {
        log_dets(*self, x, x.len() / out.len().max(1), out);
    }

    fn log_dets_pull_back(&self, x: &[E], _y: &[E], _shape: &[usize], seeds: &[E], dx: &mut [E]) {
        log_dets_pull_back(*self, x, x.len() / seeds.len().max(1), seeds, dx);
    }

    #[inline(always)]
    fn forward_point(&self, x: E) -> (E, E) {
        self.point(x)
    }
}

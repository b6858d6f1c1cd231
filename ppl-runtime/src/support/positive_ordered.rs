//! The vectors of increasing positive numbers.

use super::ordered::{check_increasing, climb, log_steps_into, log_steps_pull_back, pull_back_steps};
use super::positive::positive_exp;
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The vectors of increasing positive numbers.
    ///
    /// The bijection is a running sum of positive steps: `y[k] = exp(x[0]) + ... + exp(x[k])`; `ln |det J|` is the sum
    /// of `x` (Stan reference manual, "Positive ordered vector").
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, PositiveOrdered};
    ///
    /// let mut cuts = [0.0; 3];
    /// PositiveOrdered.forward(&[0.0, 0.0, 0.0], &[3], &mut cuts);
    /// assert_eq!(cuts, [1.0, 2.0, 3.0]);
    /// assert_eq!(
    ///     PositiveOrdered.check(&[2], &[-1.0, 2.0]).unwrap_err(),
    ///     "element 0 is -1, expected a number above 0",
    /// );
    /// ```
    PositiveOrdered: Continuous
}

bijection_by_rows!(PositiveOrdered);

impl Rowwise for PositiveOrdered {
    const RANK: usize = 1;
    const SMALLEST: usize = 0;

    fn free(n: usize) -> usize {
        n
    }

    fn check_row<E: Element>(_n: usize, y: &[E]) -> Result<(), Broken> {
        match y.first() {
            Some(&first) if first <= E::zero() => Err(Broken::Element(0, "a number above 0".into())),
            _ => check_increasing(y),
        }
    }

    fn forward_row<E: Element>(_n: usize, x: &[E], y: &mut [E]) {
        climb(x.first().map_or_else(E::zero, |&x| positive_exp(x)), x, y);
    }

    fn inverse_row<E: Element>(_n: usize, y: &[E], x: &mut [E]) {
        if let (Some(x), Some(&y)) = (x.first_mut(), y.first()) {
            *x = math::ln(y);
        }
        log_steps_into(y, x);
    }

    fn pull_back_row<E: Element>(_n: usize, x: &[E], _y: &[E], dy: &[E], dx: &mut [E]) {
        let first = pull_back_steps(x, dy, dx);
        if let (Some(dx), Some(&x)) = (dx.first_mut(), x.first()) {
            *dx += positive_exp(x) * first;
        }
    }

    fn inverse_pull_back_row<E: Element>(_n: usize, _x: &[E], y: &[E], dx: &[E], dy: &mut [E]) {
        if let (Some(dy), Some(&dx), Some(&y)) = (dy.first_mut(), dx.first(), y.first()) {
            *dy += dx / y;
        }
        log_steps_pull_back(y, dx, dy);
    }

    fn log_det_row<E: Element>(_n: usize, x: &[E], _y: &[E]) -> E {
        x.iter().copied().sum()
    }

    fn log_det_pull_back_row<E: Element>(_n: usize, _x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        for dx in dx {
            *dx += seed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(PositiveOrdered, &[4], &[-2.0, 1.0, -3.0, 0.02]);
        laws::assert_laws(PositiveOrdered, &[2, 2], &[3.0, 1.0, -4.0, 2.0]);
        laws::assert_laws(PositiveOrdered, &[0], &[]);
        laws::assert_stays_inside(PositiveOrdered, &[4], &[-1e4, -100.0, -1e4, 300.0]);
        laws::assert_stays_inside(PositiveOrdered, &[3], &[50f32, -20.0, 5.0]);
        laws::assert_round_trip(PositiveOrdered, &[3], &[-700.0, -600.0, 500.0], 1e-13);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            PositiveOrdered.check(&[2], &[1.0, 1.0]).unwrap_err(),
            "element 1 is 1, expected more than the element before it, 1"
        );
    }
}

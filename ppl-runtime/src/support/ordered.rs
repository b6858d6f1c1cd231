//! The vectors of increasing numbers.

use super::bijection::at_least;
use super::positive::positive_exp;
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::Element;

support! {
    /// The vectors of increasing numbers.
    ///
    /// The bijection keeps the first coordinate and adds positive steps: `y[0] = x[0]`, `y[k] = y[k-1] + exp(x[k])`;
    /// `ln |det J|` is the sum of all `x` but the first (Stan reference manual, "Ordered vector").
    /// A step that would vanish by rounding is the smallest one that does not.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, Ordered};
    ///
    /// let mut cuts = [0.0; 3];
    /// Ordered.forward(&[-1.0, 0.0, 0.0], &[3], &mut cuts);
    /// assert_eq!(cuts, [-1.0, 0.0, 1.0]);
    /// assert_eq!(
    ///     Ordered.check(&[3], &[0.0, 2.0, 1.0]).unwrap_err(),
    ///     "element 2 is 1, expected more than the element before it, 2",
    /// );
    /// ```
    Ordered: Continuous
}

bijection_by_rows!(Ordered);

/// Writes `first` and the running sums of `exp(x[1..])` onto it.
pub(super) fn climb<E: Element>(first: E, x: &[E], y: &mut [E]) {
    let Some((start, rest)) = y.split_first_mut() else { return };
    *start = first;
    let mut last = first;
    for (y, &x) in rest.iter_mut().zip(&x[1..]) {
        last += at_least(positive_exp(x), last.abs() * E::epsilon());
        *y = last;
    }
}

/// Refuses elements that do not increase.
pub(super) fn check_increasing<E: Element>(y: &[E]) -> Result<(), Broken> {
    match (1..y.len()).find(|&k| y[k] <= y[k - 1]) {
        Some(k) => Err(Broken::Element(k, format!("more than the element before it, {}", y[k - 1]))),
        None => Ok(()),
    }
}

/// Writes the logarithms of the steps of `y` into `x[1..]`.
pub(super) fn log_steps_into<E: Element>(y: &[E], x: &mut [E]) {
    for k in 1..y.len() {
        x[k] = crate::kernel::math::ln(y[k] - y[k - 1]);
    }
}

/// Adds to `dy` what the steps' logarithms `x[1..]` hand on.
pub(super) fn log_steps_pull_back<E: Element>(y: &[E], dx: &[E], dy: &mut [E]) {
    for k in 1..y.len() {
        let share = dx[k] / (y[k] - y[k - 1]);
        dy[k] += share;
        dy[k - 1] -= share;
    }
}

/// Adds the derivatives by `x[1..]` and returns the one by the first element of `y`.
pub(super) fn pull_back_steps<E: Element>(x: &[E], dy: &[E], dx: &mut [E]) -> E {
    let mut above = E::zero();
    for k in (1..x.len()).rev() {
        above += dy[k];
        dx[k] += positive_exp(x[k]) * above;
    }
    dy.first().map_or(above, |&dy| above + dy)
}

impl Rowwise for Ordered {
    const RANK: usize = 1;
    const SMALLEST: usize = 0;

    fn free(n: usize) -> usize {
        n
    }

    fn check_row<E: Element>(_n: usize, y: &[E]) -> Result<(), Broken> {
        check_increasing(y)
    }

    fn forward_row<E: Element>(_n: usize, x: &[E], y: &mut [E]) {
        climb(x.first().copied().unwrap_or_default(), x, y);
    }

    fn inverse_row<E: Element>(_n: usize, y: &[E], x: &mut [E]) {
        if let (Some(x), Some(&y)) = (x.first_mut(), y.first()) {
            *x = y;
        }
        log_steps_into(y, x);
    }

    fn pull_back_row<E: Element>(_n: usize, x: &[E], _y: &[E], dy: &[E], dx: &mut [E]) {
        let first = pull_back_steps(x, dy, dx);
        if let Some(dx) = dx.first_mut() {
            *dx += first;
        }
    }

    fn inverse_pull_back_row<E: Element>(_n: usize, _x: &[E], y: &[E], dx: &[E], dy: &mut [E]) {
        if let (Some(dy), Some(&dx)) = (dy.first_mut(), dx.first()) {
            *dy += dx;
        }
        log_steps_pull_back(y, dx, dy);
    }

    fn log_det_row<E: Element>(_n: usize, x: &[E], _y: &[E]) -> E {
        x.iter().skip(1).copied().sum()
    }

    fn log_det_pull_back_row<E: Element>(_n: usize, _x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        for dx in dx.iter_mut().skip(1) {
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
        laws::assert_laws(Ordered, &[4], &[-2.0, 1.0, -3.0, 0.02]);
        laws::assert_laws(Ordered, &[2, 3], &[10.0, 1.0, -1.0, -4.0, 2.0, 3.0]);
        laws::assert_laws(Ordered, &[1], &[7.0]);
        laws::assert_laws(Ordered, &[0], &[]);
        laws::assert_stays_inside(Ordered, &[4], &[1e10, -100.0, -1e4, 300.0]);
        laws::assert_stays_inside(Ordered, &[3], &[0.0, -1e4, -1e4]);
        laws::assert_stays_inside(Ordered, &[3], &[-100f32, -20.0, 5.0]);
        laws::assert_round_trip(Ordered, &[3], &[0.0, -600.0, 500.0], 1e-13);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            Ordered.check(&[2, 2], &[0.0, 1.0, 2.0, 2.0]).unwrap_err(),
            "element [1, 1] is 2, expected more than the element before it, 2"
        );
        let shape = Bijection::<f64>::unconstrained_shape(&Ordered, &[]).unwrap_err();
        assert_eq!(shape, "expected a vector [n], got shape []");
    }
}

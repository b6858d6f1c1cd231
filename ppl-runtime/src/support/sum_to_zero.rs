//! The vectors of numbers that sum to zero.

use super::contrasts::{add_contrasts, for_each_element};
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::{Element, Numeric};

support! {
    /// The vectors of numbers that sum to zero.
    ///
    /// The bijection is `y = V x`, where the `n-1` columns of `V` are orthonormal and sum to zero: the Helmert contrasts that
    /// [`Simplex`](super::Simplex) has its log-ratios by. Distances in `x` are distances in `y`, so that no element is privileged.
    ///
    /// Volumes on this hyperplane are measured in it (and not by the first `n-1` elements, where they would be smaller by
    /// the constant factor `sqrt(n)`): `ln |det J| = 0`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, SumToZero};
    ///
    /// let mut effects = [0.0_f64; 3];
    /// SumToZero.forward(&[2.0_f64.sqrt(), 6.0_f64.sqrt()], &[3], &mut effects);
    /// let expected = [2.0, 0.0, -2.0];
    /// assert!(effects.iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 1e-15));
    /// assert_eq!(
    ///     SumToZero.check(&[2], &[0.5, -0.25]).unwrap_err(),
    ///     "the vector sums to 0.25, expected numbers that sum to 0",
    /// );
    /// ```
    ///
    /// # References
    ///
    /// Egozcue, Pawlowsky-Glahn, Mateu-Figueras and Barcelo-Vidal (2003), Isometric logratio transformations for
    /// compositional data analysis, Mathematical Geology 35, 279-300, which the `sum_to_zero_vector` of Stan is made by, too.
    SumToZero: Continuous
}

bijection_by_rows!(SumToZero);

/// Returns whether finite numbers sum to zero: to half their digits, which is what survives in numbers that a user has rounded or
/// centred. What is as small as rounding beside `unit` counts as zero, too: all that is left where equal numbers are centred.
pub(crate) fn sums_to_zero<E: Numeric>(y: &[E], unit: E) -> bool {
    let largest = y.iter().fold(0.0, |largest, y| y.as_f64().abs().max(largest));
    if largest < E::min_positive_value().as_f64() {
        // Subnormal numbers have no such digits.
        return true;
    }
    // In units of the largest number, so that nothing overflows.
    let (mut sum, mut size) = (0.0, unit.as_f64().max(0.0) / largest);
    for y in y {
        let y = y.as_f64() / largest;
        sum += y;
        size += y.abs();
    }
    sum.abs() <= E::epsilon().as_f64().sqrt() * size
}

impl Rowwise for SumToZero {
    const RANK: usize = 1;
    const SMALLEST: usize = 1;

    fn free(n: usize) -> usize {
        n.saturating_sub(1)
    }

    fn check_row<E: Element>(_n: usize, y: &[E]) -> Result<(), Broken> {
        if sums_to_zero(y, E::zero()) {
            return Ok(());
        }
        let sum: E = y.iter().copied().sum();
        Err(Broken::Whole(format!("sums to {sum}, expected numbers that sum to 0")))
    }

    fn forward_row<E: Element>(_n: usize, x: &[E], y: &mut [E]) {
        for_each_element(x, |i, z| y[i] = z);
    }

    fn inverse_row<E: Element>(_n: usize, y: &[E], x: &mut [E]) {
        x.fill(E::zero());
        add_contrasts(x, |i| y[i]);
    }

    fn pull_back_row<E: Element>(_n: usize, _x: &[E], _y: &[E], dy: &[E], dx: &mut [E]) {
        add_contrasts(dx, |i| dy[i]);
    }

    fn inverse_pull_back_row<E: Element>(_n: usize, _x: &[E], _y: &[E], dx: &[E], dy: &mut [E]) {
        for_each_element(dx, |i, g| dy[i] += g);
    }

    fn log_det_row<E: Element>(_n: usize, _x: &[E], _y: &[E]) -> E {
        E::zero()
    }

    fn log_det_pull_back_row<E: Element>(_n: usize, _x: &[E], _y: &[E], _seed: E, _dx: &mut [E]) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws_on_surface(SumToZero, &[4], &[-0.4, 1.0, 3.0]);
        laws::assert_laws_on_surface(SumToZero, &[2, 3], &[0.3, -1.0, 4.0, 0.6]);
        laws::assert_laws_on_surface(SumToZero, &[2], &[7.0]);
        laws::assert_laws_on_surface(SumToZero, &[3, 1], &[]);
        laws::assert_stays_inside(SumToZero, &[4], &[-1e4, 30.0, 1e4]);
        laws::assert_stays_inside(SumToZero, &[4], &[-1e307, 1e-307, 1e307]);
        laws::assert_stays_inside(SumToZero, &[3], &[5e-324, -1e-310]);
        laws::assert_stays_inside(SumToZero, &[3], &[1e20f32, -90.0]);
        let many: Vec<f32> = (0..9999).map(|k| (k as f32).sin()).collect();
        laws::assert_stays_inside(SumToZero, &[10_000], &many);
        laws::assert_round_trip(SumToZero, &[4], &[-2e150, 3e149, 3e150], 1e-12);
    }

    #[test]
    fn the_map_is_an_isometry() {
        let forward = |x: [f64; 3]| {
            let mut y = [0.0; 4];
            SumToZero.forward(&x, &[4], &mut y);
            y
        };
        let (a, b) = ([0.4, -1.3, 2.2], [3.0, 0.0, -1.0]);
        let distance: f64 = forward(a).iter().zip(forward(b)).map(|(a, b)| (a - b).powi(2)).sum();
        let expected: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((distance / expected - 1.0).abs() < 1e-14);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            SumToZero.check(&[2, 2], &[0.5, -0.5, 1.0, 0.5]).unwrap_err(),
            "vector 1 sums to 1.5, expected numbers that sum to 0"
        );
        assert_eq!(
            SumToZero.check(&[2], &[f64::NAN, 0.0]).unwrap_err(),
            "element 0 is NaN, expected a finite number"
        );
        assert!(SumToZero.check(&[2], &[f64::MAX, f64::MAX]).is_err());
        assert!(SumToZero.check(&[1], &[0.1]).is_err());
        let shape = Bijection::<f64>::unconstrained_shape(&SumToZero, &[]).unwrap_err();
        assert_eq!(shape, "expected a vector [n] with n of at least 1, got shape []");
        assert_eq!(Bijection::<f64>::unconstrained_shape(&SumToZero, &[5, 3]), Ok(vec![5, 2]));
    }

    #[test]
    fn what_is_rounded_sums_to_zero() {
        for y in [&[0.1, 0.2, -0.3][..], &[1e300, -1e300, 1e290], &[1e-320, -5e-324], &[0.0], &[]] {
            assert!(sums_to_zero(y, 0.0), "{y:?}");
        }
        assert!(sums_to_zero(&[0.333_f32, 0.333, -0.666_1], 0.0));
        assert!(!sums_to_zero(&[0.33_f32, 0.33, -0.67], 0.0));
        for y in [&[0.333, 0.333, -0.666_1][..], &[1e-300], &[f64::MAX, 1e300]] {
            assert!(!sums_to_zero(y, 0.0), "{y:?}");
        }
        assert!(!sums_to_zero(&[1e-17, 1e-17], 0.0) && !sums_to_zero(&[1e-17, 1e-17], f64::NAN));
        assert!(sums_to_zero(&[1e-17, 1e-17], 1.0) && sums_to_zero(&[1e-300], f64::MAX));
        assert!(!sums_to_zero(&[1e-6, 1e-6], 1.0));
    }
}

//! The directions: vectors of length one.

use super::contrasts::{add_contrasts, for_each_element};
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::{Element, Numeric};

support! {
    /// The vectors of length one in two or more dimensions: the points of a sphere, which are directions.
    ///
    /// The bijection is the stereographic projection around the vector of equal positive elements, `c = [1, .., 1] / sqrt(n)`:
    /// `y = s V x + (s - 1) c` with `s = 2 / (1 + |x|^2)`, where the `n-1` columns of `V` are the orthonormal contrasts of
    /// [`SumToZero`](super::SumToZero). Angles in `x` are angles in `y`, and no element is privileged.
    ///
    /// No bijection covers the whole of a sphere. This one leaves out a point, `-c`, which is infinitely far away: a parameter that has to come
    /// near to it moves ever more slowly. `raw / (raw * raw).sum().sqrt()` of an unconstrained vector `raw` has no such point, and one coordinate too many.
    ///
    /// Volumes are measured in the sphere: `ln |det J| = (n - 1) ln(s)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, UnitVector};
    ///
    /// let mut y = [0.0_f64; 2];
    /// // Half way to what is left out: at a right angle to `[1, 1]`.
    /// UnitVector.forward(&[1.0], &[2], &mut y);
    /// let expected = [0.5_f64.sqrt(), -0.5_f64.sqrt()];
    /// assert!(y.iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 1e-15));
    /// assert_eq!(UnitVector.check(&[2], &[3.0, 4.0]).unwrap_err(), "the vector has length 5, expected 1");
    /// ```
    UnitVector: Continuous
}

bijection_by_rows!(UnitVector);

/// Returns the length of a vector.
pub(crate) fn length<E: Numeric>(y: &[E]) -> f64 {
    y.iter().map(|y| y.as_f64() * y.as_f64()).sum::<f64>().sqrt()
}

/// Returns whether a vector has length one: to half its digits, which is what survives in numbers that a user has rounded. NaN is no
/// number of that length.
pub(crate) fn has_unit_length<E: Numeric>(y: &[E]) -> bool {
    (length(y) - 1.0).abs() <= E::epsilon().as_f64().sqrt()
}

/// Returns an element of the centre of the projection.
fn centre(n: usize) -> f64 {
    (n as f64).sqrt().recip()
}

/// Returns `[s, s - 1, ln(s)]` at these coordinates.
fn stretch<E: Element>(x: &[E]) -> [f64; 3] {
    let largest = x.iter().fold(0.0, |largest, x| x.as_f64().abs().max(largest));
    if largest == 0.0 {
        return [2.0, 1.0, std::f64::consts::LN_2];
    }
    // In units of the largest coordinate, so that nothing overflows.
    let units = x.iter().map(|x| (x.as_f64() / largest).powi(2)).sum::<f64>().sqrt();
    if units <= largest.recip() {
        let r = largest * units;
        let s = 2.0 / (1.0 + r * r);
        [s, (1.0 - r) * (1.0 + r) * 0.5 * s, s.ln()]
    } else {
        let a = units.recip() / largest;
        let half = (1.0 + a * a).recip();
        let log = std::f64::consts::LN_2 - 2.0 * (largest.ln() + units.ln()) - (a * a).ln_1p();
        [2.0 * a * a * half, (a - 1.0) * (a + 1.0) * half, log]
    }
}

impl Rowwise for UnitVector {
    const RANK: usize = 1;
    const SMALLEST: usize = 2;

    fn free(n: usize) -> usize {
        n.saturating_sub(1)
    }

    fn check_row<E: Element>(_n: usize, y: &[E]) -> Result<(), Broken> {
        if has_unit_length(y) {
            return Ok(());
        }
        Err(Broken::Whole(format!("has length {}, expected 1", E::of(length(y)))))
    }

    fn forward_row<E: Element>(n: usize, x: &[E], y: &mut [E]) {
        let ([s, along, _], c) = (stretch(x), centre(n));
        // So far away that nothing is left, the coordinates may overflow.
        let across = |z: E| if s > 0.0 { s * z.as_f64() } else { 0.0 };
        for_each_element(x, |i, z| y[i] = E::of(across(z) + along * c));
    }

    fn inverse_row<E: Element>(n: usize, y: &[E], x: &mut [E]) {
        let length = length(y);
        let along = centre(n) * y.iter().map(|y| y.as_f64() / length).sum::<f64>();
        x.fill(E::zero());
        add_contrasts(x, |i| E::of(y[i].as_f64() / length));
        let square: f64 = x.iter().map(|x| x.as_f64() * x.as_f64()).sum();
        // Beyond a right angle by what lies across, since the rest is close to minus one.
        let s = if along < 0.0 { square / (1.0 + (1.0 - square).max(0.0).sqrt()) } else { 1.0 + along };
        if s > 0.0 {
            x.iter_mut().for_each(|x| *x = E::of(x.as_f64() / s));
        } else {
            // What is left out has the coordinates of a neighbour that rounds to it.
            x[0] = E::epsilon().recip();
        }
    }

    fn pull_back_row<E: Element>(n: usize, x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
        let ([s, ..], c) = (stretch(x), centre(n));
        let along: f64 = y.iter().zip(dy).map(|(y, d)| (y.as_f64() + c) * d.as_f64()).sum();
        add_contrasts(dx, |i| E::of(s * dy[i].as_f64()));
        for (dx, &x) in dx.iter_mut().zip(x) {
            *dx -= E::of(along * (s * x.as_f64()));
        }
    }

    fn inverse_pull_back_row<E: Element>(n: usize, x: &[E], _y: &[E], dx: &[E], dy: &mut [E]) {
        let ([s, ..], c) = (stretch(x), centre(n));
        let along: f64 = x.iter().zip(dx).map(|(x, d)| x.as_f64() * d.as_f64()).sum();
        for_each_element(dx, |i, g| dy[i] += E::of((g.as_f64() - c * along) / s));
    }

    fn log_det_row<E: Element>(n: usize, x: &[E], _y: &[E]) -> E {
        let [.., log] = stretch(x);
        E::of((n as f64 - 1.0) * log)
    }

    fn log_det_pull_back_row<E: Element>(n: usize, x: &[E], _y: &[E], seed: E, dx: &mut [E]) {
        let [s, ..] = stretch(x);
        let slope = seed.as_f64() * (n as f64 - 1.0) * s;
        for (dx, &x) in dx.iter_mut().zip(x) {
            *dx -= E::of(slope * x.as_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    fn forward(x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; x.len() + 1];
        UnitVector.forward(x, &[x.len() + 1], &mut y);
        y
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws_on_surface(UnitVector, &[4], &[-0.4, 0.3, 0.2]);
        laws::assert_laws_on_surface(UnitVector, &[3], &[-1.4, 3.0]);
        laws::assert_laws_on_surface(UnitVector, &[2, 3], &[0.3, -1.0, 4.0, 0.6]);
        laws::assert_laws_on_surface(UnitVector, &[2], &[7.0]);
        laws::assert_laws_on_surface(UnitVector, &[2], &[0.0]);
        laws::assert_stays_inside(UnitVector, &[4], &[-1e4, 30.0, 1e4]);
        laws::assert_stays_inside(UnitVector, &[4], &[-1e307, 1e-307, 1e307]);
        laws::assert_stays_inside(UnitVector, &[3], &[f64::MAX, -f64::MAX]);
        laws::assert_stays_inside(UnitVector, &[3], &[5e-324, -1e-310]);
        laws::assert_stays_inside(UnitVector, &[3], &[1e20f32, -90.0]);
        let many: Vec<f32> = (0..9999).map(|k| (k as f32).sin()).collect();
        laws::assert_stays_inside(UnitVector, &[10_000], &many);
        laws::assert_round_trip(UnitVector, &[4], &[-2e3, 3e4, 3e5], 1e-9);
    }

    #[test]
    fn a_step_goes_along_the_great_circle() {
        // The angle from the centre is twice the arc tangent of the distance.
        let equal = [0.5; 4];
        for r in [1e-3_f64, 0.3, 1.0, 40.0] {
            let y = forward(&[0.6 * r, 0.0, -0.8 * r]);
            let chord = y.iter().zip(equal).map(|(y, c)| (y - c).powi(2)).sum::<f64>().sqrt();
            assert!((chord / (2.0 * r.atan().sin()) - 1.0).abs() < 1e-9, "{r}: {chord}");
        }
        assert_eq!(forward(&[0.0; 3]), equal);
    }

    #[test]
    fn what_is_left_out_is_far_away() {
        let opposite = [-(0.5_f64.sqrt()); 2];
        let mut x = [0.0];
        UnitVector.inverse(&opposite, &[2], &mut x);
        assert!(x[0].abs() > 1e15, "{x:?}");
        let back = forward(&x);
        assert!(back.iter().zip(opposite).all(|(a, b)| (a - b).abs() < 1e-15), "{back:?}");
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            UnitVector.check(&[2, 2], &[0.6, -0.8, 1.5, 2.0]).unwrap_err(),
            "vector 1 has length 2.5, expected 1"
        );
        assert_eq!(
            UnitVector.check(&[2], &[f64::NAN, 0.0]).unwrap_err(),
            "element 0 is NaN, expected a finite number"
        );
        assert!(UnitVector.check(&[2], &[f64::MAX, f64::MAX]).is_err());
        assert!(UnitVector.check(&[2], &[0.0, 0.0]).is_err());
        let shape = Bijection::<f64>::unconstrained_shape(&UnitVector, &[1]).unwrap_err();
        assert_eq!(shape, "expected a vector [n] with n of at least 2, got shape [1]");
        assert_eq!(Bijection::<f64>::unconstrained_shape(&UnitVector, &[5, 3]), Ok(vec![5, 2]));
    }

    #[test]
    fn what_is_rounded_has_unit_length() {
        assert!(has_unit_length(&[0.6, 0.8]) && has_unit_length(&[0.577_35_f32, 0.577_35, 0.577_35]));
        assert!(has_unit_length(&[1.0 + 1e-9, 0.0]));
        for y in [&[0.577_35, 0.577_35, 0.577_35][..], &[1.0, 1e-3], &[f64::NAN, 1.0], &[]] {
            assert!(!has_unit_length(y), "{y:?}");
        }
    }
}

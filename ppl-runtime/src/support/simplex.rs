//! The vectors of positive numbers that sum to one.

use super::bijection::at_least;
use super::contrasts::{add_contrasts, for_each_element};
use super::rowwise::{Broken, Rowwise, bijection_by_rows};
use crate::element::Element;
use crate::kernel::math;

support! {
    /// The vectors of positive numbers that sum to one.
    ///
    /// The bijection is the inverse of the isometric log-ratio transform: `y = softmax(V x)`, where the `K-1` columns of `V`
    /// are orthonormal and sum to zero (Helmert contrasts, applied in `K` steps without a matrix). At the uniform vector
    /// all singular values of its Jacobian are equal, and everywhere else no component is privileged: a step of `x` has
    /// the same length in the log-ratios whichever components it moves. Stick-breaking makes the last component depend
    /// on all `K-1` coordinates and loses its digits first.
    ///
    /// With respect to the first `K-1` components, `ln |det J| = ln(K) / 2 + sum(ln y)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Bijection, Simplex};
    ///
    /// let mut weights = [0.0_f64; 4];
    /// Simplex.forward(&[0.0; 3], &[4], &mut weights);
    /// assert_eq!(weights, [0.25; 4]);
    /// assert_eq!(
    ///     Simplex.check(&[2], &[0.5, 0.7]).unwrap_err(),
    ///     "the vector sums to 1.2, expected positive numbers that sum to 1",
    /// );
    /// ```
    ///
    /// # References
    ///
    /// Egozcue, Pawlowsky-Glahn, Mateu-Figueras and Barcelo-Vidal (2003), Isometric logratio transformations for
    /// compositional data analysis, Mathematical Geology 35, 279-300.
    Simplex: Continuous
}

bijection_by_rows!(Simplex);

impl Rowwise for Simplex {
    const RANK: usize = 1;
    const SMALLEST: usize = 1;

    fn free(n: usize) -> usize {
        n.saturating_sub(1)
    }

    fn check_row<E: Element>(_n: usize, y: &[E]) -> Result<(), Broken> {
        if let Some(place) = y.iter().position(|&y| y <= E::zero()) {
            return Err(Broken::Element(place, "positive numbers that sum to 1".into()));
        }
        // Half the digits: what survives in weights that a user has rounded or normalised.
        let sum: E = y.iter().copied().sum();
        if (sum - E::one()).abs() > E::epsilon().sqrt() {
            return Err(Broken::Whole(format!("sums to {sum}, expected positive numbers that sum to 1")));
        }
        Ok(())
    }

    fn forward_row<E: Element>(_n: usize, x: &[E], y: &mut [E]) {
        let mut largest = E::neg_infinity();
        for_each_element(x, |i, z| {
            y[i] = z;
            largest = largest.max(z);
        });
        let mut sum = E::zero();
        for y in y.iter_mut() {
            *y = math::exp(*y - largest);
            sum += *y;
        }
        let scale = sum.recip();
        for y in y {
            *y = at_least(*y * scale, E::min_positive_value());
        }
    }

    fn inverse_row<E: Element>(_n: usize, y: &[E], x: &mut [E]) {
        x.fill(E::zero());
        add_contrasts(x, |i| math::ln(y[i]));
    }

    fn pull_back_row<E: Element>(_n: usize, _x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
        let mean: E = y.iter().zip(dy).map(|(&y, &dy)| y * dy).sum();
        add_contrasts(dx, |i| y[i] * (dy[i] - mean));
    }

    fn inverse_pull_back_row<E: Element>(_n: usize, _x: &[E], y: &[E], dx: &[E], dy: &mut [E]) {
        for_each_element(dx, |i, g| dy[i] += g / y[i]);
    }

    fn log_det_row<E: Element>(n: usize, x: &[E], y: &[E]) -> E {
        // The logits sum to zero, so the sum of `ln y` is `-K` times their log-sum-exp. That is read off at the largest
        // component, which has all its digits where small ones may have been rounded into the support.
        let (mut top, mut log_sum_exp) = (E::neg_infinity(), E::zero());
        for_each_element(x, |i, z| {
            if z > top {
                top = z;
                log_sum_exp = z - math::ln(y[i]);
            }
        });
        let n = E::of(n as f64);
        E::of(0.5) * math::ln(n) - n * log_sum_exp
    }

    fn log_det_pull_back_row<E: Element>(n: usize, _x: &[E], y: &[E], seed: E, dx: &mut [E]) {
        let seed = -seed * E::of(n as f64);
        add_contrasts(dx, |i| seed * y[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Bijection;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(Simplex, &[4], &[-0.02, 1.0, 3.0]);
        laws::assert_laws(Simplex, &[2, 3], &[0.3, -1.0, 4.0, 0.01]);
        laws::assert_laws(Simplex, &[2], &[7.0]);
        laws::assert_laws(Simplex, &[3, 1], &[]);
        laws::assert_stays_inside(Simplex, &[4], &[-1e4, 30.0, 1e4]);
        laws::assert_stays_inside(Simplex, &[3], &[100f32, -90.0]);
        laws::assert_round_trip(Simplex, &[4], &[-200.0, 1e-9, 300.0], 1e-12);
    }

    #[test]
    fn the_determinant_is_half_log_k_plus_the_sum_of_logs() {
        let x = [0.4, -1.3, 2.2];
        let mut y = [0.0_f64; 4];
        Simplex.forward(&x, &[4], &mut y);
        let expected = 0.5 * 4f64.ln() + y.iter().map(|y| y.ln()).sum::<f64>();
        assert!((Simplex.log_det(&x, &y, &[4]) - expected).abs() < 1e-13);
    }

    #[test]
    fn the_map_is_an_isometry_of_log_ratios() {
        let clr = |x: [f64; 3]| {
            let mut y = [0.0; 4];
            Simplex.forward(&x, &[4], &mut y);
            let mean = y.iter().map(|y| y.ln()).sum::<f64>() / 4.0;
            y.map(|y| y.ln() - mean)
        };
        let (a, b) = ([0.4, -1.3, 2.2], [3.0, 0.0, -1.0]);
        let distance: f64 = clr(a).iter().zip(clr(b)).map(|(a, b)| (a - b).powi(2)).sum();
        let expected: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((distance / expected - 1.0).abs() < 1e-13);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(
            Simplex.check(&[2, 2], &[0.5, 0.5, 1.0, 0.0]).unwrap_err(),
            "element [1, 1] is 0, expected positive numbers that sum to 1"
        );
        assert_eq!(
            Simplex.check(&[2, 2], &[0.5, 0.5, 1.0, 0.5]).unwrap_err(),
            "vector 1 sums to 1.5, expected positive numbers that sum to 1"
        );
        assert_eq!(
            Simplex.check(&[1], &[f64::NAN]).unwrap_err(),
            "element 0 is NaN, expected a finite number"
        );
        let shape = Bijection::<f64>::unconstrained_shape(&Simplex, &[]).unwrap_err();
        assert_eq!(shape, "expected a vector [n] with n of at least 1, got shape []");
        assert!(Bijection::<f64>::unconstrained_shape(&Simplex, &[3, 0]).is_err());
        assert_eq!(Bijection::<f64>::unconstrained_shape(&Simplex, &[5, 3]), Ok(vec![5, 2]));
    }
}

//! Normal distributions of the unconstrained numbers, and a density as a function of their standard coordinates.

use crate::kernel::triangular::{cholesky_in_place, solve_in_place};
use ppl_samplers::{Target, TargetError};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A normal distribution by its mean and the lower Cholesky factor of its covariance, row by row.
#[derive(Clone, Debug)]
pub(super) struct NormalFrame {
    pub(super) mean: Vec<f64>,
    pub(super) factor: Vec<f64>,
}

impl NormalFrame {
    /// Returns the distribution with this covariance, if that is positive definite.
    pub(super) fn of(mean: Vec<f64>, mut covariance: Vec<f64>) -> Option<NormalFrame> {
        let n = mean.len();
        cholesky_in_place(&mut covariance, n);
        for i in 0..n {
            covariance[i * n + i + 1..(i + 1) * n].fill(0.0);
        }
        let is_factor =
            (0..n).all(|k| covariance[k * n + k] > 0.0) && covariance.iter().all(|l| l.is_finite());
        (is_factor && mean.iter().all(|m| m.is_finite())).then_some(NormalFrame { mean, factor: covariance })
    }

    /// Returns the distribution of some of the numbers, whatever the others are; there may be none.
    pub(super) fn of_some(&self, which: &[usize]) -> Option<NormalFrame> {
        let n = self.mean.len();
        let row = |i: usize| &self.factor[i * n..(i + 1) * n];
        let product = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum::<f64>();
        let covariance = which.iter().flat_map(|&i| which.iter().map(move |&j| product(i, j))).collect();
        let mean = which.iter().map(|&i| self.mean[i]).collect();
        NormalFrame::of(mean, covariance).filter(|_| !which.is_empty())
    }

    /// Returns the point with these standard coordinates.
    pub(super) fn point(&self, standard: &[f64]) -> Vec<f64> {
        let n = self.mean.len();
        let row =
            |i: usize| self.factor[i * n..=i * n + i].iter().zip(standard).map(|(l, w)| l * w).sum::<f64>();
        (0..n).map(|i| self.mean[i] + row(i)).collect()
    }

    /// Returns the distribution of the points whose standard coordinates have this one.
    pub(super) fn followed_by(&self, inner: &NormalFrame) -> NormalFrame {
        let n = self.mean.len();
        let mut factor = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                factor[i * n + j] = (j..=i).map(|k| self.factor[i * n + k] * inner.factor[k * n + j]).sum();
            }
        }
        NormalFrame { mean: self.point(&inner.mean), factor }
    }

    /// Returns the diagonal of the precision.
    pub(super) fn precisions(&self) -> Vec<f64> {
        let n = self.mean.len();
        let of = |k: usize| {
            // The squared lengths of the columns of the factor's inverse.
            let mut column = vec![0.0; n];
            column[k] = 1.0;
            solve_in_place(&self.factor, n, false, &mut column);
            column.iter().map(|x| x * x).sum()
        };
        (0..n).map(of).collect()
    }

    /// Estimates the evidence lower bound of the distribution; minus infinity where the density is zero or none at a draw.
    pub(super) fn elbo(&self, target: &mut dyn Target, draws: usize, seed: u64) -> Result<f64, TargetError> {
        let n = self.mean.len();
        let log_det: f64 = (0..n).map(|k| self.factor[k * n + k].ln()).sum();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (mut sum, mut gradient) = (0.0, vec![0.0; n]);
        for _ in 0..draws {
            let noise: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
            match target.log_density_and_gradient(&self.point(&noise), &mut gradient) {
                Ok(log) => sum += log + 0.5 * noise.iter().map(|z| z * z).sum::<f64>(),
                Err(error) if error.is_recoverable() => return Ok(f64::NEG_INFINITY),
                Err(error) => return Err(error),
            }
        }
        Ok(sum / draws as f64 + log_det + 0.5 * n as f64 * (2.0 * std::f64::consts::PI).ln())
    }
}

/// A density as a function of the standard coordinates of a normal distribution.
pub(super) struct Whitened<'a> {
    pub(super) target: &'a mut dyn Target,
    pub(super) frame: &'a NormalFrame,
}

impl Target for Whitened<'_> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn log_density_and_gradient(
        &mut self,
        standard: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, TargetError> {
        let n = standard.len();
        let mut by_point = vec![0.0; n];
        let log = self.target.log_density_and_gradient(&self.frame.point(standard), &mut by_point)?;
        for (j, to) in gradient.iter_mut().enumerate() {
            *to = (j..n).map(|i| self.frame.factor[i * n + j] * by_point[i]).sum();
        }
        Ok(log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> NormalFrame {
        NormalFrame::of(vec![1.0, -2.0], vec![4.0, 1.0, 1.0, 0.5]).unwrap()
    }

    /// The standard normal density in two dimensions.
    struct Standard;

    impl Target for Standard {
        fn dim(&self) -> usize {
            2
        }

        fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
            gradient.iter_mut().zip(x).for_each(|(g, x)| *g = -x);
            Ok(-0.5 * x.iter().map(|x| x * x).sum::<f64>() - (2.0 * std::f64::consts::PI).ln())
        }
    }

    #[test]
    fn the_factor_is_that_of_the_covariance() {
        let frame = frame();
        let [a, b, c, d] = frame.factor[..] else { panic!() };
        assert_eq!(b, 0.0);
        assert!(
            (a * a - 4.0).abs() < 1e-15 && (a * c - 1.0).abs() < 1e-15 && (c * c + d * d - 0.5).abs() < 1e-15
        );
        // The inverse of [[4, 1], [1, .5]] is [[.5, -1], [-1, 4]].
        let precisions = frame.precisions();
        assert!((precisions[0] - 0.5).abs() < 1e-14 && (precisions[1] - 4.0).abs() < 1e-14);
        assert!(NormalFrame::of(vec![0.0; 2], vec![1.0, 2.0, 2.0, 1.0]).is_none());
    }

    #[test]
    fn some_numbers_have_their_part_of_the_covariance() {
        let second = frame().of_some(&[1]).unwrap();
        assert!(second.mean == [-2.0] && (second.factor[0] - 0.5f64.sqrt()).abs() < 1e-15);
        assert!(frame().of_some(&[]).is_none());
    }

    #[test]
    fn frames_follow_each_other() {
        let (outer, inner) = (frame(), NormalFrame::of(vec![0.5, 0.1], vec![1.0, 0.2, 0.2, 2.0]).unwrap());
        let both = outer.followed_by(&inner);
        for w in [[0.3, -0.7], [2.0, 1.0]] {
            let expected = outer.point(&inner.point(&w));
            for (a, b) in both.point(&w).iter().zip(&expected) {
                assert!((a - b).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn gradients_are_by_the_standard_coordinates() {
        let frame = frame();
        let mut target = Standard;
        let mut whitened = Whitened { target: &mut target, frame: &frame };
        let (w, h) = ([0.3, -0.4], 1e-5);
        let mut gradient = [0.0; 2];
        whitened.log_density_and_gradient(&w, &mut gradient).unwrap();
        for k in 0..2 {
            let mut at = |step: f64| {
                let mut w = w;
                w[k] += step;
                whitened.log_density_and_gradient(&w, &mut [0.0; 2]).unwrap()
            };
            let slope = (at(h) - at(-h)) / (2.0 * h);
            assert!((slope - gradient[k]).abs() < 1e-8, "{slope} and {gradient:?}");
        }
    }

    #[test]
    fn the_bound_of_the_density_itself_is_zero() {
        let exact = NormalFrame::of(vec![0.0; 2], vec![1.0, 0.0, 0.0, 1.0]).unwrap();
        assert!(exact.elbo(&mut Standard, 10, 1).unwrap().abs() < 1e-12);
        assert!(frame().elbo(&mut Standard, 100, 1).unwrap() < -1.0);
    }
}

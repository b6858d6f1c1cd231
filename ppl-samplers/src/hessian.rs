//! The negative Hessian of a log-density, by differences of its gradient, and whether it is that of a mode.

use crate::error::SamplerError;
use crate::linalg::{Cholesky, SymmetricEigen};
use crate::target::{Target, evaluate_inside};

/// The step, in units of the coordinate's conditional deviation. The error of the formula is of order `STEP^4`, about 1e-9 of the curvature.
const STEP: f64 = 0.01;
/// An eigenvalue of the correlation form below this is not told from nought.
const SINGULAR: f64 = 1e-8;
/// A coordinate whose conditional deviation is so many times its size (or one) is flat.
const FLAT: f64 = 1e8;

/// The second derivatives of minus the log-density at a point.
pub(crate) struct Hessian {
    pub(crate) dim: usize,
    /// Row-major and symmetric.
    pub(crate) values: Vec<f64>,
    /// The curvature below which a coordinate is flat.
    floors: Vec<f64>,
}

/// What the Hessian says of a point.
pub(crate) enum Curvature {
    /// It is positive definite.
    Definite(Definite),
    /// It is singular, or has a negative eigenvalue: the eigenvalue and its direction, in coordinates scaled to curvature one.
    Indefinite(Indefinite),
}

/// A positive definite Hessian `A = D C D` in correlation form: `D` diagonal, ones on the diagonal of `C`.
pub(crate) struct Definite {
    /// The diagonal of `D^-1`: conditional deviations.
    pub(crate) deviations: Vec<f64>,
    /// Of `C`.
    pub(crate) eigen: SymmetricEigen,
}

/// Directions along which minus the log-density does not curve up.
pub(crate) struct Indefinite {
    pub(crate) eigenvalue: f64,
    /// The coordinates that take part, in ascending order.
    pub(crate) coordinates: Vec<usize>,
    /// One direction each, with the step by which to try it.
    pub(crate) directions: Vec<Vec<f64>>,
}

impl Hessian {
    /// By the differences of fourth order `(g(x-2h) - 8 g(x-h) + 8 g(x+h) - g(x+2h)) / 12h` along each coordinate, with `h` a hundredth of its
    /// conditional deviation, made symmetric. It takes about six evaluations for each coordinate.
    pub(crate) fn at(target: &mut dyn Target, point: &[f64]) -> Result<Hessian, SamplerError> {
        let dim = point.len();
        let mut differences = Differences {
            target,
            point: point.to_vec(),
            near: [vec![0.0; dim], vec![0.0; dim], vec![0.0; dim], vec![0.0; dim]],
        };
        let mut values = vec![0.0; dim * dim];
        let mut floors = vec![0.0; dim];
        for i in 0..dim {
            let size = point[i].abs().max(1.0);
            floors[i] = (FLAT * size).powi(-2);
            let step = differences.find_step(i, size, floors[i])?;
            differences.column(i, step, &mut values[i * dim..(i + 1) * dim])?;
        }
        for i in 0..dim {
            for j in 0..i {
                let mean = 0.5 * (values[i * dim + j] + values[j * dim + i]);
                values[i * dim + j] = mean;
                values[j * dim + i] = mean;
            }
        }
        Ok(Hessian { dim, values, floors })
    }

    pub(crate) fn curvature(&self) -> Curvature {
        let dim = self.dim;
        let diagonal: Vec<f64> = (0..dim).map(|i| self.values[i * dim + i]).collect();
        let flat: Vec<usize> = (0..dim).filter(|&i| diagonal[i] <= self.floors[i]).collect();
        if !flat.is_empty() {
            let directions = flat.iter().map(|&i| {
                let mut direction = vec![0.0; dim];
                direction[i] = (self.floors[i].sqrt() * FLAT).recip();
                direction
            });
            let eigenvalue = flat.iter().map(|&i| diagonal[i]).fold(f64::INFINITY, f64::min);
            return Curvature::Indefinite(Indefinite {
                eigenvalue,
                directions: directions.collect(),
                coordinates: flat,
            });
        }
        let deviations: Vec<f64> = diagonal.iter().map(|d| d.sqrt().recip()).collect();
        let form: Vec<f64> =
            (0..dim * dim).map(|k| self.values[k] * deviations[k / dim] * deviations[k % dim]).collect();
        let eigen = SymmetricEigen::new(dim, &form);
        let singular = eigen.values.iter().filter(|&&value| value <= SINGULAR).count();
        if singular == 0 {
            return Curvature::Definite(Definite { deviations, eigen });
        }
        let vectors = &eigen.vectors[..singular];
        let takes_part = |i: &usize| vectors.iter().any(|v| v[*i].abs() >= 0.2 * largest(v));
        Curvature::Indefinite(Indefinite {
            eigenvalue: eigen.values[0],
            coordinates: (0..dim).filter(takes_part).collect(),
            directions: vectors
                .iter()
                .map(|v| v.iter().zip(&deviations).map(|(v, deviation)| v * deviation).collect())
                .collect(),
        })
    }

    /// The Cholesky factor, where [`Hessian::curvature`] is definite.
    pub(crate) fn factor(&self) -> Option<Cholesky> {
        Cholesky::new(self.dim, &self.values)
    }
}

fn largest(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

struct Differences<'a> {
    target: &'a mut dyn Target,
    point: Vec<f64>,
    /// Gradients two and one step before the point, and one and two after it.
    near: [Vec<f64>; 4],
}

impl Differences<'_> {
    /// A hundredth of the conditional deviation of a coordinate, which is found by simpler differences of steps that follow what they find.
    fn find_step(&mut self, i: usize, size: f64, floor: f64) -> Result<f64, SamplerError> {
        let mut step = 1e-4 * size;
        for _ in 0..4 {
            step = self.shrink(i, step, &[-1.0, 1.0])?;
            let curvature = (self.near[1][i] - self.near[2][i]) / (2.0 * step);
            if curvature <= floor {
                return Ok(step);
            }
            let wanted = STEP / curvature.sqrt();
            let near_enough = (0.3..3.0).contains(&(wanted / step));
            step = wanted;
            if near_enough {
                break;
            }
        }
        Ok(step)
    }

    /// Minus the difference quotients of the gradient along coordinate `i`.
    fn column(&mut self, i: usize, step: f64, into: &mut [f64]) -> Result<(), SamplerError> {
        let step = self.shrink(i, step, &[-2.0, -1.0, 1.0, 2.0])?;
        let [a, b, c, d] = &self.near;
        for (j, value) in into.iter_mut().enumerate() {
            *value = (8.0 * (b[j] - c[j]) - (a[j] - d[j])) / (12.0 * step);
        }
        Ok(())
    }

    /// Evaluates at multiples of a step along a coordinate; a step that leads outside is made shorter. Gives the step that was taken.
    fn shrink(&mut self, i: usize, step: f64, multiples: &[f64]) -> Result<f64, SamplerError> {
        let centre = self.point[i];
        // So that what is added is exactly the step.
        let mut step = (centre + step) - centre;
        for _ in 0..12 {
            let mut inside = true;
            for &multiple in multiples {
                let place = match multiple {
                    -2.0 => 0,
                    -1.0 => 1,
                    1.0 => 2,
                    _ => 3,
                };
                self.point[i] = centre + multiple * step;
                let value = evaluate_inside(self.target, &self.point, &mut self.near[place]);
                self.point[i] = centre;
                inside &= value?.is_some();
            }
            if inside {
                return Ok(step);
            }
            step *= 0.125;
        }
        Err(SamplerError::NoHessian { coordinate: i })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TargetError;

    /// `-exp(a + 2 b) - 1e-12 c^2 / 2 - b^2 / 2`, whose third coordinate has the deviation 1e6.
    struct Curved;

    impl Target for Curved {
        fn dim(&self) -> usize {
            3
        }
        fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
            let e = (x[0] + 2.0 * x[1]).exp();
            gradient.copy_from_slice(&[-e, -2.0 * e - x[1], -1e-12 * x[2]]);
            Ok(-e - 0.5 * x[1] * x[1] - 0.5e-12 * x[2] * x[2])
        }
    }

    #[test]
    fn second_derivatives_agree_with_their_closed_form() {
        let x = [0.3, -0.7, 20.0];
        let hessian = Hessian::at(&mut Curved, &x).unwrap();
        let e = (x[0] + 2.0 * x[1]).exp();
        let exact = [e, 2.0 * e, 0.0, 2.0 * e, 4.0 * e + 1.0, 0.0, 0.0, 0.0, 1e-12];
        for (got, want) in hessian.values.iter().zip(exact) {
            assert!((got - want).abs() <= 1e-8 * want, "{got} is not {want}");
        }
        assert!(matches!(hessian.curvature(), Curvature::Definite(_)));
    }
}

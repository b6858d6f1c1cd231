//! The normal at a mode.

use crate::draws::Draws;
use crate::error::SamplerError;
use crate::hessian::{Curvature, Hessian};
use crate::linalg::{Cholesky, dot};
use crate::random::{Purpose, fill_standard_normal, stream};
use crate::target::{Target, TargetError, evaluate};

/// Laplace's approximation: the normal whose mean is a mode and whose precision is the negative Hessian there.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Laplace, Map, Target, TargetError};
///
/// /// A gamma variable of shape 5 and rate 2, by its logarithm.
/// struct LogGamma;
///
/// impl Target for LogGamma {
///     fn dim(&self) -> usize {
///         1
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         let value = x[0].exp();
///         gradient[0] = 5.0 - 2.0 * value;
///         Ok(5.0 * x[0] - 2.0 * value)
///     }
/// }
///
/// let mode = Map::new().run(&mut LogGamma)?;
/// let laplace = Laplace::at(&mut LogGamma, &mode.position)?;
/// assert!((laplace.mean()[0] - 2.5_f64.ln()).abs() < 1e-6);
/// assert!((laplace.covariance()[0] - 1.0 / 5.0).abs() < 1e-6);
///
/// // The evidence is that of Stirling's formula, and importance weights mend it: Gamma(5) / 2^5 is 0.75.
/// let draws = laplace.draws(10_000, 1);
/// let weights = draws.log_weights(&mut LogGamma)?;
/// let evidence = weights.iter().map(|w| w.exp()).sum::<f64>() / 10_000.0;
/// assert!((laplace.log_evidence().exp() - 0.7376).abs() < 1e-4);
/// assert!((evidence - 0.75).abs() < 0.01);
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
///
/// # References
///
/// Tierney and Kadane (1986), [Accurate approximations for posterior moments and marginal
/// densities](https://doi.org/10.1080/01621459.1986.10478240).
#[derive(Debug, Clone)]
pub struct Laplace {
    mean: Vec<f64>,
    log_density_at_mean: f64,
    /// The factor of the precision.
    precision: Cholesky,
}

impl Laplace {
    /// The normal at a point, which should be a mode: [`Map`](crate::Map) finds it.
    ///
    /// The Hessian is taken by differences of fourth order of the gradient, with steps of a hundredth of each coordinate's conditional deviation, and
    /// made symmetric; it is exact to about nine digits. It takes about six evaluations for each dimension.
    ///
    /// # Errors
    ///
    /// [`SamplerError::NotPositiveDefinite`] names the coordinates along which the density does not fall. Also if the density is not finite at the
    /// point or next to it, the point has another length than the target, or the target stops.
    pub fn at(target: &mut dyn Target, mode: &[f64]) -> Result<Laplace, SamplerError> {
        let dim = target.dim();
        if mode.len() != dim {
            return Err(SamplerError::Length { what: "a mode", expected: dim, found: mode.len() });
        }
        let log_density_at_mean = match evaluate(target, mode, &mut vec![0.0; dim]) {
            Ok(value) => value,
            Err(TargetError::Outside(reason)) => {
                return Err(SamplerError::OutsideAtStart { reason: reason.into_owned() });
            }
            Err(error) => return Err(error.into()),
        };
        let hessian = Hessian::at(target, mode)?;
        let (coordinates, eigenvalue) = match hessian.curvature() {
            Curvature::Definite(definite) => match hessian.factor() {
                Some(precision) => {
                    return Ok(Laplace { mean: mode.to_vec(), log_density_at_mean, precision });
                }
                // Its smallest eigenvalue is positive, though too small for the factor.
                None => ((0..dim).collect(), definite.eigen.values[0]),
            },
            Curvature::Indefinite(indefinite) => (indefinite.coordinates, indefinite.eigenvalue),
        };
        Err(SamplerError::NotPositiveDefinite { coordinates, eigenvalue })
    }

    /// The mode, `[dim]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariance matrix, `[dim, dim]`, row-major.
    pub fn covariance(&self) -> Vec<f64> {
        let dim = self.mean.len();
        let mut covariance = vec![0.0; dim * dim];
        for (i, row) in covariance.chunks_mut(dim.max(1)).enumerate() {
            row[i] = 1.0;
            self.precision.solve(row);
        }
        covariance
    }

    /// The logarithm of the integral of the target's density by Laplace's formula, `log p(mode) + (dim log 2 pi - log |precision|) / 2`, natural log. It
    /// lacks the same constant as the log-density.
    pub fn log_evidence(&self) -> f64 {
        self.log_density_at_mean - self.log_q(0.0)
    }

    /// The normalised log-density of the normal at a point, natural log.
    ///
    /// # Errors
    ///
    /// If the point has another length than the mean.
    pub fn log_density(&self, position: &[f64]) -> Result<f64, SamplerError> {
        let dim = self.mean.len();
        if position.len() != dim {
            return Err(SamplerError::Length { what: "a point", expected: dim, found: position.len() });
        }
        let mut offset: Vec<f64> = position.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        self.precision.times_lower_transposed(&mut offset);
        Ok(self.log_q(dot(&offset, &offset)))
    }

    /// Independent draws of the normal.
    pub fn draws(&self, count: usize, seed: u64) -> Draws {
        let dim = self.mean.len();
        let mut draws = Draws::with_capacity(dim, count);
        let mut rng = stream(seed, Purpose::Laplace, 0);
        let mut position = vec![0.0; dim];
        for _ in 0..count {
            fill_standard_normal(&mut rng, &mut position);
            let log_q = self.log_q(dot(&position, &position));
            self.precision.solve_upper(&mut position);
            position.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += mean);
            draws.push(&position, log_q);
        }
        draws
    }

    /// The log-density where the squared distance in units of deviations is so much.
    fn log_q(&self, square: f64) -> f64 {
        0.5 * (self.precision.log_determinant() - square) - half_log_two_pi(self.mean.len())
    }
}

/// `dim log(2 pi) / 2`.
pub(crate) fn half_log_two_pi(dim: usize) -> f64 {
    0.5 * dim as f64 * (2.0 * std::f64::consts::PI).ln()
}

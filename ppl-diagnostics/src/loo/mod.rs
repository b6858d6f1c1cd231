//! Leave-one-out predictive accuracy, and comparisons of models by it.

mod compare;
mod stacking;
#[cfg(test)]
mod tests;

pub use compare::{Compared, compare};

use crate::Error;
use crate::numeric::{log_sum_exp, variance};
use crate::psis::{k_threshold, psis};

/// What leaving out one observation says.
///
/// # Examples
///
/// ```
/// // Draws that all give an observation the same density leave nothing to weigh.
/// let loo = ppl_diagnostics::loo::loo(&[-1.0; 10], 1, 1.0)?;
/// assert!((loo.pointwise[0].elpd + 1.0).abs() < 1e-12);
/// assert_eq!(loo.pointwise[0].k_hat, f64::NEG_INFINITY);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// The log predictive density of the observation given all others, in nats.
    pub elpd: f64,
    /// By how much the log predictive density given all observations is higher, in nats.
    pub p_loo: f64,
    /// The k-hat of its importance weights; see [`psis`].
    pub k_hat: f64,
}

/// Leave-one-out predictive accuracy; [`loo`] estimates it.
///
/// # Examples
///
/// ```
/// let log_likelihoods: Vec<f64> = (0..400).map(|i| -1.0 - f64::from(i * 37 % 100) / 100.0).collect();
/// let loo = ppl_diagnostics::loo::loo(&log_likelihoods, 4, 1.0)?;
/// let sum: f64 = loo.pointwise.iter().map(|one| one.elpd).sum();
/// assert!((loo.elpd - sum).abs() < 1e-12);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Loo {
    /// The expected log pointwise predictive density of as many new observations, in nats.
    pub elpd: f64,
    /// Its standard error over observations, `sqrt(n) sd`; of one observation zero.
    pub se: f64,
    /// The effective number of parameters: by how much the log density is higher of observations that the model has seen.
    pub p_loo: f64,
    /// Each observation.
    pub pointwise: Vec<LeftOut>,
    /// The number of draws.
    pub draws: usize,
}

impl Loo {
    /// Returns the observations whose k-hat is above the threshold of as many draws: their part of the estimate is not to be trusted, and the model finds them surprising.
    ///
    /// # Examples
    ///
    /// ```
    /// // In one draw of a hundred the first observation has next to no density.
    /// let log_likelihoods: Vec<f64> = (0..200)
    ///     .map(|i| if i % 2 == 0 { -20.0 / (1.0 + f64::from(i)) } else { -1.0 })
    ///     .collect();
    /// let loo = ppl_diagnostics::loo::loo(&log_likelihoods, 2, 1.0)?;
    /// assert_eq!(loo.unreliable(), [0]);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn unreliable(&self) -> Vec<usize> {
        let threshold = k_threshold(self.draws);
        (0..self.pointwise.len()).filter(|&i| self.pointwise[i].k_hat > threshold).collect()
    }
}

/// Estimates leave-one-out predictive accuracy from draws of the posterior.
///
/// # Shapes
///
/// `log_likelihoods` is [draws, observations], one draw after the other, in natural logarithms.
/// `relative_efficiency` is the effective sample size of the draws over their number: 1 for independent ones.
///
/// # Errors
///
/// There are no draws or no observations, the numbers do not fill the matrix, one is NaN or infinite (a draw that gives an observation no density has an infinite weight without it), or the
/// efficiency is not positive.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::loo::loo;
///
/// // The mean of normal observations, at draws of its posterior.
/// let observations = [-0.3, 0.1, 0.2];
/// let draws = (0..1000).map(|i| f64::from(i * 619 % 1000) / 1000.0 - 0.5);
/// let log_likelihoods: Vec<f64> =
///     draws.flat_map(|mu| observations.map(|y| -0.5 * (y - mu) * (y - mu) - 0.919)).collect();
/// let loo = loo(&log_likelihoods, 3, 1.0)?;
/// assert!(loo.elpd < 3.0 * -0.919);
/// assert!(loo.p_loo > 0.0);
/// assert!(loo.unreliable().is_empty());
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Vehtari, Gelman, Gabry (2017), *Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC*, equations 4, 10 and 23,
/// <https://doi.org/10.1007/s11222-016-9696-4>.
pub fn loo(log_likelihoods: &[f64], observations: usize, relative_efficiency: f64) -> Result<Loo, Error> {
    estimate(log_likelihoods, observations, None, relative_efficiency)
}

/// Estimates leave-one-out predictive accuracy from draws of an approximation, whose `log_weights` are `log p(theta, y) - log q(theta)` up to a constant.
///
/// The weights of a draw without an observation are those to the posterior over the observation's density, smoothed together. The density given all observations, from which `p_loo` comes, has smoothed weights as well.
///
/// # Shapes
///
/// `log_likelihoods` is [draws, observations] as for [`loo`]; `log_weights` has one for each draw. Draws of the approximation are independent.
///
/// # Errors
///
/// As for [`loo`], there are not as many weights as draws, one is NaN or `inf`, or all are zero.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::loo::{loo, loo_weighted};
///
/// let log_likelihoods: Vec<f64> = (0..300).map(|i| -1.0 - f64::from(i * 37 % 100) / 100.0).collect();
/// // An approximation that is the posterior.
/// let weighted = loo_weighted(&log_likelihoods, 3, &[7.0; 100])?;
/// let plain = loo(&log_likelihoods, 3, 1.0)?;
/// assert!((weighted.elpd - plain.elpd).abs() < 1e-10);
/// assert!((weighted.p_loo - plain.p_loo).abs() < 1e-10);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Magnusson, Andersen, Jonasson, Vehtari (2019), *Bayesian leave-one-out cross-validation for large data*, the weights of posterior approximations, <https://proceedings.mlr.press/v97/magnusson19a.html>.
pub fn loo_weighted(log_likelihoods: &[f64], observations: usize, log_weights: &[f64]) -> Result<Loo, Error> {
    estimate(log_likelihoods, observations, Some(log_weights), 1.0)
}

fn estimate(
    log_likelihoods: &[f64],
    observations: usize,
    log_weights: Option<&[f64]>,
    relative_efficiency: f64,
) -> Result<Loo, Error> {
    let draws = shape(log_likelihoods, observations)?;
    // Of all observations together.
    let together = match log_weights {
        Some(weights) if weights.len() != draws => {
            let (what, found) = ("log-weights, one for each draw", weights.len());
            return Err(Error::Length { what, expected: draws, found });
        }
        Some(weights) => psis(weights, relative_efficiency)?.log_weights().to_vec(),
        None => vec![-(draws as f64).ln(); draws],
    };
    let mut column = vec![0.0; draws];
    let mut sums = vec![0.0; draws];
    let mut pointwise = Vec::with_capacity(observations);
    for observation in 0..observations {
        for (draw, at) in column.iter_mut().enumerate() {
            *at = log_likelihoods[draw * observations + observation];
        }
        let ratios: Vec<f64> = match log_weights {
            Some(weights) => weights.iter().zip(&column).map(|(weight, at)| weight - at).collect(),
            None => column.iter().map(|at| -at).collect(),
        };
        let smoothed = psis(&ratios, relative_efficiency)?;
        let mut log_density = |weights: &[f64]| {
            for ((sum, weight), at) in sums.iter_mut().zip(weights).zip(&column) {
                *sum = weight + at;
            }
            log_sum_exp(&sums)
        };
        let elpd = log_density(smoothed.log_weights());
        let p_loo = log_density(&together) - elpd;
        pointwise.push(LeftOut { elpd, p_loo, k_hat: smoothed.k_hat() });
    }
    let elpds: Vec<f64> = pointwise.iter().map(|one| one.elpd).collect();
    Ok(Loo {
        elpd: elpds.iter().sum(),
        se: standard_error_of_sum(&elpds),
        p_loo: pointwise.iter().map(|one| one.p_loo).sum(),
        pointwise,
        draws,
    })
}

/// Returns the number of draws of a matrix whose numbers are all finite.
fn shape(log_likelihoods: &[f64], observations: usize) -> Result<usize, Error> {
    if observations == 0 {
        return Err(Error::TooFew { what: "observations", least: 1, found: 0 });
    }
    let values = log_likelihoods.len();
    if values == 0 {
        return Err(Error::TooFew { what: "draws", least: 1, found: 0 });
    }
    if !values.is_multiple_of(observations) {
        return Err(Error::Matrix { values, observations });
    }
    match log_likelihoods.iter().position(|x| !x.is_finite()) {
        Some(i) => Err(Error::LogLikelihood {
            observation: i % observations,
            draw: i / observations,
            expected: "finite",
            found: log_likelihoods[i],
        }),
        None => Ok(values / observations),
    }
}

/// Returns `sqrt(n var)` with the variance over `n`, the standard error of a sum of `n` terms as of the reference implementations.
fn standard_error_of_sum(terms: &[f64]) -> f64 {
    (terms.len() as f64 * variance(terms, 0.0)).sqrt()
}

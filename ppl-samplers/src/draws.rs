//! Draws of an approximation, with its log-density at each, and their importance weights.

use rand::RngExt;

use crate::error::SamplerError;
use crate::random::{Purpose, stream};
use crate::target::{Target, evaluate_inside};

/// Independent draws of a normal approximation, with its normalised log-density `log q` at each of them.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Laplace, Target, TargetError};
///
/// struct Normal;
///
/// impl Target for Normal {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         gradient.copy_from_slice(&[-x[0], -x[1]]);
///         Ok(-0.5 * (x[0] * x[0] + x[1] * x[1]))
///     }
/// }
///
/// let draws = Laplace::at(&mut Normal, &[0.0, 0.0])?.draws(100, 1);
/// assert_eq!((draws.len(), draws.positions().len()), (100, 200));
/// // It is the target itself, up to the constant log(2 pi).
/// let constant = (2.0 * std::f64::consts::PI).ln();
/// assert!(draws.log_weights(&mut Normal)?.iter().all(|weight| (weight - constant).abs() < 1e-6));
/// for (x, log_q) in draws.iter().zip(draws.log_q()) {
///     assert!((log_q + 0.5 * (x[0] * x[0] + x[1] * x[1]) + constant).abs() < 1e-6);
/// }
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    dim: usize,
    positions: Vec<f64>,
    log_q: Vec<f64>,
}

impl Draws {
    pub(crate) fn with_capacity(dim: usize, count: usize) -> Draws {
        // No more than a few megabytes ahead of the draws themselves, since the count is the user's.
        let count = count.min(1 << 10);
        Draws { dim, positions: Vec::with_capacity(dim * count), log_q: Vec::with_capacity(count) }
    }

    pub(crate) fn push(&mut self, position: &[f64], log_q: f64) {
        self.positions.extend_from_slice(position);
        self.log_q.push(log_q);
    }

    /// The number of draws.
    pub fn len(&self) -> usize {
        self.log_q.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.log_q.is_empty()
    }

    /// Each draw in turn, `[dim]`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.len()).map(|i| &self.positions[i * self.dim..(i + 1) * self.dim])
    }

    /// All draws, `[draws, dim]`, row-major.
    pub fn positions(&self) -> &[f64] {
        &self.positions
    }

    /// The approximation's log-density at each draw, `[draws]`, natural log.
    pub fn log_q(&self) -> &[f64] {
        &self.log_q
    }

    /// The log importance weights `log p - log q` of the draws, `[draws]`, natural log; minus infinity where the target has no density.
    ///
    /// # Errors
    ///
    /// If the target stops.
    ///
    /// # Examples
    ///
    /// See [`Laplace`](crate::Laplace).
    pub fn log_weights(&self, target: &mut dyn Target) -> Result<Vec<f64>, SamplerError> {
        let mut gradient = vec![0.0; self.dim];
        let mut log_weights = Vec::with_capacity(self.len());
        for (position, log_q) in self.iter().zip(&self.log_q) {
            let log_p = evaluate_inside(target, position, &mut gradient)?;
            log_weights.push(log_p.map_or(f64::NEG_INFINITY, |log_p| log_p - log_q));
        }
        Ok(log_weights)
    }
}

/// The indices of `count` draws, drawn with replacement with probabilities proportional to `exp(log_weights)`.
///
/// The weights are used as they are; smooth them before, if they are those of an importance sampler.
///
/// # Errors
///
/// If there is no weight, one is not a number or plus infinity, or all are minus infinity.
///
/// # Examples
///
/// ```
/// use ppl_samplers::resample;
///
/// let log_weights = [f64::NEG_INFINITY, 0.0, 3.0_f64.ln()];
/// let chosen = resample(&log_weights, 4000, 1)?;
/// assert!(chosen.iter().all(|&i| i != 0));
/// let share = chosen.iter().filter(|&&i| i == 2).count() as f64 / 4000.0;
/// assert!((share - 0.75).abs() < 0.03);
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
pub fn resample(log_weights: &[f64], count: usize, seed: u64) -> Result<Vec<usize>, SamplerError> {
    if let Some(i) = log_weights.iter().position(|w| w.is_nan() || *w == f64::INFINITY) {
        return Err(SamplerError::Weights { reason: format!("that of draw {i} is {}", log_weights[i]) });
    }
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        let reason = format!("each of the {} weights is zero", log_weights.len());
        return Err(SamplerError::Weights { reason });
    }
    let mut total = 0.0;
    let ends: Vec<f64> = log_weights
        .iter()
        .map(|w| {
            total += (w - largest).exp();
            total
        })
        .collect();
    // The last draw of positive weight, for a number that rounding has put at the very end.
    let last = log_weights.iter().rposition(|w| (w - largest).exp() > 0.0).unwrap_or(0);
    let mut rng = stream(seed, Purpose::Resample, 0);
    Ok((0..count)
        .map(|_| {
            let place = rng.random::<f64>() * total;
            ends.partition_point(|&end| end <= place).min(last)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_cannot_be_normalised_are_refused() {
        for weights in [&[][..], &[f64::NEG_INFINITY; 3], &[0.0, f64::NAN], &[f64::INFINITY]] {
            assert!(matches!(resample(weights, 1, 0), Err(SamplerError::Weights { .. })), "{weights:?}");
        }
    }

    #[test]
    fn shares_are_those_of_the_weights() {
        // Weights far from one do not overflow.
        let probabilities = [0.05, 0.2, 0.0, 0.45, 0.3];
        let log_weights = probabilities.map(|p: f64| p.ln() + 2000.0);
        let draws = 100_000;
        let mut counts = [0.0; 5];
        for i in resample(&log_weights, draws, 7).unwrap() {
            counts[i] += 1.0;
        }
        for (count, p) in counts.iter().zip(probabilities) {
            let expected = p * draws as f64;
            assert!((count - expected).abs() <= 5.0 * (expected * (1.0 - p)).sqrt(), "{count} of {expected}");
        }
    }
}

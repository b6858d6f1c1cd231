//! Smoothed weights, and what they say of the target.

use super::k_threshold;
use crate::Error;
use crate::intervals::weighted_quantile_of_sorted;

/// What is known of the tail of the weights.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::psis::{Tail, psis};
///
/// assert_eq!(psis(&[2.0; 100], 1.0)?.tail(), Tail::Level);
/// assert_eq!(psis(&[0.0, 1.0, 2.0], 1.0)?.tail(), Tail::Unknown);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tail {
    /// A generalised Pareto distribution was fitted to the largest weights, and they were replaced by its quantiles.
    Fitted {
        /// The estimate of its shape.
        k_hat: f64,
        /// How many weights it was fitted to.
        length: usize,
    },
    /// The weights, or the largest of them, are equal: there is no tail and nothing was smoothed.
    Level,
    /// Fewer than five weights stand out, of 20 draws or fewer in any case, or no distribution fits them: nothing was smoothed, and nothing is known.
    Unknown,
}

/// A weighted mean, deviation or quantile with its Monte Carlo error.
///
/// # Examples
///
/// ```
/// let estimate = ppl_diagnostics::psis::psis(&[0.0; 4], 1.0)?.mean(&[1.0, 2.0, 3.0, 4.0])?;
/// assert!((estimate.value - 2.5).abs() < 1e-12);
/// assert!((estimate.mcse - 5f64.sqrt() / 4.0).abs() < 1e-12);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its Monte Carlo standard error, in units of the estimate.
    pub mcse: f64,
}

/// Smoothed importance weights; [`psis`](super::psis) makes them.
///
/// # Examples
///
/// ```
/// // Uniform draws on (0, 1), weighted to the density 2 x, whose mean is 2/3.
/// let draws: Vec<f64> = (0..1000).map(|i| (i as f64 + 0.5) / 1000.0).collect();
/// let log_weights: Vec<f64> = draws.iter().map(|x| x.ln()).collect();
/// let smoothed = ppl_diagnostics::psis::psis(&log_weights, 1.0)?;
/// assert!(smoothed.k_hat() < 0.5);
/// assert!((smoothed.mean(&draws)?.value - 2.0 / 3.0).abs() < 0.005);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    log_weights: Vec<f64>,
    tail: Tail,
    relative_efficiency: f64,
}

impl Smoothed {
    pub(super) fn new(log_weights: Vec<f64>, tail: Tail, relative_efficiency: f64) -> Self {
        Smoothed { log_weights, tail, relative_efficiency }
    }

    /// Returns the natural logarithms of the weights, which sum to one, in the order of the draws.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[5.0, 5.0], 1.0)?;
    /// assert!((smoothed.log_weights()[0] + 2f64.ln()).abs() < 1e-15);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// Returns the weights, which sum to one, in the order of the draws.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[0.0, f64::NEG_INFINITY], 1.0)?;
    /// assert_eq!(smoothed.weights(), [1.0, 0.0]);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn weights(&self) -> Vec<f64> {
        self.log_weights.iter().map(|w| w.exp()).collect()
    }

    /// Returns what is known of the tail of the weights.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::psis::{Tail, psis};
    ///
    /// let log_weights: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
    /// assert!(matches!(psis(&log_weights, 1.0)?.tail(), Tail::Fitted { length: 20, .. }));
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Returns the estimated shape of the weights' tail: `-inf` where it is level, `inf` where it is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[1.0; 50], 1.0)?;
    /// assert_eq!(smoothed.k_hat(), f64::NEG_INFINITY);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn k_hat(&self) -> f64 {
        match self.tail {
            Tail::Fitted { k_hat, .. } => k_hat,
            Tail::Level => f64::NEG_INFINITY,
            Tail::Unknown => f64::INFINITY,
        }
    }

    /// Returns the [`k_threshold`] of as many draws.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_diagnostics::psis::psis(&[1.0; 100], 1.0)?.k_threshold(), 0.5);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn k_threshold(&self) -> f64 {
        k_threshold(self.log_weights.len())
    }

    /// Returns the effective sample size of the weights, `efficiency / sum of w^2`.
    ///
    /// It is of no worth where k-hat is above its threshold.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[3.0; 200], 0.5)?;
    /// assert!((smoothed.effective_size() - 100.0).abs() < 1e-9);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2024); Kong (1992) without the efficiency.
    pub fn effective_size(&self) -> f64 {
        self.relative_efficiency / self.log_weights.iter().map(|w| (2.0 * w).exp()).sum::<f64>()
    }

    /// Returns the weighted mean of a value for each draw.
    ///
    /// Its error is `sqrt(sum of w^2 (x - mean)^2 / efficiency)` (Owen, 2013, *Monte Carlo theory, methods and examples*, section 9.2).
    ///
    /// # Errors
    ///
    /// There are not as many values as weights, or one is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[0.0, 3f64.ln()], 1.0)?;
    /// assert!((smoothed.mean(&[1.0, 5.0])?.value - 4.0).abs() < 1e-12);
    /// assert!(smoothed.mean(&[1.0]).is_err());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn mean(&self, values: &[f64]) -> Result<Estimate, Error> {
        self.check(values)?;
        let weights = self.weights();
        let mean = dot(&weights, values.iter().copied());
        let mcse = self.error(&weights, values.iter().map(|x| x - mean));
        Ok(Estimate { value: mean, mcse })
    }

    /// Returns the weighted standard deviation of a value for each draw: the root of `sum of w (x - mean)^2`, without a correction for the estimated mean.
    ///
    /// Its error is that of the variance by the delta method, `sqrt(sum of w^2 ((x - mean)^2 - sd^2)^2 / efficiency) / (2 sd)`; of equal values both are zero.
    ///
    /// # Errors
    ///
    /// There are not as many values as weights, or one is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[0.0; 4], 1.0)?;
    /// assert!((smoothed.sd(&[1.0, 2.0, 3.0, 4.0])?.value - 1.25f64.sqrt()).abs() < 1e-12);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn sd(&self, values: &[f64]) -> Result<Estimate, Error> {
        self.check(values)?;
        let weights = self.weights();
        let mean = dot(&weights, values.iter().copied());
        let variance = dot(&weights, values.iter().map(|x| (x - mean) * (x - mean)));
        let sd = variance.sqrt();
        if sd == 0.0 {
            return Ok(Estimate { value: 0.0, mcse: 0.0 });
        }
        let error = self.error(&weights, values.iter().map(|x| (x - mean) * (x - mean) - variance));
        Ok(Estimate { value: sd, mcse: error / (2.0 * sd) })
    }

    /// Returns the weighted quantile at `p` of a value for each draw, as [`weighted_quantile`](crate::intervals::weighted_quantile) defines it.
    ///
    /// Its error is half the distance between the quantiles at `p` less and plus the error of the weighted share of values below it.
    ///
    /// # Errors
    ///
    /// There are not as many values as weights, one is not finite, or `p` is not between 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// let smoothed = ppl_diagnostics::psis::psis(&[0.0; 3], 1.0)?;
    /// assert!((smoothed.quantile(&[3.0, 1.0, 2.0], 0.5)?.value - 2.0).abs() < 1e-12);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn quantile(&self, values: &[f64], p: f64) -> Result<Estimate, Error> {
        self.check(values)?;
        Error::unless_probability("the probability of a quantile", p)?;
        let weights = self.weights();
        let mut pairs: Vec<(f64, f64)> =
            values.iter().copied().zip(weights.iter().copied()).filter(|(_, w)| *w > 0.0).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let value = weighted_quantile_of_sorted(&pairs, p);
        let error = self.error(&weights, values.iter().map(|x| f64::from(u8::from(*x <= value)) - p));
        let at = |p: f64| weighted_quantile_of_sorted(&pairs, p.clamp(0.0, 1.0));
        Ok(Estimate { value, mcse: (at(p + error) - at(p - error)) / 2.0 })
    }

    /// Returns `sqrt(sum of (w c)^2 / efficiency)` of what each draw contributes to an estimate.
    fn error(&self, weights: &[f64], contributions: impl Iterator<Item = f64>) -> f64 {
        let squares: f64 = weights.iter().zip(contributions).map(|(w, c)| (w * c) * (w * c)).sum();
        (squares / self.relative_efficiency).sqrt()
    }

    fn check(&self, values: &[f64]) -> Result<(), Error> {
        let expected = self.log_weights.len();
        if values.len() != expected {
            return Err(Error::Length { what: "values", expected, found: values.len() });
        }
        Error::unless_finite("value", values)
    }
}

fn dot(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    weights.iter().zip(values).map(|(w, x)| w * x).sum()
}

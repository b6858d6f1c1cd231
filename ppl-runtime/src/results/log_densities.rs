//! The log-densities of a guide's draws.

use ndarray::Array1;

/// The log-densities of draws of a guide, and the log-weights that they make: one number for each draw.
///
/// # Units
///
/// Nats, with every normalising constant.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// // The guide is the exact posterior, so that every weight is the evidence, 1 / 330.
/// let found = svi.posterior().log_densities(100)?;
/// assert!(found.log_weights().iter().all(|w| (w + 330f64.ln()).abs() < 1e-10));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LogDensities {
    guide: Array1<f64>,
    joint: Array1<f64>,
}

impl LogDensities {
    /// Returns those of as many draws in both lists.
    pub(crate) fn new(guide: Vec<f64>, joint: Vec<f64>) -> LogDensities {
        LogDensities { guide: Array1::from_vec(guide), joint: Array1::from_vec(joint) }
    }

    /// Returns the guide's own log-density of each draw, `log q(z)`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let p = svi.posterior().draws(10)?;
    /// let found = svi.posterior().log_densities(10)?;
    /// // Beta(9, 4) has the density 1980 p^8 (1 - p)^3.
    /// for (p, log_q) in p.get("p").unwrap().iter().zip(found.log_guide()) {
    ///     assert!((1980f64.ln() + 8.0 * p.ln() + 3.0 * (1.0 - p).ln() - log_q).abs() < 1e-10);
    /// }
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_guide(&self) -> &Array1<f64> {
        &self.guide
    }

    /// Returns the model's joint log-density of each draw and the data, `log p(x, z)`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let p = svi.posterior().draws(1)?.get("p").unwrap()[[0]];
    /// let found = svi.posterior().log_densities(1)?.log_joint()[0];
    /// let of_values = svi.posterior().log_joint(&Values::new().with("p", p))?;
    /// assert!((found - of_values).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_joint(&self) -> &Array1<f64> {
        &self.joint
    }

    /// Returns the logarithm of each draw's importance weight, `log p(x, z) - log q(z)`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.posterior().log_densities(5)?;
    /// assert_eq!(found.log_weights(), found.log_joint() - found.log_guide());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_weights(&self) -> Array1<f64> {
        &self.joint - &self.guide
    }

    /// Returns the logarithm of the mean weight: the importance-sampling estimate of the log-evidence `log p(x)`, which is too low in
    /// expectation.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.posterior().log_densities(100)?;
    /// assert!((found.log_evidence() + 330f64.ln()).abs() < 1e-10);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_evidence(&self) -> f64 {
        let weights = self.log_weights();
        let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if largest.is_infinite() {
            return largest;
        }
        largest + (weights.iter().map(|w| (w - largest).exp()).sum::<f64>() / weights.len() as f64).ln()
    }
}

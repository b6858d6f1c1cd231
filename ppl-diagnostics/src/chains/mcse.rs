//! Monte Carlo standard errors.

use super::Chains;
use super::ess::effective_size;
use super::halves::Halves;
use crate::Error;
use crate::numeric::{binary_scale, mean, variance};
use crate::special::beta_quantile;

impl Chains<'_> {
    /// Returns the Monte Carlo standard error of the mean, in units of the draws: their deviation over the root of [`ess_mean`](Self::ess_mean).
    ///
    /// NaN where a draw is not finite or all are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// let draws: Vec<f64> = (0..400).map(|i| ((i * 7919) % 400) as f64).collect();
    /// let chains = Chains::new(draws.chunks(100))?;
    /// let deviation = 115.6;
    /// assert!((chains.mcse_mean() - deviation / chains.ess_mean().sqrt()).abs() < 0.01);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn mcse_mean(&self) -> f64 {
        self.judged().map_or(f64::NAN, |draws| {
            let scale = binary_scale(&draws);
            let scaled: Vec<f64> = draws.iter().map(|x| x / scale).collect();
            let size = effective_size(&Halves::split(&scaled, self.length()));
            scale * (variance(&scaled, 1.0) / size).sqrt()
        })
    }

    /// Returns the Monte Carlo standard error of the standard deviation, in units of the draws.
    ///
    /// It is `sqrt((m_4 - m_2^2) / (4 m_2 S))`, where `m_2` and `m_4` are the central moments and `S` is the effective sample size of the squared
    /// distances from the mean (the delta method; Kenney and Keeping, 1951, p. 141, for the variance of a variance). NaN where a draw is not finite or all are
    /// equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// let draws: Vec<f64> = (0..400).map(|i| ((i * 7919) % 400) as f64).collect();
    /// let error = Chains::new(draws.chunks(100))?.mcse_sd();
    /// assert!(error > 0.0 && error < 5.0);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn mcse_sd(&self) -> f64 {
        self.judged().map_or(f64::NAN, |draws| {
            let scale = binary_scale(&draws);
            let scaled: Vec<f64> = draws.iter().map(|x| x / scale).collect();
            let centre = mean(&scaled);
            let squares: Vec<f64> = scaled.iter().map(|x| (x - centre) * (x - centre)).collect();
            let size = effective_size(&Halves::split(&squares, self.length()));
            let second = mean(&squares);
            let fourth = mean(&squares.iter().map(|x| x * x).collect::<Vec<f64>>());
            // Draws at two values, equally often, have a difference of zero, and rounding may leave less.
            let variance_of_variance = (fourth - second * second).max(0.0) / size;
            scale * (variance_of_variance / second / 4.0).sqrt()
        })
    }

    /// Returns the Monte Carlo standard error of the quantile at `p`, in units of the draws.
    ///
    /// It is half the distance between the draws at the ranks where the quantile lies with probability .68. NaN where a draw is not finite
    /// or all are equal.
    ///
    /// # Errors
    ///
    /// `p` is not between 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// let draws: Vec<f64> = (0..400).map(|i| ((i * 7919) % 400) as f64).collect();
    /// let chains = Chains::new(draws.chunks(100))?;
    /// // Of uniform draws the median has the largest error.
    /// assert!(chains.mcse_quantile(0.5)? > chains.mcse_quantile(0.05)?);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), section 4.4.
    pub fn mcse_quantile(&self, p: f64) -> Result<f64, Error> {
        let effective = self.ess_quantile(p)?;
        let Some(mut sorted) = self.judged() else { return Ok(f64::NAN) };
        sorted.sort_unstable_by(f64::total_cmp);
        let last = (sorted.len() - 1) as f64;
        // The probabilities of one standard error below and above, to the digits that other implementations have.
        let rank = |probability: f64| {
            let at = beta_quantile(probability, effective * p + 1.0, effective * (1.0 - p) + 1.0);
            at * sorted.len() as f64 - 1.0
        };
        let low = sorted[rank(0.158_655_3).floor().max(0.0) as usize];
        let high = sorted[rank(0.841_344_7).ceil().min(last) as usize];
        Ok((high - low) / 2.0)
    }
}

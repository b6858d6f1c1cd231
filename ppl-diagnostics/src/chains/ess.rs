//! Effective sample sizes.

use super::Chains;
use super::autocovariance::MeanAutocovariance;
use super::halves::Halves;
use crate::Error;
use crate::intervals::quantile_of_sorted;
use crate::numeric::{binary_scale, mean, variance};

impl Chains<'_> {
    /// Returns the effective sample size of the bulk: that of the mean of rank-normalised draws.
    ///
    /// It says how well the chains cover the middle of the distribution, also where that has no mean or variance. Below 100 for each chain neither
    /// it nor R-hat is reliable. NaN where a draw is not finite or all are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// // Each draw is met ten times in a row.
    /// let stuck: Vec<f64> = (0..1000).map(|i| ((i / 10 * 7919) % 100) as f64).collect();
    /// let size = Chains::new([&stuck[..]])?.ess_bulk();
    /// assert!(size > 50.0 && size < 200.0);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), sections 3.2 and 4.1.
    pub fn ess_bulk(&self) -> f64 {
        self.judged()
            .map_or(f64::NAN, |draws| effective_size(&Halves::split(&draws, self.length()).rank_normalised()))
    }

    /// Returns the effective sample size of the tails: the smaller one of those of the 5 % and 95 % quantiles.
    ///
    /// NaN where a draw is not finite or all are equal. A quantile that no draw lies above, as the upper one of draws that are 0 or 1, counts with the size of all
    /// draws, as in ArviZ.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// let draws: Vec<f64> = (0..1000).map(|i| ((i * 7919) % 1000) as f64).collect();
    /// assert!(Chains::new(draws.chunks(500))?.ess_tail() > 300.0);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), section 4.3.
    pub fn ess_tail(&self) -> f64 {
        self.judged().map_or(f64::NAN, |draws| {
            let size = |p| self.size_of_quantile(&draws, p);
            size(0.05).min(size(0.95))
        })
    }

    /// Returns the effective sample size of the mean.
    ///
    /// NaN where a draw is not finite or all are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// // Draws that alternate about their mean are worth more than independent ones.
    /// let alternating: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    /// assert!(Chains::new([&alternating[..]])?.ess_mean() > 100.0);
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), section 3.2, with Geyer's initial monotone sequence; the sum of autocorrelations is kept above `1 / log10(S)`, as in Stan.
    pub fn ess_mean(&self) -> f64 {
        self.judged().map_or(f64::NAN, |draws| {
            let scale = binary_scale(&draws);
            let scaled: Vec<f64> = draws.iter().map(|x| x / scale).collect();
            effective_size(&Halves::split(&scaled, self.length()))
        })
    }

    /// Returns the effective sample size of the quantile at `p`: that of the mean of `theta <= q(p)`.
    ///
    /// NaN where a draw is not finite or all are equal.
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
    /// let draws: Vec<f64> = (0..1000).map(|i| ((i * 7919) % 1000) as f64).collect();
    /// let chains = Chains::new(draws.chunks(500))?;
    /// assert!(chains.ess_quantile(0.5)? > 300.0);
    /// assert!(chains.ess_quantile(1.0).is_err());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), section 4.3.
    pub fn ess_quantile(&self, p: f64) -> Result<f64, Error> {
        Error::unless_probability("the probability of a quantile", p)?;
        Ok(self.judged().map_or(f64::NAN, |draws| self.size_of_quantile(&draws, p)))
    }

    /// Returns the effective sample size of the quantile at `p` of draws that vary.
    pub(super) fn size_of_quantile(&self, draws: &[f64], p: f64) -> f64 {
        let mut sorted = draws.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let quantile = quantile_of_sorted(&sorted, p);
        let below: Vec<f64> = draws.iter().map(|x| f64::from(u8::from(*x <= quantile))).collect();
        effective_size(&Halves::split(&below, self.length()))
    }
}

/// Returns `M N / tau` with `tau = -1 + 2 sum of P_t`, where `P_t = rho_2t + rho_2t+1` are cut off where they become negative and made
/// monotone (Vehtari et al., 2021, section 3.2). Of draws that are all equal it is their number.
pub(super) fn effective_size(halves: &Halves) -> f64 {
    let size = halves.draws.len() as f64;
    if halves.draws.iter().all(|x| *x == halves.draws[0]) {
        return size;
    }
    let length = halves.length;
    let n = length as f64;
    let means: Vec<f64> = halves.iter().map(mean).collect();
    let mut autocovariance = MeanAutocovariance::new(halves, &means);
    let at_zero = autocovariance.at(0);
    let within = at_zero * n / (n - 1.0);
    // There are always two halves, so there is a variance of their means.
    let total = at_zero + variance(&means, 1.0);
    let mut correlation = |lag: usize| 1.0 - (within - autocovariance.at(lag)) / total;

    // Geyer's initial positive sequence: pairs up to the first one that is not positive. Of the last pair only the even part counts.
    let mut sums = Vec::new();
    let mut last = [1.0, correlation(1)];
    let mut lag = 1;
    while lag + 3 < length && last[0] + last[1] > 0.0 {
        sums.push(last[0] + last[1]);
        last = [correlation(lag + 1), correlation(lag + 2)];
        lag += 2;
    }
    let tail = if last[0] > 0.0 || last[0] + last[1] >= 0.0 { last[0] } else { 0.0 };
    // Geyer's initial monotone sequence.
    let mut sum = 0.0;
    let mut bound = f64::INFINITY;
    for pair in sums {
        bound = bound.min(pair);
        sum += bound;
    }
    let autocorrelation_time = (-1.0 + 2.0 * sum + tail).max(1.0 / size.log10());
    size / autocorrelation_time
}

//! The potential scale reduction factor.

use super::Chains;
use super::halves::Halves;
use crate::numeric::{mean, variance};

impl Chains<'_> {
    /// Returns the rank-normalised split R-hat: the larger one of the bulk's, and the tails', of draws folded about their median.
    ///
    /// It tends to 1 where chains agree; above 1.01 they do not yet. It is infinite where each half of a chain stays at a value of
    /// its own, and NaN where a draw is not finite or all are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// // One chain with a trend disagrees with itself.
    /// let trend: Vec<f64> = (0..100).map(f64::from).collect();
    /// assert!(Chains::new([&trend[..]])?.r_hat() > 1.5);
    /// assert!(Chains::new([&[2.0; 10][..]])?.r_hat().is_nan());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Vehtari et al. (2021), sections 4.1 (equation 14) and 4.2; R-hat itself is equation 4. ArviZ refuses a single chain, which the paper's split allows.
    pub fn r_hat(&self) -> f64 {
        let Some(draws) = self.judged() else { return f64::NAN };
        let halves = Halves::split(&draws, self.length());
        let bulk = scale_reduction(&halves.rank_normalised());
        let tail = scale_reduction(&halves.folded().rank_normalised());
        // Folded draws may be all equal, as those at two values are: then the tails say nothing.
        bulk.max(tail)
    }
}

/// Returns `sqrt(((n - 1) / n W + B / n) / W)`.
fn scale_reduction(halves: &Halves) -> f64 {
    let n = halves.length as f64;
    let means: Vec<f64> = halves.iter().map(mean).collect();
    let within = halves.iter().map(|half| variance(half, 1.0)).sum::<f64>() / means.len() as f64;
    let between = n * variance(&means, 1.0);
    ((between / within + n - 1.0) / n).sqrt()
}

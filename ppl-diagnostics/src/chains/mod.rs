//! Chains of draws of one quantity: whether they agree, and how many independent draws they are worth.

mod autocovariance;
mod ess;
mod halves;
mod mcse;
mod r_hat;
#[cfg(test)]
mod tests;

use crate::Error;

/// Chains of draws of one quantity, all of one length, at least four draws each.
///
/// Every statistic first splits each chain in halves (of an odd length the middle draw is left out), so that a trend counts as disagreement
/// and a single chain can be judged. Where draws are not finite, or all equal, a statistic is NaN: such draws have no
/// autocorrelation.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::chains::Chains;
///
/// // Draws of two chains, one after the other.
/// let draws: Vec<f64> = (0..200).map(|i| ((i * 7919) % 200) as f64).collect();
/// let chains = Chains::new(draws.chunks(100))?;
/// assert!(chains.r_hat() < 1.05);
///
/// // The second chain is elsewhere.
/// let moved: Vec<f64> = draws[100..].iter().map(|x| x + 300.0).collect();
/// let chains = Chains::new([&draws[..100], &moved])?;
/// assert!(chains.r_hat() > 1.5);
/// assert!(chains.ess_bulk() < 10.0);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Vehtari, Gelman, Simpson, Carpenter, Buerkner (2021), *Rank-normalization, folding, and localization: an improved R-hat for assessing
/// convergence of MCMC*, Bayesian Analysis 16(2), <https://doi.org/10.1214/20-BA1221>.
#[derive(Clone, Debug)]
pub struct Chains<'a> {
    chains: Vec<&'a [f64]>,
}

impl<'a> Chains<'a> {
    /// Takes chains of draws.
    ///
    /// # Errors
    ///
    /// There is no chain, a chain has fewer than four draws, or two chains have different lengths.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::chains::Chains;
    ///
    /// let (first, second) = ([1.0, 3.0, 2.0, 4.0], [2.0, 1.0, 4.0, 3.0]);
    /// assert!(Chains::new([&first[..], &second]).is_ok());
    /// let error = Chains::new([&first[..], &second[1..]]).unwrap_err();
    /// assert_eq!(error.to_string(), "chain 1 has 3 draws; the first has 4");
    /// ```
    pub fn new(chains: impl IntoIterator<Item = &'a [f64]>) -> Result<Self, Error> {
        let chains: Vec<&[f64]> = chains.into_iter().collect();
        let Some(first) = chains.first() else {
            return Err(Error::TooFew { what: "chains", least: 1, found: 0 });
        };
        let expected = first.len();
        if let Some(chain) = chains.iter().position(|chain| chain.len() != expected) {
            return Err(Error::UnequalChains { chain, expected, found: chains[chain].len() });
        }
        if expected < 4 {
            return Err(Error::TooFew { what: "draws of a chain", least: 4, found: expected });
        }
        Ok(Chains { chains })
    }

    /// Returns all draws, one chain after the other.
    fn flat(&self) -> Vec<f64> {
        self.chains.concat()
    }

    /// Returns all draws, or `None` where they have no statistics: one is not finite, or all are equal.
    fn judged(&self) -> Option<Vec<f64>> {
        let draws = self.flat();
        let varies = draws.iter().any(|x| *x != draws[0]);
        (varies && draws.iter().all(|x| x.is_finite())).then_some(draws)
    }

    /// Returns the number of draws of each chain.
    fn length(&self) -> usize {
        self.chains[0].len()
    }
}

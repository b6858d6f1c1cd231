//! Whether a guide's draws can be trusted, by their importance weights.

use crate::posterior::Posterior;
use crate::program::{Guide, Model};
use crate::results::Summary;
use ppl_diagnostics::psis::{Smoothed, psis};

/// How many independent draws the weighted ones must be worth: with so many the error of a mean is a thirtieth of the deviation, and that of
/// the deviation about a fortieth of itself.
const ENOUGH: f64 = 1_000.0;

/// What the importance weights of a guide's draws say of it.
///
/// # Examples
///
/// See [`fit`](crate::fit).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trust {
    /// The estimated shape of the tail of the weights (Vehtari et al. 2024): below [`threshold`](Trust::threshold) the corrected numbers can be
    /// relied on, from 1 on the weights have no mean. NaN where the draws have no weights.
    pub k_hat: f64,
    /// The largest `k_hat` of so many draws at which corrected numbers can be relied on: at most 0.7.
    pub threshold: f64,
    /// How many independent draws from the posterior the weighted draws are worth, about.
    pub effective_size: f64,
    smoothed: Option<Smoothed>,
}

impl Trust {
    /// Looks at so many draws; where they have no weights nothing is known.
    pub(super) fn of<M: Model, G: Guide<Element = M::Element>>(
        posterior: &mut Posterior<'_, M, G>,
        draws: usize,
    ) -> Trust {
        let densities = posterior.log_densities(draws).ok();
        let smoothed = densities.and_then(|found| psis(&found.log_weights().to_vec(), 1.0).ok());
        match smoothed {
            None => Trust::unknown(),
            Some(smoothed) => Trust {
                k_hat: smoothed.k_hat(),
                threshold: smoothed.k_threshold(),
                effective_size: smoothed.effective_size(),
                smoothed: Some(smoothed),
            },
        }
    }

    /// Returns whether more than these draws tell more: the tail of a few is not that of many, and where the weights differ much the corrected
    /// deviations come from few of them.
    pub(super) fn may_change(&self, draws: usize) -> bool {
        let is_near = self.is_reliable() && self.effective_size > 0.8 * draws as f64;
        self.smoothed.is_some() && !is_near
    }

    /// Of draws without weights nothing is known.
    pub(super) fn unknown() -> Trust {
        Trust { k_hat: f64::NAN, threshold: f64::NAN, effective_size: f64::NAN, smoothed: None }
    }

    /// Returns whether numbers that are corrected by the weights can be relied on: `k_hat` is low enough, and the weighted draws are worth
    /// enough independent ones that means have errors far below a tenth of the deviation.
    ///
    /// # Examples
    ///
    /// See [`fit`](crate::fit).
    pub fn is_reliable(&self) -> bool {
        self.smoothed.is_some() && self.k_hat <= self.threshold && self.effective_size >= ENOUGH
    }

    /// Returns the weights of the draws, where numbers that are corrected by them can be relied on.
    #[cfg(feature = "report")]
    pub(super) fn weights(&self) -> Option<Vec<f64>> {
        self.smoothed.as_ref().filter(|_| self.is_reliable()).map(Smoothed::weights)
    }

    /// Returns the corrected mean, deviation and quantiles of values of the draws, where they can be relied on.
    pub(super) fn corrected(&self, values: &[f64]) -> Option<([f64; 2], [f64; 5])> {
        let smoothed = self.smoothed.as_ref().filter(|_| self.is_reliable())?;
        let moments = [smoothed.mean(values).ok()?.value, smoothed.sd(values).ok()?.value];
        let mut quantiles = [0.0; 5];
        for (to, level) in quantiles.iter_mut().zip(Summary::LEVELS) {
            *to = smoothed.quantile(values, level).ok()?.value;
        }
        Some((moments, quantiles))
    }
}

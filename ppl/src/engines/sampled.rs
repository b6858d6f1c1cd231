//! What an engine has drawn.

use super::chain::SampledChain;
use super::files;
use super::summary::ChainSummary;
use ndarray::Axis;
use ppl_diagnostics::chains::Chains;
use ppl_diagnostics::loo::Loo;
use ppl_diagnostics::psis::Smoothed;
use ppl_runtime::results::{Draws, DrawsError};
use ppl_runtime::{Error, Model, Values, log_likelihoods};
use std::path::Path;

/// Draws of an engine, and what is known of how they came about: of chains, or of a normal approximation with its importance weights.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn weight(y: &[f64]) {
///     let mu = sample!("mu", Normal::new(0.0, 10.0));
///     let sigma = sample!("sigma", HalfNormal::new(2.0));
///     plate!("i", y.len(), |i| observe!("y", Normal::new(mu, sigma), y.at(i)));
/// }
///
/// let y = [2.1, 3.3, 2.9, 3.8, 2.6, 3.0, 3.4, 2.2];
/// let sampled = ppl::pathfinder(weight(&y)).seed(1).run()?;
/// println!("{}", sampled.summary());
/// assert_eq!(sampled.draws().get("mu")?.shape(), [4000]);
/// assert!(sampled.chains().is_empty() && sampled.k_hat() < 0.7);
/// // A draw is where another engine may begin.
/// assert_eq!(sampled.start(17)?.names().collect::<Vec<_>>(), ["mu", "sigma"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sampled {
    pub(super) draws: Draws,
    /// Those of the names that are latent sites.
    pub(super) latents: Vec<String>,
    /// The ends between which the values of each of these lie.
    #[cfg_attr(not(feature = "report"), allow(dead_code, reason = "pages show them, which are a feature"))]
    pub(super) ends: Vec<(String, (f64, f64))>,
    pub(super) origin: Origin,
    pub(super) seed: u64,
}

/// Where draws come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Of chains, with the draws of each one's warmup.
    #[cfg_attr(not(feature = "nuts"), allow(dead_code, reason = "the engine with chains is a feature"))]
    Chains { chains: Vec<SampledChain>, warmup: usize },
    /// Of an approximation. Each has a weight.
    Weighted { log_weights: Vec<f64>, smoothed: Smoothed },
    /// Of an approximation, chosen by these weights.
    Chosen { smoothed: Smoothed },
}

impl Sampled {
    /// Returns the draws, those of all chains after each other.
    ///
    /// # Examples
    ///
    /// See [`Sampled`].
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// Names the elements of a site along its outermost plate, for tables: by the levels of a factor, for example.
    ///
    /// # Errors
    ///
    /// As for [`Draws::label`].
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn calls() {
    ///     plate!("shop", 2, |_i| sample!("rate", Gamma::new(5.0, 1.0)));
    /// }
    ///
    /// let sampled = ppl::laplace(calls()).seed(1).run()?.labelled("rate", ["north", "south"])?;
    /// assert_eq!(sampled.summary().rows()[1].name(), "rate[south]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn labelled<S: Into<String>>(
        mut self,
        site: &str,
        labels: impl IntoIterator<Item = S>,
    ) -> Result<Self, DrawsError> {
        self.draws.label(site, labels)?;
        Ok(self)
    }

    /// Returns the chains, which may be none.
    ///
    /// # Examples
    ///
    /// See [`Sampled`].
    pub fn chains(&self) -> &[SampledChain] {
        match &self.origin {
            Origin::Chains { chains, .. } => chains,
            Origin::Weighted { .. } | Origin::Chosen { .. } => &[],
        }
    }

    /// Returns the log importance weights of the draws, the model's log-density less that of the approximation, natural log and not smoothed; none where
    /// the draws are of chains or chosen by their weights already.
    ///
    /// # Examples
    ///
    /// See [`laplace`](crate::laplace).
    pub fn log_weights(&self) -> Option<&[f64]> {
        match &self.origin {
            Origin::Weighted { log_weights, .. } => Some(log_weights),
            Origin::Chains { .. } | Origin::Chosen { .. } => None,
        }
    }

    /// Returns the estimated shape of the tail of an approximation's importance weights (Vehtari et al. 2024): from 0.7 on it is too far from the posterior
    /// to be corrected. Of chains it is NaN.
    ///
    /// # Examples
    ///
    /// See [`Sampled`].
    pub fn k_hat(&self) -> f64 {
        self.smoothed().map_or(f64::NAN, Smoothed::k_hat)
    }

    pub(super) fn smoothed(&self) -> Option<&Smoothed> {
        match &self.origin {
            Origin::Chains { .. } => None,
            Origin::Weighted { smoothed, .. } | Origin::Chosen { smoothed } => Some(smoothed),
        }
    }

    /// Returns the values of the latent sites in a draw, without those of quantities: where another engine may begin.
    ///
    /// # Errors
    ///
    /// If there is no such draw.
    ///
    /// # Examples
    ///
    /// See [`Sampled`].
    pub fn start(&self, draw: usize) -> Result<Values, Error> {
        start_of(&self.draws, &self.latents, draw)
    }

    /// Returns means, deviations, quantiles and what they can be trusted by, with what is wrong in words.
    ///
    /// # Examples
    ///
    /// See [`ChainSummary`].
    pub fn summary(&self) -> ChainSummary {
        ChainSummary::of(self)
    }

    /// Estimates how well each observation of a model is predicted by the posterior of the others, from these draws of the same model: by
    /// Pareto-smoothed importance sampling (Vehtari et al. 2017), with the weights of the draws where they have any, and for chains with the
    /// least efficient likelihood's effective size.
    ///
    /// # Errors
    ///
    /// As for [`log_likelihoods`](crate::log_likelihoods) and [`LogLikelihoods::loo`](crate::results::LogLikelihoods::loo).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn weight(y: &[f64], scale: f64) {
    ///     let mu = sample!("mu", Normal::new(0.0, 10.0));
    ///     plate!("i", y.len(), |i| observe!("y", Normal::new(mu, scale), y.at(i)));
    /// }
    ///
    /// let y = [2.1, 3.3, 2.9, 3.8, 2.6, 3.0, 3.4, 2.2];
    /// let loo = |scale: f64| ppl::laplace(weight(&y, scale)).seed(1).run()?.loo(&weight(&y, scale));
    /// let (near, wide) = (loo(0.6)?, loo(6.0)?);
    /// let compared = ppl::diagnostics::loo::compare(&[("wide", &wide), ("near", &near)])?;
    /// assert!(compared[0].name == "near" && compared[1].elpd_difference < -5.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn loo<M: Model>(&self, model: &M) -> Result<Loo, Error> {
        let found = log_likelihoods(model, &self.draws)?;
        match &self.origin {
            Origin::Chains { chains, .. } => {
                let efficiency = least_efficiency(&found.matrix(), found.names().len(), chains.len());
                found.loo_of_chains(efficiency)
            }
            Origin::Weighted { log_weights, .. } => found.weighed_by(log_weights.clone())?.loo(),
            Origin::Chosen { .. } => found.loo(),
        }
    }

    /// Writes a page of one file: what is to be thought of the draws, their numbers, densities, intervals and pairs, and of chains the traces and the ranks.
    /// It needs no network and no script, and is made for phones and for dark screens too. Its title is the file's name.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; the error names it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn wait() {
    ///     sample!("t", Gamma::new(30.0, 2.0));
    /// }
    ///
    /// let sampled = ppl::laplace(wait()).draws(100).run()?;
    /// let path = std::env::temp_dir().join(format!("wait-{}.html", std::process::id()));
    /// sampled.report(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.contains(">Densities</h2>"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "report")]
    pub fn report(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        super::page::write(self, path.as_ref())
    }

    /// Writes the draws into a folder in the layout of CmdStan, which ArviZ and others read: `chain_1.csv` and so on, one file for each chain. Draws of
    /// an approximation are one chain; where they have importance weights these are in `log_weight__`.
    ///
    /// A character of a site's name that has a meaning in the layout (`.`, `,`, `#`, quotes, spaces) is written as `_`. The folder is made if there is
    /// none; files of these names are replaced, and others left.
    ///
    /// # Errors
    ///
    /// If the folder or a file cannot be written, or two sites have one name in the layout.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn wait() {
    ///     sample!("t", Gamma::new(30.0, 2.0));
    /// }
    ///
    /// let sampled = ppl::laplace(wait()).draws(10).run()?;
    /// let folder = std::env::temp_dir().join(format!("ppl-draws-{}", std::process::id()));
    /// sampled.write_csv(&folder)?;
    /// sampled.write_npy(&folder)?;
    /// let text = std::fs::read_to_string(folder.join("chain_1.csv"))?;
    /// assert!(text.contains("\nlog_weight__,t\n") && text.lines().filter(|line| !line.starts_with('#')).count() == 11);
    /// // One chain of ten numbers behind a header of 128 bytes.
    /// assert_eq!(std::fs::metadata(folder.join("t.npy"))?.len(), 128 + 80);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_csv(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        files::write_csv(self, folder.as_ref())
    }

    /// Writes the draws into a folder as arrays of NumPy, one file for each site: `theta.npy` and so on, `[chains, draws, plates.., event..]` of doubles. A
    /// character of a site's name that a file's may not have is written as `_`.
    ///
    /// # Errors
    ///
    /// If the folder or a file cannot be written, or two sites would have one file.
    ///
    /// # Examples
    ///
    /// See [`write_csv`](Sampled::write_csv).
    pub fn write_npy(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        files::write_npy(self, folder.as_ref())
    }
}

/// Returns how many independent draws one draw of chains is worth, for the mean likelihood of the observation for which these are fewest.
fn least_efficiency(log_likelihoods: &[f64], observations: usize, chains: usize) -> f64 {
    let draws = log_likelihoods.len() / observations.max(1);
    let of_observation = |observation: usize| {
        let row = |draw: usize| log_likelihoods[draw * observations + observation];
        let highest = (0..draws).map(row).fold(f64::NEG_INFINITY, f64::max);
        let likelihoods: Vec<f64> = (0..draws).map(|draw| (row(draw) - highest).exp()).collect();
        let by_chain = likelihoods.chunks_exact((draws / chains.max(1)).max(1));
        Chains::new(by_chain).map_or(f64::NAN, |chains| chains.ess_mean() / draws as f64)
    };
    // Likelihoods that never change have no effective size, and need none.
    let known = (0..observations).map(of_observation).filter(|efficiency| *efficiency > 0.0);
    known.fold(1.0, f64::min)
}

/// Returns the values of these sites in a draw.
pub(super) fn start_of(draws: &Draws, latents: &[String], draw: usize) -> Result<Values, Error> {
    let count = draws.count();
    if draw >= count {
        return Err(super::density::setup(format!("no draw {draw}; there are {count}, from 0")));
    }
    let of_site = draws.iter().filter(|(name, _)| latents.iter().any(|latent| latent == name));
    Ok(of_site
        .fold(Values::new(), |values, (name, array)| values.with(name, array.index_axis(Axis(0), draw))))
}

//! Numbers of draws, by element, and whether to trust them.

use super::sampled::{Origin, Sampled};
use super::{table, warnings};
use ndarray::{Axis, Dimension};
use ppl_diagnostics::chains::Chains;
use ppl_diagnostics::intervals::quantile;
use ppl_diagnostics::psis::Smoothed;
use ppl_runtime::results::DrawsError;
use std::fmt;

/// The levels of the quantiles.
pub(super) const LEVELS: [f64; 3] = [0.05, 0.5, 0.95];

/// What draws say of one number: an element of a latent site, or of a quantity of the model.
///
/// # Examples
///
/// See [`ChainSummary`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChainRow {
    /// The site.
    pub site: String,
    /// The element: plates first, then the event.
    pub indices: Vec<usize>,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
    /// The quantiles at 5, 50 and 95 %.
    pub quantiles: [f64; 3],
    /// The Monte Carlo standard error of the mean. NaN where it cannot be told.
    pub mcse: f64,
    /// How many independent draws the chains are worth for a measure of location (Vehtari et al. 2021). NaN without chains, and of a constant.
    pub ess_bulk: f64,
    /// The same for the quantiles at 5 and 95 %, the smaller one.
    pub ess_tail: f64,
    /// How well chains agree: near one if they do. NaN without chains, and of a constant.
    pub r_hat: f64,
    pub(super) label: String,
}

impl ChainRow {
    /// Returns the site's name with the indices of the element: `theta[3]`.
    ///
    /// # Examples
    ///
    /// See [`ChainSummary`].
    pub fn name(&self) -> String {
        self.label.clone()
    }
}

/// The summary of an engine's draws. It prints as a table, with what is wrong and what to try below.
///
/// Where draws have importance weights that can be relied on, as those of [`laplace`](crate::laplace), means, deviations and quantiles are weighted by them.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn flat() {
///     let x = sample!("x", Cauchy::new(0.0, 1.0));
///     deterministic!("twice", 2.0 * x);
/// }
///
/// let summary = ppl::laplace(flat()).run()?.summary();
/// let row = summary.row("twice", &[])?;
/// assert_eq!((row.name(), row.quantiles[1].abs() < 0.1), ("twice".to_owned(), true));
/// assert_eq!(summary.rows().len(), 2);
/// assert!(summary.to_string().starts_with("4000 draws"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ChainSummary {
    rows: Vec<ChainRow>,
    warnings: Vec<String>,
    count: usize,
    chains: usize,
    /// What is known of an approximation.
    tail: Option<String>,
}

impl ChainSummary {
    pub(super) fn of(sampled: &Sampled) -> ChainSummary {
        let (count, chains) = (sampled.draws.count(), sampled.chains().len());
        let mut rows = Vec::new();
        let mut column = Vec::with_capacity(count);
        for (site, array) in sampled.draws.iter() {
            for (indices, lane) in ndarray::indices(&array.shape()[1..]).into_iter().zip(array.lanes(Axis(0)))
            {
                column.clear();
                column.extend(lane.iter().copied());
                let label = sampled.draws.element_name(site, indices.slice());
                rows.push(row(label, (site, indices.slice()), &column, &sampled.origin));
            }
        }
        let tail = sampled
            .smoothed()
            .map(|smoothed| tail(smoothed, matches!(sampled.origin, Origin::Weighted { .. })));
        let warnings = warnings::of(sampled, &rows);
        ChainSummary { rows, warnings, count, chains, tail }
    }

    /// Returns the rows, site by site.
    ///
    /// # Examples
    ///
    /// See [`ChainSummary`].
    pub fn rows(&self) -> &[ChainRow] {
        &self.rows
    }

    /// Returns the row of an element.
    ///
    /// # Errors
    ///
    /// If there is no such site, or the site has no such element.
    ///
    /// # Examples
    ///
    /// See [`ChainSummary`].
    pub fn row(&self, site: &str, indices: &[usize]) -> Result<&ChainRow, DrawsError> {
        let of_site = || self.rows.iter().filter(|row| row.site == site);
        if of_site().next().is_none() {
            let mut known: Vec<String> = self.rows.iter().map(|row| row.site.clone()).collect();
            known.dedup();
            return Err(DrawsError::UnknownSite { name: site.to_owned(), nearest: None, known });
        }
        of_site().find(|row| row.indices == indices).ok_or_else(|| DrawsError::UnknownElement {
            name: site.to_owned(),
            indices: indices.to_vec(),
            last: of_site().next_back().map(|row| row.indices.clone()),
        })
    }

    /// Returns what is known of an approximation, in words.
    #[cfg(feature = "report")]
    pub(super) fn tail(&self) -> Option<&str> {
        self.tail.as_deref()
    }

    /// Returns what is wrong, and what to try, in sentences; nothing if nothing is known to be.
    ///
    /// # Examples
    ///
    /// See [`ChainSummary`].
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl fmt::Display for ChainSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, &self.rows, self.count, self.chains)?;
        self.tail.iter().chain(&self.warnings).try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn tail(smoothed: &Smoothed, weighted: bool) -> String {
    let (count, worth) = (smoothed.log_weights().len(), smoothed.effective_size());
    let weighted = match weighted && is_reliable(smoothed) {
        true => "; the numbers above are weighted",
        false => "",
    };
    format!(
        "k-hat {:.2}; {count} draws of the approximation are worth {worth:.0} of the posterior{weighted}",
        smoothed.k_hat()
    )
}

/// Returns whether numbers that are corrected by these weights can be relied on.
pub(super) fn is_reliable(smoothed: &Smoothed) -> bool {
    smoothed.k_hat() <= smoothed.k_threshold()
}

fn row(label: String, (site, indices): (&str, &[usize]), column: &[f64], origin: &Origin) -> ChainRow {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
    let mut row = ChainRow {
        site: site.to_owned(),
        indices: indices.to_vec(),
        label,
        mean,
        deviation: (squares / (column.len() as f64 - 1.0)).sqrt(),
        quantiles: LEVELS.map(|p| quantile(column, p).unwrap_or(f64::NAN)),
        mcse: f64::NAN,
        ess_bulk: f64::NAN,
        ess_tail: f64::NAN,
        r_hat: f64::NAN,
    };
    match origin {
        Origin::Chains { chains, .. } => {
            let of_chain = chains.iter().filter_map(|chain| column.get(chain.rows.clone()));
            if let Ok(chains) = Chains::new(of_chain) {
                row.mcse = chains.mcse_mean();
                row.ess_bulk = chains.ess_bulk();
                row.ess_tail = chains.ess_tail();
                row.r_hat = chains.r_hat();
            }
        }
        Origin::Weighted { smoothed, .. } if is_reliable(smoothed) => {
            if let (Ok(mean), Ok(deviation)) = (smoothed.mean(column), smoothed.sd(column)) {
                row.mean = mean.value;
                row.mcse = mean.mcse;
                row.deviation = deviation.value;
                row.quantiles = LEVELS.map(|p| smoothed.quantile(column, p).map_or(f64::NAN, |q| q.value));
            }
        }
        // Nothing is known of how far the approximation is off.
        Origin::Weighted { .. } => {}
        Origin::Chosen { smoothed } if is_reliable(smoothed) => {
            // The error of the weighted mean (Kong 1992), and that of choosing so many draws by the weights.
            row.mcse =
                row.deviation * (smoothed.effective_size().recip() + (column.len() as f64).recip()).sqrt();
        }
        Origin::Chosen { .. } => {}
    }
    row
}

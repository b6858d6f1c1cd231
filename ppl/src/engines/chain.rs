//! What is known of a chain besides its draws.

use std::ops::Range;

/// A chain: which of the draws are its own, and how they came about.
///
/// # Examples
///
/// See `nuts`, which is there with the feature of that name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampledChain {
    /// Its rows of [`Sampled::draws`](crate::Sampled::draws).
    pub rows: Range<usize>,
    /// Whether the trajectory to a draw diverged, for each draw: the energy's error was above 1,000 or a point lay outside.
    pub divergent: Vec<bool>,
    /// How many trajectories ended because they must not be doubled any more.
    pub deepest: usize,
    /// The mean acceptance probability along the trajectory to a draw, for each draw.
    pub acceptance: Vec<f64>,
    /// The log-density in unconstrained space, for each draw, natural log.
    pub log_densities: Vec<f64>,
    /// Evaluations of the log-density and its gradient, those of the warmup's trajectories too.
    pub gradients: usize,
    /// The columns of the sampler in CmdStan's layout.
    pub(super) columns: Vec<(&'static str, Vec<f64>)>,
}

impl SampledChain {
    /// Returns how many trajectories diverged.
    ///
    /// # Examples
    ///
    /// See `nuts`, which is there with the feature of that name.
    pub fn divergences(&self) -> usize {
        self.divergent.iter().filter(|&&divergent| divergent).count()
    }
}

#[cfg(feature = "nuts")]
impl SampledChain {
    /// Returns what a chain of the sampler says, whose first draw is in this row.
    pub(super) fn of(chain: &ppl_samplers::Chain, first: usize) -> SampledChain {
        let statistics = &chain.statistics;
        let column =
            |of: fn(&ppl_samplers::DrawStatistics) -> f64| statistics.iter().map(of).collect::<Vec<f64>>();
        let log_densities = column(|draw| draw.log_density);
        let acceptance = column(|draw| draw.acceptance);
        let columns = vec![
            ("lp__", log_densities.clone()),
            ("accept_stat__", acceptance.clone()),
            ("stepsize__", column(|draw| draw.step_size)),
            ("treedepth__", column(|draw| draw.depth as f64)),
            ("n_leapfrog__", column(|draw| draw.gradients as f64)),
            ("divergent__", column(|draw| f64::from(u8::from(draw.divergent)))),
            ("energy__", column(|draw| draw.energy)),
        ];
        SampledChain {
            rows: first..first + chain.len(),
            divergent: statistics.iter().map(|draw| draw.divergent).collect(),
            deepest: statistics.iter().filter(|draw| draw.max_depth_reached).count(),
            acceptance,
            log_densities,
            gradients: chain.warmup_gradients + statistics.iter().map(|draw| draw.gradients).sum::<usize>(),
            columns,
        }
    }
}

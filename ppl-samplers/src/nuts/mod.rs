//! The No-U-Turn sampler, by `nuts-rs`, with chains on threads.

mod chain;

use std::sync::atomic::{AtomicBool, Ordering};

use nuts_rs::{DiagNutsSettings, LowRankNutsSettings};

use crate::error::{SamplerError, check_count};
use crate::random::{Generator, Purpose, fill_standard_normal, stream};
use crate::start::find_start;
use crate::target::{Target, evaluate_inside};
use crate::threads::{Make, run_jobs, threads_for};
use chain::RunningChain;

/// Settings of the No-U-Turn sampler.
///
/// The sampler is that of the library `nuts-rs`: multinomial choice within a trajectory, the step size by dual averaging (varied by a tenth from
/// draw to draw), and a metric that is estimated from the draws and their gradients during warmup.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Nuts, Target, TargetError};
///
/// struct Normal;
///
/// impl Target for Normal {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         gradient[0] = 3.0 - x[0];
///         gradient[1] = -x[1] / 4.0;
///         Ok(-0.5 * (x[0] - 3.0).powi(2) - x[1] * x[1] / 8.0)
///     }
/// }
///
/// let chains = Nuts::new().warmup(300).draws(500).seed(1).run(|| Normal)?;
/// assert_eq!(chains.len(), 4);
/// let mean = chains.iter().flat_map(|chain| chain.iter()).map(|x| x[0]).sum::<f64>() / 2000.0;
/// assert!((mean - 3.0).abs() < 0.2);
/// assert!(chains.iter().all(|chain| chain.statistics.iter().all(|draw| !draw.divergent)));
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
///
/// # References
///
/// Hoffman and Gelman (2014), [The No-U-Turn sampler](https://jmlr.org/papers/v15/hoffman14a.html); Betancourt (2017), [A conceptual introduction to
/// Hamiltonian Monte Carlo](https://arxiv.org/abs/1701.02434); Seyboldt, Carlson and Carpenter (2026), [Preconditioning Hamiltonian Monte Carlo by
/// minimizing Fisher divergence](https://arxiv.org/abs/2603.18845), for the metric.
#[derive(Debug, Clone)]
#[must_use]
pub struct Nuts {
    seed: u64,
    chains: usize,
    threads: Option<usize>,
    warmup: usize,
    draws: usize,
    target_acceptance: f64,
    max_depth: usize,
    metric: Metric,
    starts: Vec<Vec<f64>>,
}

/// What the inverse metric, an estimate of the posterior's covariance, looks like.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Metric, Nuts};
///
/// let settings = Nuts::new().metric(Metric::LowRank);
/// assert!(format!("{settings:?}").contains("LowRank"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Metric {
    /// Variances alone.
    #[default]
    Diagonal,
    /// Variances, and those directions of correlation whose variance is then still below a half or above two. There may be as many of them as
    /// dimensions, so that this stands for a dense metric too.
    LowRank,
}

/// The draws of one chain after warmup.
///
/// # Examples
///
/// See [`Nuts`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Chain {
    dim: usize,
    positions: Vec<f64>,
    /// Of each draw.
    pub statistics: Vec<DrawStatistics>,
    /// How many draws of the warmup diverged.
    pub warmup_divergences: usize,
    /// Evaluations of the log-density and its gradient by trajectories of the warmup.
    pub warmup_gradients: usize,
}

/// What is known of a draw besides its place.
///
/// # Examples
///
/// See [`Nuts`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct DrawStatistics {
    /// The target's log-density, natural log.
    pub log_density: f64,
    /// Whether the trajectory ended because the energy's error was greater than 1,000 or a point lay outside.
    pub divergent: bool,
    /// How often the trajectory was doubled.
    pub depth: usize,
    /// Whether it ended because it must not be doubled any more.
    pub max_depth_reached: bool,
    /// Evaluations of the log-density and its gradient.
    pub gradients: usize,
    /// The step size of the integrator.
    pub step_size: f64,
    /// The Hamiltonian at the draw: minus the log-density of the scaled position, plus the kinetic energy.
    pub energy: f64,
    /// The mean acceptance probability along the trajectory.
    pub acceptance: f64,
}

/// How far a chain has come, told after each of its draws.
///
/// # Examples
///
/// See [`Nuts::run_with_progress`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ChainProgress {
    /// The chain, counted from nought.
    pub chain: usize,
    /// Draws made, those of the warmup too.
    pub draws: usize,
    /// Draws to be made, those of the warmup too.
    pub total: usize,
    /// Whether the draw belonged to the warmup.
    pub warmup: bool,
    /// Divergences after warmup.
    pub divergences: usize,
    /// The step size of the draw.
    pub step_size: f64,
}

impl Chain {
    /// The number of draws.
    pub fn len(&self) -> usize {
        self.statistics.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.statistics.is_empty()
    }

    /// Each draw in turn, `[dim]`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.len()).map(|i| &self.positions[i * self.dim..(i + 1) * self.dim])
    }

    /// All draws, `[draws, dim]`, row-major.
    pub fn positions(&self) -> &[f64] {
        &self.positions
    }
}

impl Default for Nuts {
    fn default() -> Nuts {
        Nuts::new()
    }
}

impl Nuts {
    /// The settings' defaults: seed 0, four chains on as many threads as there are cores, each with 1,000 draws of warmup and 1,000 after it, a
    /// target acceptance of .8, trajectories doubled at most ten times, a diagonal metric, starts drawn from uniform(-2, 2).
    pub fn new() -> Nuts {
        Nuts {
            seed: 0,
            chains: 4,
            threads: None,
            warmup: 1000,
            draws: 1000,
            target_acceptance: 0.8,
            max_depth: 10,
            metric: Metric::Diagonal,
            starts: Vec::new(),
        }
    }

    /// The seed. What a chain draws depends on it and on the chain's number, not on threads.
    pub fn seed(mut self, seed: u64) -> Nuts {
        self.seed = seed;
        self
    }

    /// The number of chains.
    pub fn chains(mut self, chains: usize) -> Nuts {
        self.chains = chains;
        self
    }

    /// The number of threads on which chains run.
    pub fn threads(mut self, threads: usize) -> Nuts {
        self.threads = Some(threads);
        self
    }

    /// The number of draws, of each chain, by which step size and metric are found. They are not kept.
    pub fn warmup(mut self, draws: usize) -> Nuts {
        self.warmup = draws;
        self
    }

    /// The number of draws of each chain after warmup.
    pub fn draws(mut self, draws: usize) -> Nuts {
        self.draws = draws;
        self
    }

    /// The mean acceptance probability that the step size aims at, between 0 and 1. A greater one takes smaller steps, and diverges less.
    pub fn target_acceptance(mut self, probability: f64) -> Nuts {
        self.target_acceptance = probability;
        self
    }

    /// How often a trajectory may be doubled: it has less than 2 to the power of so many steps.
    pub fn max_depth(mut self, doublings: usize) -> Nuts {
        self.max_depth = doublings;
        self
    }

    /// What the metric looks like.
    pub fn metric(mut self, metric: Metric) -> Nuts {
        self.metric = metric;
        self
    }

    /// Where chains begin, one point for each, `[dim]`. Draws of an approximation are better than its mode: at a point where elements of the gradient are
    /// exactly zero, these coordinates are moved by a normal jitter of a hundredth of their size (or of one), since the first metric is
    /// made from the gradient.
    pub fn starts(mut self, points: impl Into<Vec<Vec<f64>>>) -> Nuts {
        self.starts = points.into();
        self
    }

    /// Runs all chains, each thread on a target of its own, and gives them in their order.
    ///
    /// # Errors
    ///
    /// If the target stops, a chain finds no point with a finite density to begin at, or a setting or a start is wrong.
    pub fn run<'t, T: Target + 't>(&self, make: impl Fn() -> T + Sync) -> Result<Vec<Chain>, SamplerError> {
        self.run_with_progress(make, |_| {})
    }

    /// As [`Nuts::run`]; calls back after each draw, on the chain's thread.
    ///
    /// # Errors
    ///
    /// As [`Nuts::run`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// # use ppl_samplers::{Nuts, Target, TargetError};
    /// # struct Normal;
    /// # impl Target for Normal {
    /// #     fn dim(&self) -> usize { 1 }
    /// #     fn log_density_and_gradient(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64, TargetError> {
    /// #         g[0] = -x[0];
    /// #         Ok(-0.5 * x[0] * x[0])
    /// #     }
    /// # }
    /// let told = AtomicUsize::new(0);
    /// Nuts::new().chains(2).warmup(50).draws(10).run_with_progress(|| Normal, |progress| {
    ///     assert_eq!(progress.warmup, progress.draws <= 50);
    ///     told.fetch_add(1, Ordering::Relaxed);
    /// })?;
    /// assert_eq!(told.into_inner(), 120);
    /// # Ok::<(), ppl_samplers::SamplerError>(())
    /// ```
    pub fn run_with_progress<'t, T: Target + 't>(
        &self,
        make: impl Fn() -> T + Sync,
        progress: impl Fn(ChainProgress) + Sync,
    ) -> Result<Vec<Chain>, SamplerError> {
        self.run_all(&move || Box::new(make()) as Box<dyn Target + 't>, &progress)
    }

    fn run_all(
        &self,
        make: Make<'_, '_>,
        progress: &(dyn Fn(ChainProgress) + Sync),
    ) -> Result<Vec<Chain>, SamplerError> {
        check_count("chains", self.chains)?;
        if !(1..=30).contains(&self.max_depth) {
            let found = self.max_depth as f64;
            return Err(SamplerError::Setting { setting: "max_depth", expected: "between 1 and 30", found });
        }
        if !(self.target_acceptance > 0.0 && self.target_acceptance < 1.0) {
            let (setting, expected) = ("target_acceptance", "between 0 and 1, both excluded");
            return Err(SamplerError::Setting { setting, expected, found: self.target_acceptance });
        }
        if !self.starts.is_empty() && self.starts.len() != self.chains {
            let (expected, found) = (self.chains, self.starts.len());
            return Err(SamplerError::Length {
                what: "a list of starts, one for each chain,",
                expected,
                found,
            });
        }
        let threads = threads_for(self.chains, self.threads);
        run_jobs(self.chains, threads, make, &|target, index, stop| {
            self.run_chain(target, index, stop, progress)
        })
    }

    /// A chain; what there is of it if another has failed.
    fn run_chain(
        &self,
        target: &mut dyn Target,
        index: usize,
        stop: &AtomicBool,
        progress: &(dyn Fn(ChainProgress) + Sync),
    ) -> Result<Chain, SamplerError> {
        let mut rng = stream(self.seed, Purpose::Chain, index);
        let mut start = find_start(target, self.starts.get(index).map(Vec::as_slice), &mut rng)?;
        leave_stationary(target, &mut start, &mut rng)?;
        let dim = start.len();
        check_count("the dimension of the target", dim)?;
        let mut chain = Chain {
            dim,
            positions: Vec::new(),
            statistics: Vec::new(),
            warmup_divergences: 0,
            warmup_gradients: 0,
        };
        let mut running = RunningChain::new(self, index, target, &start, &mut rng)?;
        let total = self.warmup.saturating_add(self.draws);
        let mut divergences = 0;
        for draw in 0..total {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let (position, statistics) = running.next()?;
            let warmup = draw < self.warmup;
            if warmup {
                chain.warmup_divergences += usize::from(statistics.divergent);
                chain.warmup_gradients += statistics.gradients;
            } else {
                divergences += usize::from(statistics.divergent);
                chain.positions.extend_from_slice(&position);
                chain.statistics.push(statistics);
            }
            let step_size = statistics.step_size;
            progress(ChainProgress { chain: index, draws: draw + 1, total, warmup, divergences, step_size });
        }
        Ok(chain)
    }

    fn diagonal(&self) -> DiagNutsSettings {
        let mut theirs = DiagNutsSettings {
            num_tune: self.warmup as u64,
            num_draws: self.draws as u64,
            maxdepth: self.max_depth as u64,
            ..DiagNutsSettings::default()
        };
        theirs.adapt_options.step_size_settings.target_accept = self.target_acceptance;
        theirs
    }

    fn low_rank(&self) -> LowRankNutsSettings {
        let mut theirs = LowRankNutsSettings {
            num_tune: self.warmup as u64,
            num_draws: self.draws as u64,
            maxdepth: self.max_depth as u64,
            ..LowRankNutsSettings::default()
        };
        theirs.adapt_options.step_size_settings.target_accept = self.target_acceptance;
        theirs
    }
}

/// Moves the coordinates of a start whose gradient is exactly zero, if that leads to a point inside.
fn leave_stationary(
    target: &mut dyn Target,
    start: &mut Vec<f64>,
    rng: &mut Generator,
) -> Result<(), SamplerError> {
    let mut gradient = vec![0.0; start.len()];
    evaluate_inside(target, start, &mut gradient)?;
    if gradient.iter().all(|&g| g != 0.0) {
        return Ok(());
    }
    let mut jitter = vec![0.0; start.len()];
    fill_standard_normal(rng, &mut jitter);
    let mut moved = start.clone();
    for ((x, g), z) in moved.iter_mut().zip(&gradient).zip(&jitter) {
        if *g == 0.0 {
            *x += 0.01 * x.abs().max(1.0) * z;
        }
    }
    if evaluate_inside(target, &moved, &mut gradient)?.is_some() {
        *start = moved;
    }
    Ok(())
}

//! Pathfinder with several paths and importance resampling.

use super::density::{Density, check_count, density_of, latents_of, on_thread, points_of, setup, told};
use super::sampled::{Origin, Sampled};
use ppl_diagnostics::psis::psis;
use ppl_runtime::{Error, Model, Values};
use ppl_samplers::{Path, Pathfinder, Target, resample};

/// Begins Pathfinder on a model: normal approximations along several paths towards modes in unconstrained space, and of their draws those that smoothed
/// importance weights choose.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn weight(y: f64) {
///     let mu = sample!("mu", Normal::new(0.0, 10.0));
///     observe!("y", Normal::new(mu, 1.0), y);
/// }
///
/// let sampled = ppl::pathfinder(weight(3.0)).seed(1).run()?;
/// println!("{}", sampled.summary());
/// assert!((sampled.summary().row("mu", &[])?.mean - 3.0 / 1.01).abs() < 0.08 && sampled.k_hat() < 0.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// Zhang, Carpenter, Gelman and Vehtari (2022), [Pathfinder: Parallel quasi-Newton variational inference](https://jmlr.org/papers/v23/21-0889.html),
/// algorithms 1, 2 and 5. One deviation: a draw is weighted by the mean of the densities of all paths, and not by that of its own
/// (Veach and Guibas 1995, the balance heuristic), so that a path that went astray does no harm where another covers its place.
pub fn pathfinder<M: Model + Sync>(model: M) -> PathfinderSettings<M> {
    PathfinderSettings { model, seed: 0, paths: 4, draws: 4000, threads: None, starts: Vec::new() }
}

/// A run of Pathfinder that has not begun, as [`pathfinder`] returns it.
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
/// let model = wait();
/// let settings = ppl::pathfinder(&model).seed(3).paths(2).draws(1000).threads(1);
/// let starts = [Values::new().with("t", 10.0), Values::new().with("t", 20.0)];
/// let sampled = settings.clone().starts(&starts).run()?;
/// assert_eq!(sampled.draws().count(), 1000);
/// let error = settings.starts(&starts[..1]).run().unwrap_err();
/// assert!(error.to_string().contains("one for each path, of length 2, found 1"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PathfinderSettings<M> {
    model: M,
    seed: u64,
    paths: usize,
    draws: usize,
    threads: Option<usize>,
    starts: Vec<Values>,
}

impl<M: Model + Sync> PathfinderSettings<M> {
    /// Sets the seed that every random number comes from (0 by default).
    ///
    /// # Examples
    ///
    /// See [`PathfinderSettings`].
    pub fn seed(self, seed: u64) -> Self {
        PathfinderSettings { seed, ..self }
    }

    /// Sets the number of paths (4 by default).
    ///
    /// # Examples
    ///
    /// See [`PathfinderSettings`].
    pub fn paths(self, paths: usize) -> Self {
        PathfinderSettings { paths, ..self }
    }

    /// Sets the number of draws, which are chosen among as many of each path (4,000 by default).
    ///
    /// # Examples
    ///
    /// See [`PathfinderSettings`].
    pub fn draws(self, draws: usize) -> Self {
        PathfinderSettings { draws, ..self }
    }

    /// Sets the number of threads on which paths run (by default as many as there are cores). No result depends on it.
    ///
    /// # Examples
    ///
    /// See [`PathfinderSettings`].
    pub fn threads(self, threads: usize) -> Self {
        PathfinderSettings { threads: Some(threads), ..self }
    }

    /// Sets the values of all latent sites at which paths begin, one for each path. By default these are drawn from uniform(-2, 2) in unconstrained
    /// space.
    ///
    /// # Examples
    ///
    /// See [`PathfinderSettings`].
    pub fn starts(self, starts: &[Values]) -> Self {
        PathfinderSettings { starts: starts.to_vec(), ..self }
    }

    /// Follows the paths, and chooses among their draws.
    ///
    /// # Errors
    ///
    /// If the program or its data is wrong, a latent site is discrete and not summed out, a start lies outside, no path comes by a normal
    /// approximation, or a setting is wrong.
    ///
    /// # Examples
    ///
    /// See [`pathfinder`].
    pub fn run(self) -> Result<Sampled, Error> {
        let mut density = density_of(&self.model)?;
        let dim = density.dim();
        let mut settings = Pathfinder::new().seed(self.seed).paths(self.paths).draws(self.draws);
        if let Some(threads) = self.threads {
            settings = settings.threads(threads);
        }
        let make = || on_thread(&self.model, dim);
        draw(&mut *density, settings, &self.starts, self.draws, self.seed, &make)
    }
}

fn draw<'m>(
    density: &mut dyn Density,
    settings: Pathfinder,
    starts: &[Values],
    count: usize,
    seed: u64,
    make: &(dyn Fn() -> Box<dyn Target + 'm> + Sync),
) -> Result<Sampled, Error> {
    check_count("draws", count)?;
    let names = density.names();
    let settings = settings.starts(points_of(density, starts)?);
    let found = settings.run(make).map_err(|error| told(error, &names))?;
    let points: Vec<&[f64]> = found.paths.iter().flat_map(|path| path.draws.iter()).collect();
    let log_weights = log_weights(&found.paths).map_err(|error| told(error, &names))?;
    let smoothed = psis(&log_weights, 1.0).map_err(|error| setup(error.to_string()))?;
    let chosen = resample(smoothed.log_weights(), count, seed).map_err(|error| told(error, &names))?;
    let draws = density.constrain(&mut chosen.iter().map(|&i| points[i]))?;
    let latents = latents_of(&draws, &names);
    Ok(Sampled { draws, latents, ends: density.ends(), origin: Origin::Chosen { smoothed }, seed })
}

/// Returns `log p - log mean_k q_k` of all draws, path by path: each path has as many draws.
fn log_weights(paths: &[Path]) -> Result<Vec<f64>, ppl_samplers::SamplerError> {
    let mut log_weights = Vec::new();
    for path in paths {
        for ((x, own), log_weight) in path.draws.iter().zip(path.draws.log_q()).zip(&path.log_weights) {
            let logs = paths.iter().map(|other| other.log_density(x)).collect::<Result<Vec<f64>, _>>()?;
            let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
            let log_mixture = largest + (sum / paths.len() as f64).ln();
            log_weights.push(log_weight + own - log_mixture);
        }
    }
    Ok(log_weights)
}

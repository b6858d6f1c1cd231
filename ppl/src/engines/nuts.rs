//! The No-U-Turn sampler.

use super::chain::SampledChain;
use super::density::{Density, check_count, density_of, latents_of, on_thread, points_of, told};
use super::sampled::{Origin, Sampled};
use ppl_runtime::{Error, Model, Values};
use ppl_samplers::{Metric, Nuts, Target};

/// Begins the No-U-Turn sampler on a model: chains whose draws are of the posterior, once they have converged.
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
/// let sampled = ppl::nuts(weight(3.0)).seed(1).run()?;
/// let summary = sampled.summary();
/// println!("{summary}");
/// assert!(summary.warnings().is_empty());
/// let mu = summary.row("mu", &[])?;
/// assert!((mu.mean - 3.0 / 1.01).abs() < 4.0 * mu.mcse && mu.r_hat < 1.01);
/// let second = &sampled.chains()[1];
/// assert_eq!((second.rows.clone(), second.divergences(), second.deepest), (1000..2000, 0, 0));
/// assert_eq!((second.log_densities.len(), second.acceptance.len()), (1000, 1000));
/// assert!(second.gradients > 2000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// Hoffman and Gelman (2014), [The No-U-Turn sampler](https://jmlr.org/papers/v15/hoffman14a.html). The sampler is that of
/// [nuts-rs](https://docs.rs/nuts-rs).
pub fn nuts<M: Model + Sync>(model: M) -> NutsSettings<M> {
    NutsSettings {
        model,
        seed: 0,
        chains: 4,
        warmup: 1000,
        draws: 1000,
        starts: Vec::new(),
        settings: Nuts::new(),
    }
}

/// A run of the No-U-Turn sampler that has not begun, as [`nuts`] returns it.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn schools(y: &[f64], error: &[f64]) {
///     let mu = sample!("mu", Normal::new(0.0, 5.0));
///     let tau = sample!("tau", HalfCauchy::new(5.0));
///     plate!("school", y.len(), |j| {
///         let z = sample!("z", Normal::new(0.0, 1.0));
///         let theta = deterministic!("theta", mu + tau * z);
///         observe!("y", Normal::new(theta, error.at(j)), y.at(j));
///     });
/// }
///
/// let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
/// let error = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
/// // It begins where Pathfinder has ended.
/// let found = ppl::pathfinder(schools(&y, &error)).seed(1).run()?;
/// let starts = [found.start(0)?, found.start(1)?];
/// let settings = ppl::nuts(schools(&y, &error)).chains(2).starts(&starts).threads(2);
/// let settings = settings.warmup(300).draws(200).seed(1).target_acceptance(0.95).max_depth(8).metric(ppl::Metric::LowRank);
/// let sampled = settings.run()?;
/// assert_eq!(sampled.draws().get("theta")?.shape(), [400, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NutsSettings<M> {
    model: M,
    seed: u64,
    chains: usize,
    warmup: usize,
    draws: usize,
    starts: Vec<Values>,
    settings: Nuts,
}

impl<M: Model + Sync> NutsSettings<M> {
    /// Sets the seed that every random number comes from (0 by default). What a chain draws depends on it and on the chain's number, not on threads.
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn seed(self, seed: u64) -> Self {
        NutsSettings { seed, ..self }
    }

    /// Sets the number of chains (4 by default).
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn chains(self, chains: usize) -> Self {
        NutsSettings { chains, ..self }
    }

    /// Sets the number of threads on which chains run (by default as many as there are cores).
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn threads(self, threads: usize) -> Self {
        NutsSettings { settings: self.settings.threads(threads), ..self }
    }

    /// Sets the number of draws, of each chain, by which step size and metric are found; they are not kept (1,000 by default).
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn warmup(self, warmup: usize) -> Self {
        NutsSettings { warmup, ..self }
    }

    /// Sets the number of draws of each chain after warmup (1,000 by default).
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn draws(self, draws: usize) -> Self {
        NutsSettings { draws, ..self }
    }

    /// Sets the mean acceptance probability that the step size aims at, between 0 and 1 (0.8 by default). A greater one takes smaller steps, and
    /// diverges less.
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn target_acceptance(self, probability: f64) -> Self {
        NutsSettings { settings: self.settings.target_acceptance(probability), ..self }
    }

    /// Sets how often a trajectory may be doubled (10 by default): it has less than 2 to the power of so many steps.
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn max_depth(self, doublings: usize) -> Self {
        NutsSettings { settings: self.settings.max_depth(doublings), ..self }
    }

    /// Sets what the metric looks like ([`Metric::Diagonal`] by default).
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn metric(self, metric: Metric) -> Self {
        NutsSettings { settings: self.settings.metric(metric), ..self }
    }

    /// Sets the values of all latent sites at which chains begin, one for each chain. By default these are drawn from uniform(-2, 2) in unconstrained
    /// space. Draws of an approximation do better than its mode.
    ///
    /// # Examples
    ///
    /// See [`NutsSettings`].
    pub fn starts(self, starts: &[Values]) -> Self {
        NutsSettings { starts: starts.to_vec(), ..self }
    }

    /// Runs all chains. The threads share the model.
    ///
    /// # Errors
    ///
    /// If the program or its data is wrong, a latent site is discrete and not summed out, a start lies outside or none is found, or a setting is
    /// wrong. That chains do not agree is no error: the summary says so.
    ///
    /// # Examples
    ///
    /// See [`nuts`].
    pub fn run(self) -> Result<Sampled, Error> {
        let mut density = density_of(&self.model)?;
        let dim = density.dim();
        let make = || on_thread(&self.model, dim);
        let settings =
            self.settings.seed(self.seed).chains(self.chains).warmup(self.warmup).draws(self.draws);
        check_count("draws", self.draws)?;
        draw(&mut *density, settings, &self.starts, (self.seed, self.warmup), &make)
    }
}

fn draw<'m>(
    density: &mut dyn Density,
    settings: Nuts,
    starts: &[Values],
    (seed, warmup): (u64, usize),
    make: &(dyn Fn() -> Box<dyn Target + 'm> + Sync),
) -> Result<Sampled, Error> {
    let names = density.names();
    let settings = settings.starts(points_of(density, starts)?);
    let found = settings.run(make).map_err(|error| told(error, &names))?;
    let draws = density.constrain(&mut found.iter().flat_map(|chain| chain.iter()))?;
    let mut first = 0;
    let mut chains = Vec::with_capacity(found.len());
    for chain in &found {
        chains.push(SampledChain::of(chain, first));
        first += chain.len();
    }
    let latents = latents_of(&draws, &names);
    Ok(Sampled { draws, latents, ends: density.ends(), origin: Origin::Chains { chains, warmup }, seed })
}

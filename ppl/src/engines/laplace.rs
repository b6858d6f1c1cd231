//! Laplace's approximation.

use super::density::{Density, check_count, density_of, latents_of, setup, told};
use super::map::find;
use super::sampled::{Origin, Sampled};
use ppl_diagnostics::psis::psis;
use ppl_runtime::{Error, Model, Values};
use ppl_samplers::{Laplace, Map};

/// Begins Laplace's approximation of a model's posterior: the normal distribution at the mode in unconstrained space, with the inverse of the negative
/// Hessian as its covariance.
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
/// let sampled = ppl::laplace(weight(3.0)).seed(1).run()?;
/// println!("{}", sampled.summary());
/// let summary = sampled.summary();
/// let mu = summary.row("mu", &[])?;
/// assert!((mu.mean - 3.0 / 1.01).abs() < 0.05 && (mu.deviation - 1.01f64.sqrt().recip()).abs() < 0.05);
/// // It is the posterior itself, so that all weights are the evidence: the density of the normal with variance 101 at 3.
/// let evidence = -0.5 * ((2.0 * std::f64::consts::PI * 101.0).ln() + 9.0 / 101.0);
/// assert!(sampled.log_weights().unwrap().iter().all(|w| (w - evidence).abs() < 1e-6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// Tierney and Kadane (1986), *Accurate approximations for posterior moments and marginal densities*, section 2, for the normal at the mode.
pub fn laplace<M: Model>(model: M) -> LaplaceSettings<M> {
    LaplaceSettings { model, seed: 0, draws: 4000, restarts: 0, start: None }
}

/// A Laplace approximation that has not been run, as [`laplace`] returns it.
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
/// let settings = ppl::laplace(wait()).seed(3).draws(2000).restarts(1);
/// let summary = settings.start(Values::new().with("t", 15.0)).run()?.summary();
/// // Weighted, it is the gamma distribution.
/// assert!((summary.row("t", &[])?.mean - 15.0).abs() < 0.3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LaplaceSettings<M> {
    model: M,
    seed: u64,
    draws: usize,
    restarts: usize,
    start: Option<Values>,
}

impl<M: Model> LaplaceSettings<M> {
    /// Sets the seed of the search for the mode and of the draws (0 by default).
    ///
    /// # Examples
    ///
    /// See [`LaplaceSettings`].
    pub fn seed(self, seed: u64) -> Self {
        LaplaceSettings { seed, ..self }
    }

    /// Sets the number of draws (4,000 by default).
    ///
    /// # Examples
    ///
    /// See [`LaplaceSettings`].
    pub fn draws(self, draws: usize) -> Self {
        LaplaceSettings { draws, ..self }
    }

    /// Sets how many more searches for a mode there are, from other points; the best mode is taken (none by default).
    ///
    /// # Examples
    ///
    /// See [`LaplaceSettings`].
    pub fn restarts(self, restarts: usize) -> Self {
        LaplaceSettings { restarts, ..self }
    }

    /// Sets the values of all latent sites at which the search for the mode begins.
    ///
    /// # Examples
    ///
    /// See [`LaplaceSettings`].
    pub fn start(self, values: Values) -> Self {
        LaplaceSettings { start: Some(values), ..self }
    }

    /// Finds the mode and draws from the normal distribution there.
    ///
    /// # Errors
    ///
    /// As [`MapSettings::run`](crate::MapSettings::run); and if there is no mode, or the log-density does not fall off on all sides of it. The error names the
    /// coordinates.
    ///
    /// # Examples
    ///
    /// See [`laplace`].
    pub fn run(self) -> Result<Sampled, Error> {
        let mut density = density_of(&self.model)?;
        let map = Map::new().seed(self.seed).restarts(self.restarts);
        draw(&mut *density, map, self.start, self.draws, self.seed)
    }
}

fn draw(
    density: &mut dyn Density,
    map: Map,
    start: Option<Values>,
    count: usize,
    seed: u64,
) -> Result<Sampled, Error> {
    check_count("draws", count)?;
    let names = density.names();
    let mode = find(density, map, start)?;
    if !mode.is_mode() {
        return Err(setup(format!("there is no mode at which to approximate the posterior. {}", mode.why())));
    }
    let normal = Laplace::at(density, &mode.position).map_err(|error| told(error, &names))?;
    let points = normal.draws(count, seed);
    let log_weights = points.log_weights(density).map_err(|error| told(error, &names))?;
    let smoothed = psis(&log_weights, 1.0).map_err(|error| setup(error.to_string()))?;
    // Not all draws of the normal distribution need to have values: far out a bijection may leave the numbers of its type.
    let draws = density.constrain(&mut points.iter())?;
    let latents = latents_of(&draws, &names);
    Ok(Sampled {
        draws,
        latents,
        ends: density.ends(),
        origin: Origin::Weighted { log_weights, smoothed },
        seed,
    })
}

//! Modes.

use super::density::{Density, density_of, latents_of, listed, points_of, told};
use super::sampled::start_of;
use ndarray::{ArrayD, Axis};
use ppl_runtime::results::{Draws, DrawsError};
use ppl_runtime::{Error, Model, Values};
use ppl_samplers::{Map, Stop};
use std::fmt;

/// Begins a search for the mode of a model's posterior, in unconstrained space.
///
/// It is the mode of the density of the unconstrained numbers, which has the log-determinants of the bijections onto the supports: near it a normal
/// approximation does best. Where all supports are the real line it is the maximum a posteriori; where not, that one depends on how the sites are
/// parameterised, and [`auto::Delta`](crate::auto::Delta) finds it for the sites as they are written.
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
/// let mode = ppl::map(weight(3.0)).run()?;
/// assert!(mode.is_mode());
/// assert!((mode.value("mu")?[[]] - 3.0 / 1.01).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// Nocedal and Wright (2006), *Numerical Optimization*, second edition, algorithms 7.4 and 7.5 (L-BFGS).
pub fn map<M: Model>(model: M) -> MapSettings<M> {
    MapSettings { model, seed: 0, restarts: 0, max_iterations: 2000, start: None }
}

/// A search for a mode that has not been run, as [`map`] returns it.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn tilted() {
///     let x = sample!("x", Normal::new(0.0, 1.0));
///     // Two hills, the right one the higher.
///     factor!("hills", 0.3 * x - 4.0 * (x * x - 2.0).powi(2));
/// }
///
/// let settings = ppl::map(tilted()).seed(1).max_iterations(500);
/// let mode = settings.restarts(2).start(Values::new().with("x", 1.0)).run()?;
/// assert!(mode.value("x")?[[]] > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MapSettings<M> {
    model: M,
    seed: u64,
    restarts: usize,
    max_iterations: usize,
    start: Option<Values>,
}

impl<M: Model> MapSettings<M> {
    /// Sets the seed of the first point and of restarts (0 by default).
    ///
    /// # Examples
    ///
    /// See [`MapSettings`].
    pub fn seed(self, seed: u64) -> Self {
        MapSettings { seed, ..self }
    }

    /// Sets how many ascents more there are, from other points; the best end is returned (none by default).
    ///
    /// # Examples
    ///
    /// See [`MapSettings`].
    pub fn restarts(self, restarts: usize) -> Self {
        MapSettings { restarts, ..self }
    }

    /// Sets the greatest number of iterations of an ascent (2,000 by default).
    ///
    /// # Examples
    ///
    /// See [`MapSettings`].
    pub fn max_iterations(self, max_iterations: usize) -> Self {
        MapSettings { max_iterations, ..self }
    }

    /// Sets the values of all latent sites at which the first ascent begins. By default these are drawn from uniform(-2, 2) in unconstrained space.
    ///
    /// # Examples
    ///
    /// See [`MapSettings`].
    pub fn start(self, values: Values) -> Self {
        MapSettings { start: Some(values), ..self }
    }

    /// Looks for the mode.
    ///
    /// # Errors
    ///
    /// If the program or its data is wrong, a latent site is discrete and not summed out, the start lies outside or none is found, or a setting is
    /// wrong. That there is no mode is no error: [`Mode::why`] says so.
    ///
    /// # Examples
    ///
    /// See [`map`].
    pub fn run(self) -> Result<Mode, Error> {
        let mut density = density_of(&self.model)?;
        let settings = Map::new().seed(self.seed).restarts(self.restarts).max_iterations(self.max_iterations);
        find(&mut *density, settings, self.start)
    }
}

pub(super) fn find(
    density: &mut dyn Density,
    mut settings: Map,
    start: Option<Values>,
) -> Result<Mode, Error> {
    let names = density.names();
    if let Some(values) = start {
        settings = settings.start(points_of(density, &[values])?.swap_remove(0));
    }
    let found = settings.run(density).map_err(|error| told(error, &names))?;
    let values = density.constrain(&mut std::iter::once(&found.position[..]))?;
    Ok(Mode {
        latents: latents_of(&values, &names),
        values,
        log_density: found.log_density,
        is_mode: found.stop == Stop::Converged,
        why: why(&found.stop, &names),
        iterations: found.iterations,
        position: found.position,
    })
}

/// Why an ascent ended, in words.
fn why(stop: &Stop, names: &[String]) -> String {
    match stop {
        Stop::Converged => "It is a mode: the log-density falls on all sides.".to_owned(),
        Stop::OutOfIterations => {
            "The iterations were used up while the log-density still rose: try more `.max_iterations(..)`.".to_owned()
        }
        Stop::LineSearchFailed => "No step along the last direction raises the log-density as its gradient promises: the density may have an \
             edge or a kink there. Try another `.start(..)`, or `.restarts(..)`."
            .to_owned(),
        Stop::ModeAtInfinity { coordinates } => format!(
            "The log-density goes on rising, or does not fall, as {} go to infinity: there is no mode. A prior that is proper, or a non-centred \
             parameterisation of a scale, gives one.",
            listed(coordinates, names)
        ),
        Stop::FlatDirection { coordinates } => format!(
            "The log-density does not change along a direction in which {} move: the model does not tell them apart, and there are many modes. A prior \
             or a constraint on them gives one.",
            listed(coordinates, names)
        ),
        other => format!("The ascent ended: {other:?}."),
    }
}

/// The end of a search for a mode, as [`map`] finds it.
///
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn sum() {
///     let a = sample!("a", Flat::new());
///     let b = sample!("b", Flat::new());
///     observe!("y", Normal::new(a + b, 1.0), 1.0);
/// }
///
/// let mode = ppl::map(sum()).run()?;
/// assert!(!mode.is_mode());
/// assert!(mode.why().contains("in which `a`, `b` move"), "{mode}");
/// // At best it is the density of a normal distribution at its mean.
/// assert!((mode.log_density() + 0.918938533).abs() < 1e-6);
/// assert!(mode.iterations() > 0 && mode.values().names().eq(["a", "b"]));
/// let at = mode.start();
/// assert!(ppl::map(sum()).start(at).run()?.to_string().contains("log-density -0.9189"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mode {
    values: Draws,
    latents: Vec<String>,
    log_density: f64,
    is_mode: bool,
    why: String,
    iterations: usize,
    pub(super) position: Vec<f64>,
}

impl Mode {
    /// Returns the values of the latent sites, and of the quantities that the model states, as one draw.
    ///
    /// # Examples
    ///
    /// See [`Mode`].
    pub fn values(&self) -> &Draws {
        &self.values
    }

    /// Returns the value of a site or of a quantity, `[plates.., event..]`.
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    ///
    /// # Examples
    ///
    /// See [`map`].
    pub fn value(&self, name: &str) -> Result<ArrayD<f64>, DrawsError> {
        Ok(self.values.get(name)?.index_axis(Axis(0), 0).to_owned())
    }

    /// Returns the values of the latent sites, without those of quantities: where another engine may begin.
    ///
    /// # Examples
    ///
    /// See [`Mode`].
    pub fn start(&self) -> Values {
        // There is one draw.
        start_of(&self.values, &self.latents, 0).unwrap_or_default()
    }

    /// Returns the log-density of the unconstrained numbers there, jointly with the data, natural log: see [`LogDensity`](crate::LogDensity).
    ///
    /// # Examples
    ///
    /// See [`Mode`].
    pub fn log_density(&self) -> f64 {
        self.log_density
    }

    /// Returns whether it is a mode; if not, [`why`](Mode::why) says what it is.
    ///
    /// # Examples
    ///
    /// See [`map`].
    pub fn is_mode(&self) -> bool {
        self.is_mode
    }

    /// Returns why the ascent ended, and what was found there, in words.
    ///
    /// # Examples
    ///
    /// See [`Mode`].
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Returns how many iterations the ascent took.
    ///
    /// # Examples
    ///
    /// See [`Mode`].
    pub fn iterations(&self) -> usize {
        self.iterations
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, array) in self.values.iter() {
            writeln!(f, "{name}: {:.4}", array.index_axis(Axis(0), 0))?;
        }
        writeln!(f, "log-density {:.4} after {} iterations", self.log_density, self.iterations)?;
        writeln!(f, "{}", self.why)
    }
}

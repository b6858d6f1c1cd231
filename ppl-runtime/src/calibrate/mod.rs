//! Simulation-based calibration: whether an engine finds what a model has drawn.

mod calibration;
mod refusals;

pub use calibration::{CalibratedRow, Calibration};
pub(crate) use refusals::simulated_data;

use crate::engine::Engine;
use crate::error::Error;
use crate::program::Model;
use crate::program::handlers::{Handled, Handlers};
use crate::results::Draws;
use crate::values::Values;
use ndarray::Axis;

/// What one simulation has drawn from a model: values of its latent sites, and data.
///
/// # Examples
///
/// See [`calibrate`].
#[derive(Debug)]
pub struct Simulated<'a, M> {
    model: &'a M,
    truth: Values,
    data: Values,
    seed: u64,
}

impl<'a, M: Model> Simulated<'a, M> {
    /// Returns the model with the simulated data in the place of its own.
    ///
    /// # Examples
    ///
    /// See [`calibrate`].
    pub fn model(&self) -> Handled<&'a M, M::Sites> {
        self.model.with_data(&self.data)
    }

    /// Returns the values that the latent sites had.
    ///
    /// # Examples
    ///
    /// See [`calibrate`].
    pub fn truth(&self) -> &Values {
        &self.truth
    }

    /// Returns the simulated data, for a guide that reads them.
    ///
    /// # Examples
    ///
    /// See [`calibrate`].
    pub fn data(&self) -> &Values {
        &self.data
    }

    /// Returns a seed for the engine, another one for each simulation.
    ///
    /// # Examples
    ///
    /// See [`calibrate`].
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// Draws values and data from a model `n` times, has an engine find the posterior of each of these data, and ranks the values among its draws.
/// If the engine is exact, ranks are uniform (Talts et al. 2018, theorem 1): where its draws are too narrow the ranks heap up at both ends,
/// where they are too wide in the middle, and where they are biased at one end.
///
/// Each `observe!` reads a simulated value in the place of its own; all else in the arguments stays. Sites that the engine does not draw, those that are
/// summed out, are passed over. Draws of chains that depend on each other should be thinned to nearly independent ones.
///
/// An automatic guide is calibrated by [`Fitting::calibrate`](crate::Fitting::calibrate) too.
///
/// # Errors
///
/// If the model has no prior to simulate from: a `Flat` site, or parameters; or a `factor!`, which is no datum that can be simulated. If all
/// simulations fail, or the engine's draws lack a site or have another shape than it. Simulations that fail while others do not are [told](Calibration::failures).
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Normal;
/// use ppl_runtime::support::RealLine;
/// use ppl_runtime::{auto, calibrate, fit};
/// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
///
/// // What `#[model] fn weight() { let mu = sample!("mu", Normal::new(0.0, 2.0)); observe!("y", Normal::new(mu, 1.0), 3.0); }` gives.
/// let weight = model::<AnyGuide, f64, _, _>(|| {
///     let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, 2.0)).draw();
///     observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 3.0);
/// });
/// let calibration = calibrate(&weight, 60, 1, |simulated| {
///     Ok(fit(simulated.model()).guide(auto::MeanField).draws(200).seed(simulated.seed()).run()?.draws().clone())
/// })?;
/// // The posterior is normal, as the guide is.
/// assert!(calibration.is_uniform(), "{calibration}");
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub fn calibrate<M: Model>(
    model: &M,
    n: usize,
    seed: u64,
    mut engine: impl FnMut(&Simulated<'_, M>) -> Result<Draws, Error>,
) -> Result<Calibration, Error> {
    if n == 0 {
        return Err(Error::Setup { what: "calibration needs at least one simulation".to_owned() });
    }
    let data = M::Element::simulated_data(M::Element::core(seed).get(), model)?;
    let drawn = crate::density::prior_predictive(model, n, seed)?;
    let mut found = calibration::Ranking::default();
    for k in 0..n {
        let [truth, data] = parts(&drawn, &data, k);
        // Seeds of neighbouring numbers belong to different streams.
        let simulated =
            Simulated { model, truth, data, seed: seed.wrapping_mul(n as u64).wrapping_add(k as u64) };
        match engine(&simulated) {
            Ok(draws) => found.rank(&simulated.truth, &draws)?,
            Err(error) => found.fail(k, error),
        }
    }
    found.finish(n)
}

/// Returns the values of the latent sites and the data of one simulation.
fn parts(drawn: &Draws, data: &[String], k: usize) -> [Values; 2] {
    let mut parts = [Values::new(), Values::new()];
    for (name, array) in drawn.iter() {
        let which = usize::from(data.iter().any(|observed| observed == name));
        let value = array.index_axis(Axis(0), k);
        parts[which] = std::mem::take(&mut parts[which]).with(name, value);
    }
    parts
}

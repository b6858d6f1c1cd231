//! A model as a function of one vector of unconstrained numbers.

mod layout;
mod points;

pub use layout::Layout;
pub(crate) use points::{constrain, evaluate, learn_layout, unconstrain};

use crate::auto::AutoGuide;
use crate::engine::Engine;
use crate::error::Error;
use crate::program::Model;
use crate::program::automatic::Automatic;
use crate::program::programs::Programs;
use crate::results::Draws;
use crate::svi::core::HoldsCore;
use crate::values::Values;

/// The log-density of a model as a function of one vector: that of its latent values, each taken from unconstrained numbers by the
/// bijection onto its support, jointly with the data.
///
/// Latent sites that the model sums out are summed out. Plates are whole, `weight`s are one, penalties are left out, and parameters of the
/// model have their first values. Samplers and optimisers of one's own can be built on it.
///
/// # Units
///
/// Nats, with every normalising constant, and with the log-determinants of the bijections (Kucukelbir et al. 2017, equation 5).
///
/// # Examples
///
/// ```
/// use ppl_runtime::LogDensity;
/// use ppl_runtime::dist::Exponential;
/// use ppl_runtime::support::Positive;
/// use ppl_runtime::__private::{Name, model, model_site};
///
/// // What `#[model] fn wait() { sample!("t", Exponential::new(2.0)); }` gives.
/// let wait = model::<(), f64, _, _>(|| {
///     model_site::<f64, Positive, _>(Name::new("t"), Exponential::new(2.0)).draw();
/// });
/// let mut density = LogDensity::new(&wait)?;
/// assert_eq!((density.dim(), density.names()), (1, vec!["t".to_owned()]));
/// let mut gradient = [0.0];
/// // ln(2 e^(-2 t) t) at ln t = 0.7, and its derivative.
/// let t = 0.7f64.exp();
/// let found = density.log_density_and_gradient(&[0.7], &mut gradient)?;
/// assert!((found - (2f64.ln() - 2.0 * t + 0.7)).abs() < 1e-14);
/// assert!((gradient[0] - (1.0 - 2.0 * t)).abs() < 1e-14);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub struct LogDensity<M: Model> {
    model: M,
    guide: AutoGuide<M::Element>,
    core: Box<dyn HoldsCore<M::Element>>,
    layout: Layout,
}

impl<M: Model> LogDensity<M> {
    /// Runs the model once, to learn which latent sites it has.
    ///
    /// # Errors
    ///
    /// If the program or its data is wrong; if a latent site is discrete and not summed out, or the program branches on its value; or if
    /// noise (`noise!`) has no value for evaluation. The density itself need not be finite there.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::LogDensity;
    /// use ppl_runtime::dist::Bernoulli;
    /// use ppl_runtime::support::Boolean;
    /// use ppl_runtime::__private::{Name, model, model_site};
    ///
    /// // What `#[model] fn coin() { sample!("heads", Bernoulli::new(0.5)); }` gives.
    /// let coin = model::<(), f64, _, _>(|| {
    ///     model_site::<f64, Boolean, _>(Name::new("heads"), Bernoulli::new(0.5)).draw();
    /// });
    /// let error = LogDensity::new(&coin).err().map(|e| e.to_string()).unwrap_or_default();
    /// assert!(error.contains("site `heads`: is discrete"));
    /// ```
    pub fn new(model: M) -> Result<Self, Error> {
        let (guide, mut core) = (AutoGuide::of(Automatic::Point), M::Element::core(0));
        let layout = M::Element::learn_layout(Programs { model: &model, guide: &guide }, core.get())?;
        Ok(LogDensity { model, guide, core, layout })
    }

    /// Returns where the latent sites lie.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns the length of the vector.
    ///
    /// # Examples
    ///
    /// See [`LogDensity`].
    pub fn dim(&self) -> usize {
        self.layout.dim()
    }

    /// Returns a name for each number of the vector: that of the site, with the indices of plates and of unconstrained coordinates.
    ///
    /// # Examples
    ///
    /// See [`LogDensity`].
    pub fn names(&self) -> Vec<String> {
        self.layout.names()
    }

    /// Returns the latent sites, each with the ends between which every element of its values lies: infinite where there is none, or where it
    /// depends on other draws.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::LogDensity;
    /// use ppl_runtime::dist::Exponential;
    /// use ppl_runtime::support::Positive;
    /// use ppl_runtime::__private::{Name, model, model_site};
    ///
    /// // What `#[model] fn wait() { sample!("t", Exponential::new(2.0)); }` gives.
    /// let wait = model::<(), f64, _, _>(|| {
    ///     model_site::<f64, Positive, _>(Name::new("t"), Exponential::new(2.0)).draw();
    /// });
    /// assert!(LogDensity::new(&wait)?.ends().eq([("t", (0.0, f64::INFINITY))]));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn ends(&self) -> impl Iterator<Item = (&str, (f64, f64))> {
        self.layout.sites.iter().map(|site| (site.name.as_str(), site.ends))
    }

    /// Evaluates the log-density and its gradient.
    ///
    /// # Errors
    ///
    /// If the log-density or its gradient is not finite there, or the program cannot be run there (a matrix is singular). Whether a sampler
    /// may go on elsewhere is said by [`Error::is_recoverable`]. Also if a vector has another length than [`dim`](Self::dim), or the model
    /// has other latent sites than at first.
    ///
    /// # Examples
    ///
    /// See [`LogDensity`].
    pub fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, Error> {
        let programs = Programs { model: &self.model, guide: &self.guide };
        M::Element::evaluate_density(programs, self.core.get(), &self.layout, x, gradient)
    }

    /// Returns the values of the latent sites, and of the quantities that the model states, at each of these points.
    ///
    /// # Shapes
    ///
    /// `[points, plates.., event..]` for each site, as draws have.
    ///
    /// # Errors
    ///
    /// If there is no point, one has another length than [`dim`](Self::dim), or the program cannot be run there.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{LogDensity, Values};
    /// use ppl_runtime::dist::Exponential;
    /// use ppl_runtime::support::Positive;
    /// use ppl_runtime::__private::{Name, model, model_site};
    ///
    /// // What `#[model] fn wait() { sample!("t", Exponential::new(2.0)); }` gives.
    /// let wait = model::<(), f64, _, _>(|| {
    ///     model_site::<f64, Positive, _>(Name::new("t"), Exponential::new(2.0)).draw();
    /// });
    /// let mut density = LogDensity::new(&wait)?;
    /// let draws = density.constrain([&[0.0][..], &[1.0]])?;
    /// let t = draws.get("t")?;
    /// assert!((t[[0]] - 1.0).abs() < 1e-15 && (t[[1]] - std::f64::consts::E).abs() < 1e-15);
    /// assert_eq!(density.unconstrain(&Values::new().with("t", 1.0))?, [0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn constrain<'x>(&mut self, points: impl IntoIterator<Item = &'x [f64]>) -> Result<Draws, Error> {
        let programs = Programs { model: &self.model, guide: &self.guide };
        M::Element::constrain(programs, self.core.get(), &self.layout, &mut points.into_iter())
    }

    /// Returns the vector at which the latent sites have these values.
    ///
    /// # Errors
    ///
    /// If a site has no value or one of another shape, a value lies outside of its support, or a name is not a latent site.
    ///
    /// # Examples
    ///
    /// See [`constrain`](Self::constrain).
    pub fn unconstrain(&mut self, values: &Values) -> Result<Vec<f64>, Error> {
        let recalling = AutoGuide::<M::Element>::of(Automatic::Recalled);
        let programs = Programs { model: &self.model, guide: &recalling };
        M::Element::unconstrain(programs, self.core.get(), &self.layout, values)
    }
}

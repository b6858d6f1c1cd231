//! Stochastic variational inference: one optimisation step after another.

use super::core::{Fit, HoldsCore};
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::{Objective, Step};
use crate::optim::Optimiser;
use crate::parameters::Parameters;
use crate::posterior::Posterior;
use crate::program::programs::Programs;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::values::IntoArray;

/// A session of stochastic variational inference: a model, a guide, an objective and an optimiser.
///
/// The same seed gives the same bits, whatever else runs on this thread or on others. A session refers to its data and to what
/// it recorded without a copy, so it is neither `Send` nor `Sync`: make it on the thread where it runs.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// for _ in 0..100 {
///     svi.step()?;
/// }
/// println!("{}", svi.posterior().draws(1_000)?.summary());
/// // The evidence of 7 heads in 9 throws is 1 / 330.
/// let found = svi.evaluate(1_000)?;
/// assert!((found.loss - 330f64.ln()).abs() < 5.0 * found.standard_error + 0.01);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub struct Svi<M: Model, G, O, P> {
    pub(crate) model: M,
    pub(crate) guide: G,
    pub(crate) objective: O,
    pub(crate) optimiser: P,
    pub(crate) core: Box<dyn HoldsCore<M::Element>>,
}

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Returns a session. The guide must answer every latent site of the model, which the compiler checks.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default().particles(8), Adam::new(0.1)).seed(1);
    /// assert_ne!(svi.step()?, other.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn new(model: M, guide: G, objective: O, optimiser: P) -> Self {
        Svi { model, guide, objective, optimiser, core: M::Element::core(0) }
    }

    /// Sets the seed that every random number of the session comes from (0 by default).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut twin = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(1);
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(2);
    /// let step = svi.step()?;
    /// assert_eq!(step, twin.step()?);
    /// assert_ne!(step, other.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        M::Element::set_seed(self.core.get(), seed);
        self
    }

    /// Sets how many concrete sites a program may meet in one run (100,000 by default).
    ///
    /// A loop or a recursion that branches on `concrete` sites need not end: one that meets more is an error, which names the
    /// site and the count. To end it the program is unwound, so that its destructors run, without a message of a panic. Where
    /// panics abort (`panic = "abort"`) it goes on instead, with arbitrary values of its concrete sites, until it ends by itself.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut short = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(1).max_sites(10);
    /// // These programs have no concrete sites.
    /// assert_eq!(short.step()?, svi.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn max_sites(mut self, sites: usize) -> Self {
        M::Element::set_max_sites(self.core.get(), sites);
        self
    }

    /// Sets how many bytes of the stack a program's calls may fill where it meets a concrete site (512 KiB by default).
    ///
    /// A recursion that fills more is an error, which names the site and the count of concrete sites so far, as with
    /// [`max_sites`](Svi::max_sites). One that is to go deeper needs a thread with a larger stack
    /// ([`std::thread::Builder::stack_size`]) as well.
    ///
    /// # Units
    ///
    /// Bytes, from where the program begins.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut deep = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(1).max_stack(1 << 24);
    /// assert_eq!(deep.step()?, svi.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn max_stack(mut self, bytes: usize) -> Self {
        M::Element::set_max_stack(self.core.get(), bytes);
        self
    }

    /// Takes one step of the optimiser along a gradient estimated from one run of the programs.
    ///
    /// # Errors
    ///
    /// If a program, its data or its set-up is wrong, or the loss or its gradient is not finite. The parameters are then
    /// as they were before.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let step = svi.step()?;
    /// assert!((step.loss - (step.kl - step.log_likelihood)).abs() < 1e-12);
    /// assert_ne!(svi.parameters().get("a")?[[]], 9.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn step(&mut self) -> Result<Step, Error> {
        M::Element::step(self.fit())
    }

    /// Estimates the gradient of the loss from one run of the programs, as a step would, and leaves the parameters alone.
    ///
    /// It is by the unconstrained values: for a `Positive` parameter by its logarithm, for one on the `UnitInterval` by
    /// its logit. Rows of a subsampled plate that the run did not visit, and parameters that it did not use, have zeros.
    /// The next call, or step, draws anew.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let (_, gradient) = svi.gradient()?;
    /// assert!(gradient.get("a")?[[]] != 0.0);
    /// assert!((svi.parameters().get("a")?[[]] - 9.0).abs() < 1e-14);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn gradient(&mut self) -> Result<(Step, Parameters), Error> {
        M::Element::gradient(self.fit())
    }

    /// Takes one step with the same programs on other data: a streamed batch.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // Programs on the next batch of data would stand here.
    /// let step = svi.step_on(&coin, &proposal)?;
    /// assert!(step.loss.is_finite());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn step_on<M2, G2>(&mut self, model: M2, guide: G2) -> Result<Step, Error>
    where
        M2: Model<Element = M::Element, Sites = M::Sites>,
        G2: Guide<Element = M::Element, Sites = G::Sites>,
    {
        let programs = Programs { model: &model, guide: &guide };
        M::Element::step_on(Fit { programs, ..self.fit() })
    }

    /// Estimates the loss at the current parameters, without changing them, as the mean of `draws` runs of the programs,
    /// and the standard error of that mean.
    ///
    /// Subsampled plates are visited whole.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step); also if `draws` is zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.evaluate(500)?;
    /// assert!((found.loss - 330f64.ln()).abs() < 5.0 * found.standard_error);
    /// assert_eq!(svi.evaluate(0).unwrap_err().to_string(), "expected at least one draw, got 0");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn evaluate(&mut self, draws: usize) -> Result<Evaluation, Error> {
        M::Element::evaluate(self.fit(), draws)
    }

    /// Returns the parts of the loss by site, of the last step or evaluation (none if something else was asked since).
    ///
    /// Where particles have unequal weights, each site's part is weighed by them, and one more part is named `(weights)`: by
    /// how much the loss exceeds that of the sites, which is the divergence of the weights from equal ones for an
    /// importance-weighted bound.
    ///
    /// # Units
    ///
    /// Nats, as contributions to the loss: the parts sum to it.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let step = svi.step()?;
    /// let parts = svi.parts();
    /// let p = parts.iter().find(|part| part.site == "p").unwrap();
    /// // The divergence of Beta(9, 4) from the prior.
    /// assert!(!p.observed && (p.loss - step.kl).abs() < 1e-12);
    /// let total: f64 = parts.iter().map(|part| part.loss).sum();
    /// assert!((total - step.loss).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn parts(&self) -> Vec<SitePart> {
        M::Element::parts(self.core.get_ref(), self.objective.as_dyn())
    }

    /// Returns how the last step or evaluation summed out the model's discrete sites, and what that cost.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// // The coin has no discrete site.
    /// assert_eq!(svi.elimination().cost(), 0.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn elimination(&self) -> crate::eliminate::EliminationReport {
        M::Element::elimination(self.core.get_ref())
    }

    /// Returns the parameters by name, in constrained space; there are none before the first step.
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// assert!(svi.parameters().names().eq(["a", "b"]));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn parameters(&self) -> Parameters {
        M::Element::parameters(self.core.get_ref())
    }

    /// Sets a parameter, in constrained space. The optimiser's state stays as it is.
    ///
    /// Before the first step, the programs are run once to learn which parameters there are.
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]`, as [`parameters`](Svi::parameters) returns it.
    ///
    /// # Errors
    ///
    /// If there is no parameter of this name (the error suggests the nearest), its shape is another one, or the value is
    /// outside of its support; then nothing changes.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.set_parameter("a", 3.0)?;
    /// assert!((svi.parameters().get("a")?[[]] - 3.0).abs() < 1e-15);
    /// let error = svi.set_parameter("a", -3.0).unwrap_err();
    /// assert_eq!(error.to_string(), "parameter `a`: is set outside Positive: the value is -3, expected a number above 0");
    /// let error = svi.set_parameter("a", [3.0, 3.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "parameter `a`: expected a value of shape [], got [2]");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn set_parameter(&mut self, name: &str, value: impl IntoArray) -> Result<(), Error> {
        M::Element::set_parameter(self.fit(), name, &value.into_array())
    }

    /// Returns a guide on other data at the current parameters, to draw from, with a model on those data. Quantities (`deterministic!`) are
    /// those of these programs; the session's own are left as they are.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // The same programs stand for ones on other data here.
    /// let draws = svi.posterior_on(&coin, &proposal).predictive(10)?;
    /// assert_eq!(draws, svi.posterior().predictive(10)?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn posterior_on<'a, M2, G2>(&'a mut self, model: &'a M2, guide: &'a G2) -> Posterior<'a, M2, G2>
    where
        M2: Model<Element = M::Element>,
        M2::Sites: GuidedBy<G2::Sites>,
        G2: Guide<Element = M::Element>,
    {
        Posterior::foreign(model, guide, self.core.get())
    }

    /// Returns the session without the types of its parts.
    pub(crate) fn fit(&mut self) -> Fit<'_, M::Element> {
        Fit {
            programs: Programs { model: &self.model, guide: &self.guide },
            objective: self.objective.as_dyn_mut(),
            optimiser: self.optimiser.as_dyn(),
            core: self.core.get(),
        }
    }

    /// Returns the guide at the current parameters, to draw from.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.posterior().draws(100)?.count(), 100);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn posterior(&mut self) -> Posterior<'_, M, G> {
        Posterior::new(&self.model, &self.guide, self.core.get())
    }
}

/// An estimate of the loss.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let one = svi.evaluate(1)?;
/// assert!(one.loss.is_finite() && one.standard_error.is_nan());
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean over the draws.
    pub loss: f64,
    /// The standard error of the mean (NaN for one draw).
    pub standard_error: f64,
}

/// The contribution of one site to the loss.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// svi.step()?;
/// let names: Vec<String> = svi.parts().into_iter().map(|part| part.site).collect();
/// assert_eq!(names, ["p", "heads"]);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SitePart {
    /// The site's address, or `(weights)`.
    pub site: String,
    /// Whether it is an observed site: then the contribution is the negative log-likelihood, else the divergence.
    pub observed: bool,
    /// The contribution in nats; the contributions of all sites sum to the loss.
    pub loss: f64,
}

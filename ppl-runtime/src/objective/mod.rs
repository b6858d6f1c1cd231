//! Objectives: what a step minimises, and the seeds of its gradient.

mod apart;
mod cost;
mod elbo;
mod moving;
mod score;

pub use elbo::Elbo;

use crate::element::Element;
use crate::program::run::{Behaviour, Run};

/// What one step found.
///
/// The loss is an estimate in nats, with every normalising constant: `loss = kl - log_likelihood`.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let step = svi.step()?;
/// assert_eq!(step.loss, step.kl - step.log_likelihood);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The negative evidence lower bound.
    pub loss: f64,
    /// The expected log-likelihood of the data.
    pub log_likelihood: f64,
    /// The divergence of the guide from the prior.
    pub kl: f64,
}

/// A loss over a model and its guide.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Elbo, objective::Objective};
///
/// fn refusal(objective: impl Objective<f64>) -> Option<String> {
///     objective.check().err()
/// }
/// assert_eq!(refusal(Elbo::default()), None);
/// assert!(refusal(Elbo::default().particles(0)).unwrap().starts_with("the number of particles"));
/// ```
pub trait Objective<E: Element> {
    /// Refuses a set-up that cannot work.
    ///
    /// # Errors
    ///
    /// A sentence that says what was expected and found.
    fn check(&self) -> Result<(), String>;

    /// Returns the number of particles.
    fn particles(&self) -> usize;

    #[doc(hidden)]
    fn behaviour(&self) -> Behaviour;

    /// Computes the loss of the recording and seeds its adjoints.
    #[doc(hidden)]
    fn seed(&mut self, run: &mut Run<E>) -> Step;

    /// Computes the loss of the recording alone.
    #[doc(hidden)]
    fn value(&self, run: &Run<E>) -> Step;

    /// Returns whether the loss is a mean over particles, so that each may have a recording of its own.
    #[doc(hidden)]
    fn runs_apart(&self) -> bool {
        false
    }

    /// Notes the costs of the score sites of one recording of a step that has several, for their baselines.
    #[doc(hidden)]
    fn note(&mut self, _run: &mut Run<E>) {}

    /// Forgets the costs that were noted; if the step succeeded, the baselines learn from them.
    #[doc(hidden)]
    fn finish(&mut self, _succeeded: bool) {}
}

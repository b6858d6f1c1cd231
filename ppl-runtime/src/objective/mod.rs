//! Objectives: what a step minimises, and the seeds of its gradient.

mod elbo;
mod evidence;
mod iwae;
mod joint;
mod renyi;
mod vimco;
mod wake_sleep;

#[cfg(test)]
mod tests;

mod bound_rows;
mod log_weights;
mod power_mean;
mod streamed;
mod weighted;

pub(crate) use bound_rows::BoundRows;
pub use elbo::Elbo;
pub use evidence::Evidence;
pub use iwae::Iwae;
pub(crate) use joint::Joint;
pub use renyi::Renyi;
pub(crate) use streamed::StreamedWeights;
pub use vimco::Vimco;
pub use wake_sleep::WakeSleep;

use crate::element::Element;
use crate::error::Error;
use crate::program::pass::Pass;
use crate::program::run::Run;
use crate::program::trace::Term;
use crate::state::Visitor;

/// What one step found.
///
/// All are estimates in nats, with every normalising constant: `elbo = log_likelihood - kl`, and `loss = -elbo` unless the objective
/// or the model weighs some terms ([`Elbo::kl_weight`], `weight(..)`), which changes the loss alone, or a program adds a penalty. Where an
/// objective gives the particles unequal weights, both parts are weighed by them.
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
    /// What the step minimises.
    pub loss: f64,
    /// The objective's bound on the log-evidence, in which every term counts once.
    pub elbo: f64,
    /// The expected log-likelihood of the data, over the particles by their weights.
    pub log_likelihood: f64,
    /// The divergence of the guide from the prior, over the particles by their weights, and what unequal weights add: for an
    /// importance-weighted bound the divergence of the weights from equal ones.
    pub kl: f64,
}

impl Step {
    /// Nothing.
    pub(crate) const ZERO: Step = Step { loss: 0.0, elbo: 0.0, log_likelihood: 0.0, kl: 0.0 };

    /// Returns a step by its parts, and by what its loss is more than the negative of the bound.
    pub(crate) fn of(log_likelihood: f64, kl: f64, excess: f64) -> Step {
        Step { loss: kl - log_likelihood + excess, elbo: log_likelihood - kl, log_likelihood, kl }
    }

    /// Returns the step of a loss, which is that of a bound and this much more.
    pub(crate) fn of_bound(loss: f64, log_likelihood: f64, excess: f64) -> Step {
        let elbo = -(loss - excess);
        Step { loss, elbo, log_likelihood, kl: log_likelihood - elbo }
    }
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

    /// Returns the objective without its type.
    #[doc(hidden)]
    fn as_dyn(&self) -> &dyn Objective<E>;

    /// Returns the objective without its type.
    #[doc(hidden)]
    fn as_dyn_mut(&mut self) -> &mut dyn Objective<E>;

    #[doc(hidden)]
    fn pass(&self) -> Pass;

    /// Computes the loss of the recording and seeds its adjoints.
    ///
    /// # Errors
    ///
    /// If the objective cannot use such programs.
    #[doc(hidden)]
    fn seed(&mut self, run: &mut Run<E>) -> Result<Step, Error>;

    /// Computes the loss of the recording alone.
    ///
    /// # Errors
    ///
    /// As [`seed`](Objective::seed).
    #[doc(hidden)]
    fn value(&mut self, run: &Run<E>) -> Result<Step, Error>;

    /// Returns what a term of the last recording adds to the loss, or nothing if `run` holds another one.
    #[doc(hidden)]
    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64>;

    /// Returns the part of the last loss that no term accounts for, if there may be one.
    #[doc(hidden)]
    fn remainder(&self, run: &Run<E>) -> Option<f64> {
        let _ = run;
        None
    }

    /// Adds what the elements of plates have of the bound of the recording, which counts for `share`. Its value has been computed.
    #[doc(hidden)]
    fn add_rows(&self, run: &Run<E>, share: f64, rows: &mut BoundRows) {
        let share = share / run.particles() as f64;
        run.trace.terms.iter().for_each(|term| rows.add_term(run, term, share));
    }

    /// Returns the weight of the divergence in the loss after this number of steps.
    #[doc(hidden)]
    fn kl_weight(&self, _steps: u64) -> f64 {
        1.0
    }

    /// Returns whether the loss is a mean over particles, so that each may have a recording of its own.
    #[doc(hidden)]
    fn runs_apart(&self) -> bool {
        false
    }

    /// Returns whether the other particles are the baseline of every score site, whatever the guide says.
    #[doc(hidden)]
    fn replaces_baselines(&self) -> bool {
        false
    }

    /// Notes the costs of the score sites of one recording of a step that has several, for their baselines.
    #[doc(hidden)]
    fn note(&mut self, _run: &mut Run<E>) {}

    /// Shows a visitor what later steps depend on, but the settings.
    ///
    /// # Errors
    ///
    /// If the visitor has left values that are no such state.
    #[doc(hidden)]
    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String>;

    /// Forgets the costs that were noted; if the step succeeded, the baselines learn from them.
    #[doc(hidden)]
    fn finish(&mut self, _succeeded: bool) {}
}

/// Returns an objective of this crate without its type.
pub(crate) fn as_dyn<E: Element, O: Objective<E>>(objective: &O) -> &dyn Objective<E> {
    objective
}

/// Returns an objective of this crate without its type.
pub(crate) fn as_dyn_mut<E: Element, O: Objective<E>>(objective: &mut O) -> &mut dyn Objective<E> {
    objective
}

/// Gets the objective without its type through the doors of the engine, which have its functions compiled.
macro_rules! through_the_engine {
    ($by_reference:ident, $mutably:ident) => {
        fn as_dyn(&self) -> &dyn crate::objective::Objective<E> {
            E::$by_reference(self)
        }

        fn as_dyn_mut(&mut self) -> &mut dyn crate::objective::Objective<E> {
            E::$mutably(self)
        }
    };
}
use through_the_engine;

/// Refuses a number of particles of zero.
fn at_least_one(particles: usize) -> Result<(), String> {
    match particles {
        0 => Err("the number of particles must be at least 1, got 0".to_owned()),
        _ => Ok(()),
    }
}

/// Makes a type with the field `bound` and the method `refusal` an objective.
macro_rules! delegate_to_bound {
    ($objective:ty, $by_reference:ident, $mutably:ident) => {
        impl<E: crate::element::Element> crate::objective::Objective<E> for $objective {
            crate::objective::through_the_engine!($by_reference, $mutably);

            fn check(&self) -> Result<(), String> {
                self.refusal()
            }

            fn particles(&self) -> usize {
                self.bound.particles::<E>()
            }

            fn pass(&self) -> crate::program::pass::Pass {
                self.bound.pass::<E>()
            }

            fn seed(
                &mut self,
                run: &mut crate::program::run::Run<E>,
            ) -> Result<crate::objective::Step, crate::error::Error> {
                self.bound.seed(run)
            }

            fn value(
                &mut self,
                run: &crate::program::run::Run<E>,
            ) -> Result<crate::objective::Step, crate::error::Error> {
                self.bound.value(run)
            }

            fn contribution(
                &self,
                run: &crate::program::run::Run<E>,
                term: &crate::program::trace::Term,
            ) -> Option<f64> {
                self.bound.contribution(run, term)
            }

            fn add_rows(
                &self,
                run: &crate::program::run::Run<E>,
                share: f64,
                rows: &mut crate::objective::BoundRows,
            ) {
                self.bound.add_rows(run, share, rows)
            }

            fn replaces_baselines(&self) -> bool {
                self.bound.replaces_baselines()
            }

            fn remainder(&self, run: &crate::program::run::Run<E>) -> Option<f64> {
                self.bound.remainder(run)
            }

            fn state(&mut self, visitor: &mut dyn crate::state::Visitor<E>) -> Result<(), String> {
                visitor.kind(stringify!($objective));
                self.bound.state(visitor)
            }
        }
    };
}
use delegate_to_bound;

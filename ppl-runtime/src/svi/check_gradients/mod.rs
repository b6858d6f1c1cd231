//! A check of the user's own programs: the gradient that a step estimates against the derivative of the loss.

mod check;
mod faults;
mod moments;
mod options;
mod reference;
mod report;

pub use options::GradientCheck;
pub use report::{FaultyPart, GradientElement, GradientFault, GradientReport};

use super::core::Core;
use super::session::Svi;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::program::pass::Gradient;
use crate::program::programs::Programs;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use check::Check;

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element> + Clone,
    P: Optimiser<M::Element>,
{
    /// Compares the gradient that a step estimates with the derivative of the loss, at the parameters as they are.
    ///
    /// The derivative is taken by differences of the loss itself, so that whatever a gradient does not see is found: a
    /// `stop_gradient()` on the way, a density that jumps where a pathwise site moves. For it the guide's discrete sites
    /// are tried at every value where they can be; if nothing is random then, it is exact. Else it is a mean of
    /// differences, both ends of which have the same noise. Subsampled plates are visited whole.
    ///
    /// It takes some thousand runs of the programs. Parameters, optimiser, baselines and the draws of later steps stay
    /// as they were.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step); also if the options ask for too few draws, or the objective is `WakeSleep`, whose steps are
    /// not along the derivative of one loss.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// use ppl_runtime::GradientCheck;
    ///
    /// let report = svi.check_gradients(GradientCheck::default().draws(500).reference(100))?;
    /// // Beta(9, 4) is the exact posterior, where the derivatives vanish.
    /// assert!(report.passed(), "{report}");
    /// assert!(report.elements.iter().all(|e| e.reference.abs() < 5.0 * e.reference_error + 1e-6));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn check_gradients(&mut self, options: GradientCheck) -> Result<GradientReport, Error> {
        let copy = |objective: &O| objective.clone();
        let objective = &mut || Box::new(copy(&self.objective)) as Box<dyn HasObjective<M::Element> + '_>;
        let programs = Programs { model: &self.model, guide: &self.guide };
        M::Element::check_gradients(programs, objective, self.core.get(), options)
    }
}

/// An objective that can be handed out.
#[doc(hidden)]
pub trait HasObjective<E: Element> {
    fn objective(&mut self) -> &mut dyn Objective<E>;
}

impl<E: Element, O: Objective<E>> HasObjective<E> for O {
    fn objective(&mut self) -> &mut dyn Objective<E> {
        self.as_dyn_mut()
    }
}

/// Returns another copy of the objective.
pub(crate) type Copies<'a, E> = &'a mut (dyn FnMut() -> Box<dyn HasObjective<E> + 'a> + 'a);

/// Compares the gradients of a session's programs with the derivatives of its loss.
pub(crate) fn check_gradients<'a, E: Element>(
    programs: Programs<'_>,
    objectives: Copies<'a, E>,
    core: &mut Core<E>,
    options: GradientCheck,
) -> Result<GradientReport, Error> {
    options.check()?;
    let mut own = objectives();
    let objective = own.objective();
    objective.check().map_err(|what| Error::Setup { what })?;
    if objective.pass().gradient == Gradient::Weights {
        let what = "the steps of this objective are not along the derivative of one loss, so that there is nothing to \
                    compare them with";
        return Err(Error::Setup { what: what.to_owned() });
    }
    let mut check = Check { programs, objective, objectives, run: &mut core.run, options };
    check.report()
}

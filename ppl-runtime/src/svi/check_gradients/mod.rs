//! A check of the user's own programs: the gradient that a step estimates against the derivative of the loss.

mod check;
mod faults;
mod moments;
mod options;
mod reference;
mod report;

pub use options::GradientCheck;
pub use report::{FaultyPart, GradientElement, GradientFault, GradientReport};

use super::session::Svi;
use crate::GuidedBy;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
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
        options.check()?;
        self.objective.check().map_err(|what| Error::Setup { what })?;
        if !self.objective.behaviour().differentiates_draws {
            let what = "the steps of this objective are not along the derivative of one loss, so that there is nothing to \
                        compare them with";
            return Err(Error::Setup { what: what.to_owned() });
        }
        let objective = self.objective.clone();
        let Svi { model, guide, run, .. } = self;
        let mut check = Check { model: &*model, guide: &*guide, objective, run, options };
        check.report()
    }
}

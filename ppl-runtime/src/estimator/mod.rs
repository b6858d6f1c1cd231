//! Gradient estimators: how the derivative of an expectation by a proposal's parameters is estimated, site by site.
//!
//! The law of each, for a cost `f` and a site `z ~ q`: the expectation of the estimate is the derivative of `E_q[f(z)]`.
//! An estimator that evaluates the cost more than once draws its values along a *private axis*, and has a rule that
//! combines the costs along it; whatever depends on the site is then computed for each of the values.

mod antithetic;
pub(crate) mod apart;
mod arm;
mod baseline;
pub(crate) mod cost;
mod dis_arm;
mod leave_one_out;
mod measure_valued;
pub(crate) mod moving;
mod pathwise;
pub(crate) mod rule;
mod score;
pub(crate) mod seeds;
mod self_critical;
mod sum_and_sample;

pub use antithetic::TwoOutcomes;
pub use arm::Arm;
pub use baseline::{Baseline, DecayingAverage, Given, Learned, Prediction, Standardised};
pub use dis_arm::DisArm;
pub use leave_one_out::LeaveOneOut;
pub use measure_valued::{MeasureValued, Parts};
pub use pathwise::{HasPathwise, Pathwise};
pub use score::Score;
pub use self_critical::SelfCritical;
pub use sum_and_sample::SumAndSample;

use crate::dist::Distribution;
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Name;
use crate::program::run::Run;
use crate::tape::node::NodeId;

/// How the gradient of a site is estimated: an estimator as data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[doc(hidden)]
pub enum Method {
    /// Pathwise where the distribution has it, else the score function.
    #[default]
    Default,
    Pathwise,
    Score(Baseline),
    LeaveOneOut(LeaveOneOut),
    Arm,
    DisArm,
    SumAndSample(SumAndSample),
    MeasureValued,
}

impl Method {
    /// Returns whether a site with this method may be followed from run to run: it has neither costs nor axes of its own.
    #[inline(always)]
    pub(crate) fn may_be_followed(&self) -> bool {
        matches!(self, Method::Default | Method::Pathwise)
    }

    /// Returns the baseline of the score function, if that is asked for.
    pub(crate) fn baseline(&self) -> Option<Baseline> {
        match self {
            Method::Score(baseline) => Some(*baseline),
            _ => None,
        }
    }
}

impl<E: Element> Run<E> {
    /// Proposes a site by an estimator.
    pub(crate) fn propose_by(&mut self, method: Method, draft: Draft<'_, E>) -> NodeId {
        match method {
            Method::Score(Baseline::SelfCritical) => self_critical::propose(self, draft),
            Method::Default | Method::Pathwise | Method::Score(_) => {
                self.propose(draft.name, draft.dist, method.baseline(), draft.auxiliary, draft.place)
            }
            Method::LeaveOneOut(estimator) => estimator.propose(self, draft),
            Method::Arm => arm::propose(self, draft),
            Method::DisArm => dis_arm::propose(self, draft),
            Method::SumAndSample(estimator) => estimator.propose(self, draft),
            Method::MeasureValued => measure_valued::propose(self, draft),
        }
    }
}

/// An estimator of a site on whose value the program may branch, so that its values cannot lie along an axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot estimate the gradient of a `concrete` site",
    label = "not an estimator for a `concrete` site",
    note = "the estimator of a `concrete` site is `Score`, which is also the default; a baseline is given to it: `Score::baseline(DecayingAverage::new(0.9))`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{OfConcrete, Score};
///
/// fn fits(_: impl OfConcrete) -> bool {
///     true
/// }
/// assert!(fits(Score::new()));
/// ```
pub trait OfConcrete {}

#[diagnostic::do_not_recommend]
impl OfConcrete for DefaultEstimator {}

#[diagnostic::do_not_recommend]
impl OfConcrete for Score {}

/// A site that is about to be proposed.
#[derive(Clone, Copy)]
pub(crate) struct Draft<'a, E: Element> {
    pub(crate) name: Name,
    pub(crate) dist: &'a Law<'a, E>,
    pub(crate) auxiliary: bool,
    pub(crate) place: Place,
}

/// The pathwise estimator where the distribution has one, else the score function.
#[derive(Clone, Copy, Debug)]
pub struct DefaultEstimator;

/// An estimator that fits the distribution `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gradient estimator",
    label = "expected a gradient estimator",
    note = "the estimators are in `ppl::estimator`: `Score` and `Pathwise`, `LeaveOneOut`, `Arm`, `DisArm`, `SumAndSample` and `MeasureValued`; a baseline is given to one: `Score::baseline(DecayingAverage::new(0.9))`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bernoulli, Categorical, Normal, Poisson};
/// use ppl_runtime::estimator::{DisArm, Estimator, MeasureValued, Pathwise, Score, SumAndSample};
///
/// fn fits<D: ppl_runtime::dist::Distribution<f64>>(_: impl Estimator<f64, D>) -> bool {
///     true
/// }
/// assert!(fits::<Normal>(Pathwise) && fits::<Normal>(Score::new()) && fits::<Bernoulli>(Score::new()));
/// assert!(fits::<Bernoulli>(DisArm) && fits::<Categorical>(SumAndSample::new(2)));
/// assert!(fits::<Poisson>(MeasureValued) && fits::<Normal>(MeasureValued));
/// ```
pub trait Estimator<E: Element, D: Distribution<E>> {
    /// Returns the estimator as data.
    #[doc(hidden)]
    fn method(&self) -> Method;
}

#[diagnostic::do_not_recommend]
impl<E: Element, D: Distribution<E>> Estimator<E, D> for DefaultEstimator {
    fn method(&self) -> Method {
        Method::Default
    }
}

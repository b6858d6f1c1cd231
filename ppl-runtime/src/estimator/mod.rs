//! Gradient estimators: how the derivative of an expectation by a proposal's parameters is estimated, site by site.

use crate::dist::Distribution;
use crate::element::Element;

/// How a site's draws are differentiated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[doc(hidden)]
pub struct Plan {
    /// The baseline of the score function, if that is asked for.
    pub(crate) baseline: Option<Baseline>,
}

/// What is subtracted from the cost of a score-function estimate to lower its variance.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Baseline, Score};
///
/// assert_eq!(Score::baseline(Baseline::None), Score::new());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Baseline {
    /// The mean of the other particles where there are two or more, else a decaying average.
    #[default]
    Default,
    /// Nothing.
    None,
    /// The decaying average of earlier costs.
    Decaying(DecayingAverage),
    /// The mean of the costs of the other particles.
    LeaveOneOut,
}

/// A decaying average of earlier costs, one for each element of the plates around the site.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Baseline, DecayingAverage};
///
/// assert_eq!(Baseline::from(DecayingAverage::new(0.9)), Baseline::Decaying(DecayingAverage::new(0.9)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayingAverage {
    /// The weight of the past, between 0 and 1.
    pub(crate) decay: f64,
}

impl DecayingAverage {
    /// Returns an average that keeps `decay` of its past at each step; it is held within 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::DecayingAverage;
    ///
    /// assert_eq!(DecayingAverage::new(1.5), DecayingAverage::new(1.0));
    /// ```
    pub fn new(decay: f64) -> DecayingAverage {
        DecayingAverage { decay: decay.clamp(0.0, 1.0) }
    }
}

impl From<DecayingAverage> for Baseline {
    fn from(average: DecayingAverage) -> Baseline {
        Baseline::Decaying(average)
    }
}

/// The score-function estimator (REINFORCE): `(cost - baseline) * gradient of log q`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{DecayingAverage, Score};
///
/// let plain = Score::new();
/// let steadied = Score::baseline(DecayingAverage::new(0.9));
/// assert_ne!(plain, steadied);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    baseline: Baseline,
}

impl Score {
    /// Returns the estimator without a baseline.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::{Baseline, Score};
    ///
    /// assert_eq!(Score::new(), Score::baseline(Baseline::None));
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Score {
        Score { baseline: Baseline::None }
    }

    /// Returns the estimator with a baseline.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::{Baseline, Score};
    ///
    /// assert_ne!(Score::baseline(Baseline::LeaveOneOut), Score::new());
    /// ```
    pub fn baseline(baseline: impl Into<Baseline>) -> Score {
        Score { baseline: baseline.into() }
    }
}

/// The pathwise estimator: the draw itself is differentiated.
///
/// # Examples
///
/// ```
/// assert_eq!(format!("{:?}", ppl_runtime::estimator::Pathwise), "Pathwise");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pathwise;

/// The pathwise estimator where the distribution has one, else the score function.
#[derive(Clone, Copy, Debug)]
pub struct DefaultEstimator;

/// An estimator that fits the distribution `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gradient estimator",
    label = "expected a gradient estimator",
    note = "the estimators are `Score` and `Pathwise`; a baseline is given to one: `Score::baseline(DecayingAverage::new(0.9))`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bernoulli, Normal};
/// use ppl_runtime::estimator::{Estimator, Pathwise, Score};
///
/// fn fits<D: ppl_runtime::dist::Distribution<f64>>(_: impl Estimator<f64, D>) -> bool {
///     true
/// }
/// assert!(fits::<Normal>(Pathwise) && fits::<Normal>(Score::new()) && fits::<Bernoulli>(Score::new()));
/// ```
pub trait Estimator<E: Element, D: Distribution<E>> {
    #[doc(hidden)]
    fn plan(&self) -> Plan;
}

#[diagnostic::do_not_recommend]
impl<E: Element, D: Distribution<E>> Estimator<E, D> for DefaultEstimator {
    fn plan(&self) -> Plan {
        Plan { baseline: None }
    }
}

impl<E: Element, D: Distribution<E>> Estimator<E, D> for Score {
    fn plan(&self) -> Plan {
        Plan { baseline: Some(self.baseline) }
    }
}

/// A distribution whose draws can be differentiated by its parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no pathwise gradient",
    label = "its draws cannot be differentiated",
    note = "use the score function: `Score::baseline(DecayingAverage::new(0.9))`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Normal;
/// use ppl_runtime::estimator::HasPathwise;
///
/// fn differentiable<D: HasPathwise>() -> bool {
///     true
/// }
/// assert!(differentiable::<Normal>());
/// ```
pub trait HasPathwise {}

impl<E: Element, D: Distribution<E> + HasPathwise> Estimator<E, D> for Pathwise {
    fn plan(&self) -> Plan {
        Plan { baseline: None }
    }
}

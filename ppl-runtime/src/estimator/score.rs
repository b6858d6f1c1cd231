//! The score-function estimator.

use super::{Baseline, Estimator, Method};
use crate::dist::Distribution;
use crate::element::Element;

/// The score-function estimator (REINFORCE): `(f(z) - b) grad log q(z)`, for one draw `z` and a baseline `b` that does not
/// depend on it.
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
///
/// # References
///
/// Williams (1992), [Simple statistical gradient-following algorithms for connectionist reinforcement
/// learning](https://doi.org/10.1007/BF00992696), Machine Learning 8, equation 11.
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

impl<E: Element, D: Distribution<E>> Estimator<E, D> for Score {
    fn method(&self) -> Method {
        Method::Score(self.baseline)
    }
}

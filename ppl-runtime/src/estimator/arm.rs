//! Augment-REINFORCE-merge.

use super::antithetic::{TwoOutcomes, propose_pair};
use super::{Draft, Estimator, Method};
use crate::element::Element;
use crate::program::run::Run;
use crate::tape::node::NodeId;

/// Augment-REINFORCE-merge, for Bernoulli sites: with log-odds `l` and one uniform `u` for each element,
/// `(f(1[u > s(-l)]) - f(1[u < s(l)])) (u - 1/2)` estimates the derivative by `l`, where `s` is the logistic function.
///
/// The pair lies along an axis of the site's own, so that every cost is evaluated twice. All elements of a plate or of an
/// array go over to their opposites together, so that a cost may depend on several. [`DisArm`](super::DisArm) has the same
/// expectation and never a larger variance. A Bernoulli that is given by its probability `p` is differentiated by
/// `l = ln(p / (1 - p))` and the chain rule.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Bernoulli;
/// use ppl_runtime::estimator::{Arm, Estimator};
///
/// fn fits(_: impl Estimator<f64, Bernoulli>) -> bool {
///     true
/// }
/// assert!(fits(Arm));
/// ```
///
/// # References
///
/// Yin and Zhou (2019), [ARM: Augment-REINFORCE-merge gradient for stochastic binary
/// networks](https://arxiv.org/abs/1807.11143), equation 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm;

impl<E: Element, D: TwoOutcomes<E>> Estimator<E, D> for Arm {
    fn method(&self) -> Method {
        Method::Arm
    }
}

/// Proposes a site with a pair of opposite draws.
pub(super) fn propose<E: Element>(run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
    propose_pair(run, draft, |u, _, _| u - 0.5)
}

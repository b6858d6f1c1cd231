//! ARM with the uniform noise integrated out.

use super::antithetic::{TwoOutcomes, propose_pair};
use super::{Draft, Estimator, Method};
use crate::element::Element;
use crate::kernel::math;
use crate::program::run::Run;
use crate::tape::node::NodeId;

/// The antithetic estimator for Bernoulli sites: with log-odds `l` and an antithetic pair `b`, `c`,
/// `1/2 (f(b) - f(c)) (b - c) s(|l|)` estimates the derivative by `l`, where `s` is the logistic function.
///
/// It is [`Arm`](super::Arm) with the expectation over the uniform noise taken where the pair is given; with the same axis,
/// and the same pass in plates and for probabilities. An element whose pair agrees contributes nothing.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Bernoulli;
/// use ppl_runtime::estimator::{DisArm, Estimator};
///
/// fn fits(_: impl Estimator<f64, Bernoulli>) -> bool {
///     true
/// }
/// assert!(fits(DisArm));
/// ```
///
/// Of more than two outcomes there is no opposite:
///
/// ```compile_fail
/// use ppl_runtime::dist::Categorical;
/// use ppl_runtime::estimator::{DisArm, Estimator};
///
/// fn fits(_: impl Estimator<f64, Categorical>) {}
/// fits(DisArm);
/// ```
///
/// # References
///
/// Dong, Mnih and Tucker (2020), [DisARM: an antithetic gradient estimator for binary latent
/// variables](https://arxiv.org/abs/2006.10680), equation 4. Also found by Yin, Ho, Yan, Qian and Zhou (2020) as the unbiased
/// uniform gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisArm;

impl<E: Element, D: TwoOutcomes<E>> Estimator<E, D> for DisArm {
    fn method(&self) -> Method {
        Method::DisArm
    }
}

/// Proposes a site with a pair of opposite draws.
pub(super) fn propose<E: Element>(run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
    propose_pair(run, draft, |_, log_odds, [b, c]| match (b, c) {
        (true, false) => 0.5 * math::sigmoid(log_odds.abs()),
        (false, true) => -0.5 * math::sigmoid(log_odds.abs()),
        _ => 0.0,
    })
}

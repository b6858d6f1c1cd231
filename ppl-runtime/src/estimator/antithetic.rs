//! What the antithetic estimators share: a pair of opposite draws of a distribution with two outcomes.

use super::Draft;
use crate::dist::form::Tag;
use crate::dist::law::Law;
use crate::dist::{Bernoulli, Distribution};
use crate::element::Element;
use crate::estimator::rule::Seed;
use crate::kernel::math;
use crate::program::private::{Drafted, Moves, Rule};
use crate::program::run::Run;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::value::Value;

/// A distribution of 0 or 1, given its log-odds or its probability.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Bernoulli;
/// use ppl_runtime::estimator::TwoOutcomes;
///
/// fn has_opposites<D: TwoOutcomes<f64>>() -> bool {
///     true
/// }
/// assert!(has_opposites::<Bernoulli>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no antithetic pair: it is not a distribution of 0 or 1",
    label = "not a Bernoulli distribution",
    note = "`Arm` and `DisArm` need `Bernoulli`; of more outcomes use `SumAndSample`, `LeaveOneOut` or `Score`"
)]
pub trait TwoOutcomes<E: Element>: Distribution<E> {}

impl<E: Element> TwoOutcomes<E> for Bernoulli<E> {}

/// Returns the parameter of a distribution with two outcomes, and whether it is the log-odds of 1 rather than its
/// probability.
fn odds<E: Element>(law: &Law<'_, E>) -> Option<(Value<E>, bool)> {
    let member = law.member()?;
    match member.family.tag() {
        Some(Tag::BernoulliProbs) => Some((member.operands()[0], false)),
        Some(Tag::BernoulliLogits) => Some((member.operands()[0], true)),
        _ => None,
    }
}

/// Draws a pair `1[u > 1 - p]`, `1[u < p]` for one uniform `u` of each element, and weighs its difference: `weight` is given
/// `u`, the log-odds and the pair, and returns the coefficient of the first cost in the derivative by the log-odds; that
/// of the second is its negative.
pub(super) fn propose_pair<E: Element>(
    run: &mut Run<E>,
    draft: Draft<'_, E>,
    weight: impl Fn(f64, f64, [bool; 2]) -> f64,
) -> NodeId {
    run.propose_along(draft, |run, site| {
        let (parameter, by_logits) = odds(draft.dist)?;
        let parameter = run.operand(site, parameter);
        let axis = run.open_axis(site, 2, Moves::Jointly)?;
        let extent = run.along(site, axis);
        let noise = run.uniforms(site, site.of_one());
        let inner = site.inner(run);
        let Drafted { deps, .. } = *site;
        let point = move |u: E, p: E| {
            let (u, p) = (u.as_f64(), p.as_f64());
            // Both thresholds without a subtraction from one, which would lose a small probability.
            let (one, zero) = if by_logits { (math::sigmoid(p), math::sigmoid(-p)) } else { (p, 1.0 - p) };
            (u, p, [u > zero, u < one])
        };
        let value = run.tape.derived([noise, parameter.spread], extent, deps, |[u, p], out| {
            for (at, (&u, &p)) in u.iter().zip(p).enumerate() {
                let (_, _, pair) = point(u, p);
                let first = at / inner * 2 * inner + at % inner;
                out[first] = E::of(f64::from(u8::from(pair[0])));
                out[first + inner] = E::of(f64::from(u8::from(pair[1])));
            }
        });
        let by = run.tape.derived([noise, parameter.spread], extent, Deps::NONE, |[u, p], out| {
            for (at, (&u, &p)) in u.iter().zip(p).enumerate() {
                let (u, p, pair) = point(u, p);
                let log_odds = if by_logits { p } else { p.ln() - (-p).ln_1p() };
                let by_log_odds = weight(u, log_odds, pair);
                // The derivative of the log-odds by the probability is 1 / (p (1 - p)).
                let chain = if by_logits { 1.0 } else { (p * (1.0 - p)).recip() };
                let by = if by_log_odds == 0.0 { 0.0 } else { by_log_odds * chain };
                let first = at / inner * 2 * inner + at % inner;
                out[first] = E::of(by);
                out[first + inner] = E::of(-by);
            }
        });
        let log_weight = run.tape.constant_along(axis, |_| 0.5f64.ln());
        let seeds = [Some(Seed { target: parameter.target, weight: by }), None];
        Some((value, log_weight, Rule::Weighted(seeds)))
    })
}

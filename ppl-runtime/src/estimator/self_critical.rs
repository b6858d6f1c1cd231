//! The self-critical baseline: the cost at the most probable value.

use super::{Baseline, Draft};
use crate::element::Element;
use crate::estimator::rule::Control;
use crate::family::PARAMETERS;
use crate::program::private::{Drafted, Moves, Rule};
use crate::program::run::Run;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;

/// The cost at the most probable value `m` of the proposal as baseline: `(f(z) - f(m)) grad log q(z)`.
///
/// It asks of a draw that it be better than what the guide would say if it had to say one thing. In a plate each element has its own where costs
/// are those of single elements; a cost of several elements is compared with that of all their most probable values. A draw that *is* the most
/// probable value moves nothing.
///
/// The value and the draw lie along an axis of the site's own, so that whatever depends on the site is evaluated twice, and nothing else is; a
/// site that depends on this one is drawn anew at `m`. Two sites of which one depends on the other need four evaluations of what depends on
/// both.
///
/// The site's most probable value must be known: of `Bernoulli`, `Categorical` and the others whose values can be listed, of `Poisson`, `Geometric` and
/// `NegativeBinomial`, and of `Normal`, `LogNormal`, `Laplace`, `Logistic`, `Cauchy`, `Gumbel` and `StudentT`; of arrays of these where
/// they are independent numbers. Others are an error, and so is a `concrete` site, whose program runs at one value.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Baseline, Score, SelfCritical};
///
/// assert_eq!(Score::baseline(SelfCritical), Score::baseline(Baseline::SelfCritical));
/// ```
///
/// # References
///
/// Rennie et al. (2017), [Self-critical sequence training for image captioning](https://arxiv.org/abs/1612.00563), equation 7, where the reward at
/// the most probable words is the baseline of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfCritical;

impl From<SelfCritical> for Baseline {
    fn from(_: SelfCritical) -> Baseline {
        Baseline::SelfCritical
    }
}

/// Proposes a site with its draw and its most probable value, of which the draw alone counts.
pub(super) fn propose<E: Element>(run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
    run.propose_along(draft, |run, site| {
        let mode = most_probable(run, site, &draft)?;
        let drawn = run.draw_one(site, draft.dist);
        let axis = run.open_axis(site, 2, Moves::Jointly)?;
        let extent = run.along(site, axis);
        let inner = site.inner(run);
        let value = run.tape.derived([drawn, mode], extent, site.deps, |[drawn, mode], out| {
            for (at, (&drawn, &mode)) in drawn.iter().zip(mode).enumerate() {
                let first = at / inner * 2 * inner + at % inner;
                (out[first], out[first + inner]) = (drawn, mode);
            }
        });
        let log_weight = run.tape.constant_along(axis, |k| if k == 0 { 0.0 } else { f64::NEG_INFINITY });
        let weight = run.tape.constant_along(axis, |k| if k == 0 { 1.0 } else { 0.0 });
        Some((value, log_weight, Rule::Score { weight, control: Control::Last }))
    })
}

/// Returns the most probable value for each element of one draw.
fn most_probable<E: Element>(run: &mut Run<E>, site: &Drafted, draft: &Draft<'_, E>) -> Option<NodeId> {
    let dist = draft.dist;
    if let Some(member) = dist.plain_member()
        && let Some(likeliest) = member.family.likeliest(&mut run.tape, site.place.0, member.operands())
    {
        return Some(run.tape.spread(likeliest, site.axes));
    }
    let of_numbers = dist.plain_member().and_then(|member| Some((member, member.family.mode()?)));
    if let Some((member, mode)) = of_numbers {
        let mut operands = [NodeId::NONE; PARAMETERS];
        let count = member.operands().len();
        for (operand, &value) in operands.iter_mut().zip(member.operands()) {
            *operand = run.operand(site, value).spread;
        }
        // A family with fewer parameters reads none of the others.
        let first = operands[0];
        operands[count..].fill(first);
        let fill = |p: [&[E]; PARAMETERS], out: &mut [E]| {
            for (k, out) in out.iter_mut().enumerate() {
                *out = mode(p.map(|p| p[k]));
            }
        };
        return Some(run.tape.derived(operands, site.of_one(), Deps::NONE, fill));
    }
    if dist.outcomes(&mut run.tape, site.place.0).is_err() {
        let detail = "has no most probable value that is known, and `SelfCritical` needs the loss there; take another baseline, such as \
                      `DecayingAverage`";
        run.refuse_draft(site, detail.to_owned());
        return None;
    }
    let outcomes = run.count_outcomes(site, dist)?;
    let logs = run.log_probabilities(site, dist, outcomes)?;
    let inner = site.inner(run);
    Some(run.tape.derived([logs], site.of_one(), Deps::NONE, |[logs], out| {
        for (at, out) in out.iter_mut().enumerate() {
            let log = |k: usize| logs[(at / inner * outcomes + k) * inner + at % inner];
            let likeliest = (1..outcomes).fold(0, |best, k| if log(k) > log(best) { k } else { best });
            *out = E::of(likeliest as f64);
        }
    }))
}

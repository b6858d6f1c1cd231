//! Measure-valued derivatives.

use super::{Draft, Estimator, Method};
use crate::dist::form::Tag;
use crate::dist::member::Member;
use crate::dist::{Bernoulli, Categorical, Distribution, Normal, Poisson};
use crate::element::Element;
use crate::estimator::rule::Seed;
use crate::family::normal::standard;
use crate::kernel::math;
use crate::program::private::{Moves, Rule};
use crate::program::run::Run;
use crate::tape::blocks::Blocks;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::value::Scalar;
use rand::RngExt;

/// The measure-valued estimator: the derivative of `E_q[f]` by a parameter is `c (E f(x+) - E f(x-))`, with `x+` and `x-` drawn
/// from the positive and the negative part of the derivative of the density.
///
/// | distribution | parameter | c | x+ | x- |
/// | --- | --- | --- | --- | --- |
/// | Bernoulli, Categorical | a probability | 1 | an outcome | another one |
/// | Poisson | rate | 1 | x + 1 | x |
/// | Normal | loc | `1 / (scale sqrt(2 pi))` | loc + scale W | loc - scale W |
/// | Normal | scale | 1 / scale | loc + scale M | loc + scale N |
///
/// `W` is a Weibull variate of shape 2 and scale `sqrt(2)` (density `w exp(-w^2 / 2)`), `M` a double-sided Maxwell variate
/// (density `m^2 exp(-m^2 / 2) / sqrt(2 pi)`), `N` a standard normal one. Parts are coupled: `W` is shared, `N = U M` with a uniform `U`, and `x` is the
/// site's own draw. Of a finite distribution every part is an outcome, so that the site is tried at every value and the
/// estimate is exact, as with `enumerate`.
///
/// The parts lie along an axis of the site's own: 2 evaluations for Poisson, 4 for Normal. The cost need not be
/// continuous. A part moves one element alone: inside a plate a cost may depend on one element only, and a value that
/// depends on the site cannot leave its plate (an error that says so); an array of draws is refused, a plate is not.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Normal, Poisson};
/// use ppl_runtime::estimator::{Estimator, MeasureValued};
///
/// fn fits<D: ppl_runtime::dist::Distribution<f64>>(_: impl Estimator<f64, D>) -> bool {
///     true
/// }
/// assert!(fits::<Normal>(MeasureValued) && fits::<Poisson>(MeasureValued));
/// ```
///
/// # References
///
/// Mohamed, Rosca, Figurnov and Mnih (2020), [Monte Carlo gradient estimation in machine
/// learning](https://arxiv.org/abs/1906.10652), section 6, table 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureValued;

/// A distribution the derivative of whose density is known as a positive and a negative part.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Poisson;
/// use ppl_runtime::estimator::Parts;
///
/// fn has_parts<D: Parts<f64>>() -> bool {
///     true
/// }
/// assert!(has_parts::<Poisson>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the derivative of `{Self}` is not known as a positive and a negative part",
    label = "has no measure-valued gradient here",
    note = "`MeasureValued` knows `Bernoulli`, `Categorical`, `Poisson` and `Normal` (of numbers, not of arrays)"
)]
pub trait Parts<E: Element>: Distribution<E> {}

impl<E: Element> Parts<E> for Bernoulli<E> {}
impl<E: Element> Parts<E> for Categorical<E> {}
impl<E: Element> Parts<E> for Poisson<E> {}
impl<E: Element> Parts<E> for Normal<E, Scalar> {}

impl<E: Element, D: Parts<E>> Estimator<E, D> for MeasureValued {
    fn method(&self) -> Method {
        Method::MeasureValued
    }
}

/// Proposes a site with the parts of the derivative of its density.
pub(super) fn propose<E: Element>(run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
    let Draft { name, dist, auxiliary, place } = draft;
    match (dist.tag(), dist.member()) {
        (Some(Tag::Normal), Some(normal)) => propose_normal(run, draft, normal),
        (Some(Tag::Poisson), Some(poisson)) => propose_poisson(run, draft, poisson, false),
        (Some(Tag::PoissonLogRate), Some(poisson)) => propose_poisson(run, draft, poisson, true),
        // Of an array each number has its parts.
        _ if dist.event_shape(&mut run.tape, place.0).is_ok_and(|shape| shape.rank() > 0) => run
            .propose_along(draft, |run, site| {
                run.one_number(site)?;
                None
            }),
        // Of a finite distribution every part is an outcome.
        _ => run.average_over(name, dist, auxiliary, place),
    }
}

fn propose_poisson<E: Element>(
    run: &mut Run<E>,
    draft: Draft<'_, E>,
    poisson: &Member<'_, E>,
    by_log: bool,
) -> NodeId {
    run.propose_along(draft, |run, site| {
        run.one_number(site)?;
        let rate = run.operand(site, poisson.operands()[0]);
        let drawn = run.draw_one(site, draft.dist);
        let axis = run.open_axis(site, 2, Moves::ByElement)?;
        let extent = run.along(site, axis);
        let inner = site.inner(run);
        let value = run.tape.derived([drawn], extent, site.deps, |[drawn], out| {
            for (pair, x) in out.chunks_exact_mut(2 * inner).zip(drawn.chunks_exact(inner)) {
                let (same, more) = pair.split_at_mut(inner);
                same.copy_from_slice(x);
                more.iter_mut().zip(x).for_each(|(more, &x)| *more = x + E::one());
            }
        });
        let weight = run.tape.derived([rate.spread], extent, Deps::NONE, |[rate], out| {
            for (pair, rate) in out.chunks_exact_mut(2 * inner).zip(rate.chunks_exact(inner)) {
                let (same, more) = pair.split_at_mut(inner);
                for ((same, more), &rate) in same.iter_mut().zip(more).zip(rate) {
                    // The derivative of the rate by its logarithm is the rate.
                    *more = if by_log { math::exp(rate) } else { E::one() };
                    *same = -*more;
                }
            }
        });
        let log_weight = run.tape.constant_along(axis, first_alone);
        Some((value, log_weight, Rule::Weighted([Some(Seed { target: rate.target, weight }), None])))
    })
}

fn propose_normal<E: Element>(run: &mut Run<E>, draft: Draft<'_, E>, normal: &Member<'_, E>) -> NodeId {
    run.propose_along(draft, |run, site| {
        run.one_number(site)?;
        let [loc, scale] = [0, 1].map(|k| run.operand(site, normal.operands()[k]));
        // The draw and the parts of the scale's derivative: loc + scale U M (which is the draw), loc + scale M. Then
        // those of the location's: loc + scale W, loc - scale W.
        let axis = run.open_axis(site, 4, Moves::ByElement)?;
        let extent = run.along(site, axis);
        let inner = site.inner(run);
        let streams = site.streams(run);
        let blocks = Blocks::of_numbers(site.of_one(), &run.tape.sizes, &streams);
        let value = run.tape.derived([loc.spread, scale.spread], extent, site.deps, |[loc, scale], out| {
            blocks.each(&streams, loc.len(), |rng, block| {
                for at in block {
                    let [a, b, c]: [f64; 3] = [(); 3].map(|()| standard(rng));
                    let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
                    let maxwell = sign * (a * a + b * b + c * c).sqrt();
                    let uniform: f64 = rng.random();
                    let weibull = (-2.0 * (-rng.random::<f64>()).ln_1p()).sqrt();
                    let (loc, scale) = (loc[at], scale[at]);
                    let first = at / inner * 4 * inner + at % inner;
                    for (k, z) in [uniform * maxwell, maxwell, weibull, -weibull].into_iter().enumerate() {
                        out[first + k * inner] = loc + scale * E::of(z);
                    }
                }
            });
        });
        let by = |run: &mut Run<E>, weights: [f64; 4]| {
            run.tape.derived([scale.spread], extent, Deps::NONE, |[scale], out| {
                for (at, &scale) in scale.iter().enumerate() {
                    let first = at / inner * 4 * inner + at % inner;
                    for (k, weight) in weights.into_iter().enumerate() {
                        out[first + k * inner] = E::of(weight) / scale;
                    }
                }
            })
        };
        let density = 1.0 / (2.0 * std::f64::consts::PI).sqrt();
        let by_loc = by(run, [0.0, 0.0, density, -density]);
        let by_scale = by(run, [-1.0, 1.0, 0.0, 0.0]);
        let log_weight = run.tape.constant_along(axis, first_alone);
        let seeds = [
            Some(Seed { target: loc.target, weight: by_loc }),
            Some(Seed { target: scale.target, weight: by_scale }),
        ];
        Some((value, log_weight, Rule::Weighted(seeds)))
    })
}

/// The logarithm of the weights of a draw, which counts alone in the value, and of its parts.
fn first_alone(k: usize) -> f64 {
    if k == 0 { 0.0 } else { f64::NEG_INFINITY }
}

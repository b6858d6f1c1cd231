//! Sum and sample: the likeliest outcomes exactly, the rest by one draw.

use super::{Draft, Estimator, Method};
use crate::dist::FiniteOutcomes;
use crate::element::Element;
use crate::estimator::rule::Control;
use crate::kernel::math;
use crate::program::private::{Moves, Rule};
use crate::program::run::Run;
use crate::tape::blocks::Blocks;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use rand::RngExt;

/// The Rao-Blackwellised score function: `sum over C of f(k) grad q(k) + q(not C) f(z) grad log q(z)`, where `C` are the `k`
/// likeliest outcomes and `z` is drawn from the others.
///
/// The outcomes lie along an axis of the site's own, with `k + 1` evaluations of each cost. From every cost the mean over
/// `C` is subtracted, `sum over C of q(k) f(k) / q(C)`, which does not depend on `z`. Inside a plate each element has its
/// own outcomes, so that a cost may depend on one element only: a value that depends on the site cannot leave its plate.
///
/// With all outcomes but one summed, the estimate is exact.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Categorical;
/// use ppl_runtime::estimator::{Estimator, SumAndSample};
///
/// fn fits(_: impl Estimator<f64, Categorical>) -> bool {
///     true
/// }
/// assert!(fits(SumAndSample::new(3)));
/// ```
///
/// # References
///
/// Liu, Regier, Tripuraneni, Jordan and McAuliffe (2019), [Rao-Blackwellized stochastic gradients for discrete
/// distributions](https://arxiv.org/abs/1810.04777), equation 6. The baseline is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumAndSample {
    summed: usize,
}

impl SumAndSample {
    /// Returns the estimator that sums the `summed` likeliest outcomes; it is held to all outcomes but one. With none summed
    /// it is the score function without a baseline.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::SumAndSample;
    ///
    /// assert_ne!(SumAndSample::new(1), SumAndSample::new(2));
    /// ```
    pub fn new(summed: usize) -> SumAndSample {
        SumAndSample { summed }
    }
}

impl<E: Element, D: FiniteOutcomes<E>> Estimator<E, D> for SumAndSample {
    fn method(&self) -> Method {
        Method::SumAndSample(*self)
    }
}

impl SumAndSample {
    pub(super) fn propose<E: Element>(self, run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
        run.propose_along(draft, |run, site| {
            let outcomes = run.count_outcomes(site, draft.dist)?;
            let summed = self.summed.min(outcomes - 1);
            // The logarithms of all probabilities, for each element: [elements, outcomes].
            let logs = run.log_probabilities(site, draft.dist, outcomes)?;
            let axis = run.open_axis(site, summed + 1, Moves::ByElement)?;
            let extent = run.along(site, axis);
            let inner = site.inner(run);
            let streams = site.streams(run);
            let blocks = Blocks::of_numbers(site.of_one(), &run.tape.sizes, &streams);
            let width = summed + 1;
            let mut order = std::mem::take(&mut run.session.order);
            let value = run.tape.derived([logs], extent, site.deps, |[logs], out| {
                let elements = logs.len() / outcomes;
                blocks.each(&streams, elements, |rng, block| {
                    for at in block {
                        let log = |k: u32| logs[place(at, k as usize, outcomes, inner)];
                        order.clear();
                        order.extend(0..outcomes as u32);
                        // Of outcomes that are equally likely the lower comes first, so that the choice is no draw.
                        order.sort_unstable_by(|&a, &b| {
                            log(b).as_f64().total_cmp(&log(a).as_f64()).then(a.cmp(&b))
                        });
                        let rest = &order[summed..];
                        let largest = log(rest[0]);
                        let chance = |k: u32| math::exp((log(k) - largest).as_f64());
                        let total: f64 = rest.iter().map(|&k| chance(k)).sum();
                        let u: f64 = rng.random();
                        let mut left = u * total;
                        // Where the rest is impossible any of it will do: it has no weight.
                        let mut drawn = rest[0];
                        for &k in rest {
                            let chance = chance(k);
                            if chance > 0.0 {
                                drawn = k;
                                if left < chance {
                                    break;
                                }
                                left -= chance;
                            }
                        }
                        for (k, &outcome) in order[..summed].iter().chain([&drawn]).enumerate() {
                            out[place(at, k, width, inner)] = E::of(f64::from(outcome));
                        }
                    }
                });
            });
            run.session.order = order;
            let log_weight = run.tape.derived([logs, value], extent, Deps::NONE, |[logs, value], out| {
                for at in 0..logs.len() / outcomes {
                    for k in 0..summed {
                        let outcome = value[place(at, k, width, inner)].as_f64() as usize;
                        let log = logs[place(at, outcome, outcomes, inner)];
                        out[place(at, k, width, inner)] = log;
                    }
                    // What is left over is small where it counts most, so it is added up and not subtracted from one.
                    let is_listed = |k: usize| {
                        (0..summed).any(|j| value[place(at, j, width, inner)].as_f64() as usize == k)
                    };
                    let rest: f64 = match summed {
                        0 => 1.0,
                        _ => (0..outcomes)
                            .filter(|&k| !is_listed(k))
                            .map(|k| math::exp(logs[place(at, k, outcomes, inner)].as_f64()))
                            .sum(),
                    };
                    out[place(at, summed, width, inner)] = E::of(math::ln(rest));
                }
            });
            let weight = run.tape.derived([log_weight], extent, Deps::NONE, |[log], out| {
                out.iter_mut().zip(log).for_each(|(w, &log)| *w = math::exp(log));
            });
            let control = Control::Listed;
            Some((value, log_weight, Rule::Score { weight, control }))
        })
    }
}

/// Returns where entry `k` of `width` lies for element `at`, in an array whose own axis lies outside of the `inner` elements
/// of the plates.
#[inline(always)]
fn place(at: usize, k: usize, width: usize, inner: usize) -> usize {
    (at / inner * width + k) * inner + at % inner
}

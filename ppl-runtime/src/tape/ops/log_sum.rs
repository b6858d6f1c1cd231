//! Elimination of one discrete site: the sum of the factors that know it, summed over its outcomes in log space.

use super::stretches::{multiply_into, stretch};
use crate::element::Element;
use crate::kernel::log_sum;
use crate::random::Generator;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{self, Extent};

/// What the elimination of a site keeps of its outcomes. In the reverse sweep each factor receives the weights that
/// this leaves, so that the adjoint of a factor is its posterior probability, or the assignment that was chosen.
#[derive(Clone, Debug, Default)]
pub(crate) enum Semiring {
    /// Their sum; the weights are posterior probabilities.
    #[default]
    Sum,
    /// The likeliest one.
    Max,
    /// Their sum; the weights are one draw from the posterior.
    Draw(Generator),
}

/// The record of an elimination.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSum {
    /// The factors: where their list begins, and how many there are.
    list: u32,
    count: u32,
    /// The axes of the factors together.
    axes: AxisSet,
    /// Where the weights lie in the arena, one for each element of these axes.
    weights: u32,
}

impl<E: Element> Tape<E> {
    /// Records `ln(sum over axis of exp(sum of factors))`; every factor is a scalar event.
    pub(crate) fn log_sum(&mut self, factors: &[NodeId], axis: Axis) -> NodeId {
        let list = self.lists.len();
        self.lists.extend_from_slice(factors);
        let (mut axes, mut deps, mut gradient) = (AxisSet::of(axis), Deps::NONE, false);
        for &factor in factors {
            let node = self.node(factor);
            axes = axes.union(node.axes);
            deps = deps.union(node.deps);
            gradient |= node.has_gradient();
        }
        let domain = Extent { axes, shape: Shape::SCALAR };
        let out = Extent { axes: axes.minus(AxisSet::of(axis)), shape: Shape::SCALAR };
        let (len, out_len) = (self.len_of(domain), self.len_of(out));
        let outcomes = self.sizes[axis.0 as usize] as usize;
        let start = self.reserve(out_len + len);
        let (old, fresh) = self.split(start);
        let weights = &mut fresh[out_len..out_len + len];
        for (k, &factor) in factors.iter().enumerate() {
            let from = Extent { axes: old.axes_of(factor), shape: Shape::SCALAR };
            let x = old.node(factor);
            walk::rows(old.sizes, domain, &[from, domain], |offset, n, stride| {
                let into = &mut weights[offset[1]..offset[1] + n];
                match (k, stride[0]) {
                    (0, 0) => into.fill(x[offset[0]]),
                    (0, _) => into.copy_from_slice(&x[offset[0]..offset[0] + n]),
                    (_, 0) => into.iter_mut().for_each(|w| *w += x[offset[0]]),
                    _ => into.iter_mut().zip(&x[offset[0]..offset[0] + n]).for_each(|(w, &v)| *w += v),
                }
            });
        }
        let inner: usize = axes.inside(axis).iter().map(|a| old.sizes[a.0 as usize] as usize).product();
        let Tape { values, semiring, .. } = self;
        let (log, rest) = values[start..].split_at_mut(out_len);
        for (block, out) in rest[..len].chunks_exact_mut(outcomes * inner).zip(log.chunks_exact_mut(inner)) {
            match semiring {
                Semiring::Sum if inner == 1 => out[0] = log_sum::log_sum_row(block),
                Semiring::Sum => log_sum::log_sum_columns(block, outcomes, out),
                Semiring::Max => log_sum::max_columns(block, outcomes, out),
                Semiring::Draw(rng) => log_sum::draw_columns(rng, block, outcomes, out),
            }
        }
        let rule = LogSum {
            list: list as u32,
            count: factors.len() as u32,
            axes,
            weights: (start + out_len) as u32,
        };
        let number = self.log_sums.len() as u32;
        self.log_sums.push(rule);
        self.push(Op::LogSum(number), out, start, out_len, gradient, deps)
    }

    pub(crate) fn log_sum_backward(&mut self, rule: u32, out: NodeId) {
        let LogSum { list, count, axes, weights } = self.log_sums[rule as usize];
        let domain = Extent { axes, shape: Shape::SCALAR };
        let seeds = self.node(out).extent();
        for k in list..list + count {
            let factor = self.lists[k as usize];
            if !self.node(factor).has_gradient() {
                continue;
            }
            let target = self.node(factor).extent();
            let (old, dy, mut dx) = self.adjoint_sums(factor, out, self.len_of(domain));
            let weights = old.stored(weights, domain.len(old.sizes));
            walk::rows(old.sizes, domain, &[target, seeds, domain], |offset, n, stride| {
                let into = dx.row(offset[0], n, stride[0]);
                let seed = stretch(dy, offset[1], n, stride[1]);
                multiply_into(seed, stretch(weights, offset[2], n, stride[2]), into);
            });
        }
    }
}

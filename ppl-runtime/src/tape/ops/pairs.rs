//! The pairwise marginals of a guide's chain, whose steps are proposed one after the other.

use super::chain::ChainAxes;
use crate::element::Element;
use crate::kernel::math;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{Extent, Walk};

/// The record of a chain's pairwise marginals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs {
    /// The sum of the logarithms of the proposals, along every axis.
    proposal: NodeId,
    axes: ChainAxes,
}

/// Memory that the chains of a tape share.
#[derive(Clone, Debug, Default)]
pub(crate) struct PairsMemory<E> {
    places: Places,
    /// A number for each state, of one step and of the one after or before it.
    now: Vec<E>,
    next: Vec<E>,
}

/// Where the elements of one sequence lie: the states before and after, and the steps.
#[derive(Clone, Debug, Default)]
struct Places {
    before: Vec<usize>,
    after: Vec<usize>,
    /// The stride of time, and the number of steps.
    time: (usize, usize),
    sequences: Vec<usize>,
}

impl<E: Element> Tape<E> {
    /// Records `ln q(z[t-1], z[t])` of a chain with the proposals `ln q(z[t] | z[t-1])`, which are normalised over `z[t]`.
    ///
    /// `start` is the logarithm of the probability of each state before the first step, and adds to the proposal of that
    /// step alone.
    pub(crate) fn pairs(&mut self, proposals: &[NodeId], start: NodeId, axes: ChainAxes) -> NodeId {
        let mut domain = self.node(start).axes.union(AxisSet::of(axes.time));
        for &node in proposals {
            domain = domain.union(self.node(node).axes);
        }
        let both = axes.before[..axes.count].iter().chain(&axes.after[..axes.count]);
        domain = both.fold(domain, |set, &axis| set.union(AxisSet::of(axis)));
        let proposal = self.dense_sum(proposals, domain);
        let extent = Extent { axes: domain, shape: Shape::SCALAR };
        let len = self.len_of(extent);
        let (deps, gradient) = (self.node(proposal).deps, self.node(proposal).has_gradient());
        let deps = deps.cross(self.sites_on[axes.time.0 as usize]);
        let start_values = self.dense_sum(&[start], domain);
        let mut memory = std::mem::take(&mut self.pairs_memory);
        self.find_places(domain, &axes, &mut memory);
        let PairsMemory { places, now, next } = &mut memory;
        let from = self.reserve(len);
        let (old, fresh) = self.split(from);
        let (log, first, out) = (old.node(proposal), old.node(start_values), &mut fresh[..len]);
        for &base in &places.sequences {
            for (k, now) in now.iter_mut().enumerate() {
                *now = first[base + places.before[k]];
            }
            for t in 0..places.time.1 {
                let at = base + t * places.time.0;
                next.fill(E::neg_infinity());
                for (n, next) in next.iter_mut().enumerate() {
                    let pair = |p: usize| at + places.before[p] + places.after[n];
                    let mut top = E::neg_infinity();
                    for (p, &now) in now.iter().enumerate() {
                        let value = now + log[pair(p)];
                        out[pair(p)] = value;
                        top = if value <= top { top } else { value };
                    }
                    if top != E::neg_infinity() {
                        let total: E = (0..now.len()).map(|p| math::exp(out[pair(p)] - top)).sum();
                        *next = top + math::ln(total);
                    }
                }
                std::mem::swap(now, next);
            }
        }
        self.pairs_memory = memory;
        let number = self.pairs.len() as u32;
        self.pairs.push(Pairs { proposal, axes });
        self.push(Op::Pairs(number), extent, from, len, gradient, deps)
    }

    /// Records the sum of nodes, spelt out along every axis of the domain.
    fn dense_sum(&mut self, nodes: &[NodeId], domain: AxisSet) -> NodeId {
        let mut sum: Option<NodeId> = None;
        for &node in nodes {
            let arg = |id| crate::tape::node::Arg { id, value: E::zero() };
            sum = Some(match sum {
                None => node,
                // Log-densities are scalars, whose shapes fit.
                Some(sum) => self.binary(super::Binary::Add, arg(sum), arg(node)).unwrap_or(sum),
            });
        }
        let sum = match sum {
            Some(sum) => sum,
            None => self.scalar(E::zero()),
        };
        self.spread(sum, domain)
    }

    /// Writes where the elements of a chain's sequences lie, and gives each state a number.
    fn find_places(&self, domain: AxisSet, axes: &ChainAxes, memory: &mut PairsMemory<E>) {
        let PairsMemory { places, now, next } = memory;
        let strides = self.axis_strides(domain);
        let along = |axis: Axis| (self.sizes[axis.0 as usize] as usize, strides[axis.0 as usize]);
        let (before, after) = (&axes.before[..axes.count], &axes.after[..axes.count]);
        let own = before
            .iter()
            .chain(after)
            .fold(AxisSet::of(axes.time), |set, &axis| set.union(AxisSet::of(axis)));
        combine(before.iter().map(|&axis| along(axis)), &mut places.before);
        combine(after.iter().map(|&axis| along(axis)), &mut places.after);
        combine(domain.minus(own).iter().map(along), &mut places.sequences);
        let (steps, stride) = along(axes.time);
        places.time = (stride, steps);
        for numbers in [now, next] {
            numbers.clear();
            numbers.resize(places.before.len(), E::zero());
        }
    }

    pub(crate) fn pairs_backward(&mut self, rule: u32, out: NodeId) {
        let Pairs { proposal, axes } = self.pairs[rule as usize];
        let mut memory = std::mem::take(&mut self.pairs_memory);
        self.find_places(self.node(out).axes, &axes, &mut memory);
        let PairsMemory { places, now, next: later } = &mut memory;
        let (old, dy, dx) = self.adjoint_pair(proposal, out);
        let log = old.node(out);
        let states = places.before.len();
        for &base in &places.sequences {
            later.fill(E::zero());
            for t in (0..places.time.1).rev() {
                let at = base + t * places.time.0;
                now.fill(E::zero());
                for (n, &later) in later.iter().enumerate() {
                    let pair = |p: usize| at + places.before[p] + places.after[n];
                    let top = (0..states).map(|p| log[pair(p)]).fold(E::neg_infinity(), E::max);
                    if top == E::neg_infinity() {
                        continue;
                    }
                    let total: E = (0..states).map(|p| math::exp(log[pair(p)] - top)).sum();
                    for (p, now) in now.iter_mut().enumerate() {
                        let share = math::exp(log[pair(p)] - top) / total;
                        let seed = dy[pair(p)] + later * share;
                        dx[pair(p)] += seed;
                        *now += seed;
                    }
                }
                std::mem::swap(now, later);
            }
        }
        self.pairs_memory = memory;
    }

    /// Records the logarithm of the probability that a chain's state before the first step has each value: zero for the
    /// value that `first` says, and minus infinity for the others.
    pub(crate) fn certain(&mut self, first: NodeId, axis: Axis) -> NodeId {
        let by = Extent { axes: self.node(first).axes, shape: Shape::SCALAR };
        let along = Extent { axes: AxisSet::of(axis), shape: Shape::SCALAR };
        let domain = Extent { axes: by.axes.union(along.axes), shape: Shape::SCALAR };
        let deps = self.node(first).deps;
        let walk = Walk::new(&self.sizes, domain, &[by, along, domain]);
        let len = self.len_of(domain);
        let from = self.reserve(len);
        let (old, fresh) = self.split(from);
        let known = old.node(first);
        walk.rows(|offset, n, stride| {
            for i in 0..n {
                let (value, k) = (known[offset[0] + i * stride[0]], offset[1] + i * stride[1]);
                let here = value.as_f64() == k as f64;
                fresh[offset[2] + i * stride[2]] = if here { E::zero() } else { E::neg_infinity() };
            }
        });
        self.push(Op::Leaf, domain, from, len, false, deps)
    }
}

/// Writes every sum of one multiple of each stride, for axes of these sizes and strides; the first axis varies fastest.
fn combine(axes: impl Iterator<Item = (usize, usize)>, offsets: &mut Vec<usize>) {
    offsets.clear();
    offsets.push(0);
    for (size, stride) in axes {
        let known = offsets.len();
        for k in 1..size {
            offsets.extend_from_within(..known);
            offsets[k * known..].iter_mut().for_each(|at| *at += k * stride);
        }
        offsets.truncate(known * size);
    }
}

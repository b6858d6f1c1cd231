//! The contraction of a chain of discrete states as one operation.

use super::log_sum::Semiring;
use crate::element::Element;
use crate::kernel::chain::{ChainError, Factor, Gradients, MAX_FACTORS, Mode, Plan, Structure, Workspace};
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet, MAX_AXES};
use crate::tape::deps::Deps;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;

/// The most components that the state of a chain may have.
pub(crate) const MAX_STATE: usize = 4;

/// The axes of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainAxes {
    pub(crate) time: Axis,
    pub(crate) count: usize,
    pub(crate) before: [Axis; MAX_STATE],
    pub(crate) after: [Axis; MAX_STATE],
}

/// The record of a contraction.
#[derive(Clone, Debug)]
pub(crate) struct ChainRule {
    list: u32,
    count: u32,
    axes: ChainAxes,
    lengths: Option<NodeId>,
    plan: Plan,
    /// Where the kernel's memory lies in the arena.
    kept: u32,
    /// The axes of independent sequences.
    batch: AxisSet,
}

/// Memory that the contractions of a tape share.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChainMemory<E> {
    workspace: Workspace<E>,
    states: Vec<E>,
    lengths: Vec<usize>,
}

/// The strides of an array's axes.
type Strides = [usize; MAX_AXES];

impl<E: Element> Tape<E> {
    /// Records the contraction of factors over every path, left open in the state before the first step.
    ///
    /// The result has the axes of that state and those of the sequences. `lengths` are the numbers of steps of the
    /// sequences, for plates that they share.
    pub(crate) fn chain(
        &mut self,
        factors: &[NodeId],
        axes: ChainAxes,
        lengths: Option<NodeId>,
    ) -> Result<NodeId, ChainError> {
        let list = self.lists.len();
        self.lists.extend_from_slice(factors);
        let (mut all, mut deps, mut gradient) = (AxisSet::EMPTY, Deps::NONE, false);
        for &factor in factors {
            let node = self.node(factor);
            all = all.union(node.axes);
            deps = deps.union(node.deps);
            gradient |= node.has_gradient();
        }
        all = lengths.map_or(all, |n| all.union(self.node(n).axes));
        let before = set(&axes.before[..axes.count]);
        let own = before.union(set(&axes.after[..axes.count])).union(AxisSet::of(axes.time));
        let batch = all.minus(own);
        let out = Extent { axes: before.union(batch), shape: Shape::SCALAR };
        let plan = self.plan_chain(list as u32, factors.len() as u32, &axes, batch)?;
        let out_len = self.len_of(out);
        let outer = self.outer_sequences(batch);
        let start = self.reserve(out_len + plan.kept_len() * outer);
        let rule = ChainRule {
            list: list as u32,
            count: factors.len() as u32,
            axes,
            lengths,
            plan,
            kept: (start + out_len) as u32,
            batch,
        };
        let mut memory = std::mem::take(&mut self.chain_memory);
        let mode = match self.semiring {
            Semiring::Sum => Mode::Sum,
            Semiring::Max => Mode::Max,
            Semiring::Draw(_) => Mode::Draw,
        };
        let mut done = Ok(());
        for k in 0..outer {
            let mut slices: [&[E]; MAX_FACTORS] = [&[]; MAX_FACTORS];
            let width = rule.plan.kept_len();
            memory.states.resize(rule.plan.out_len(), E::zero());
            self.read_lengths(&rule, k, &mut memory.lengths);
            let offsets = self.chain_offsets(&rule, k);
            let to = self.state_strides(&rule, out, k);
            let (old, fresh) = self.split(start);
            for (j, slice) in slices.iter_mut().enumerate().take(factors.len()) {
                *slice = &old.node(factors[j])[offsets[j]..];
            }
            let (result, kept) = fresh.split_at_mut(out_len);
            let lengths = rule.lengths.map(|_| memory.lengths.as_slice());
            let contracted = rule.plan.forward(
                mode,
                &slices[..factors.len()],
                lengths,
                &mut kept[k * width..(k + 1) * width],
                &mut memory.workspace,
                &mut memory.states,
            );
            done = done.and(contracted);
            to.each(|at, of| result[of] = memory.states[at]);
        }
        self.chain_memory = memory;
        done?;
        let number = self.chains.len() as u32;
        self.chains.push(rule);
        let deps = deps.cross(self.sites_on[axes.time.0 as usize]);
        Ok(self.push(Op::Chain(number), out, start, out_len, gradient, deps))
    }

    /// Lays out the factors for the kernel, whose sequences lie along the innermost axis of the batch.
    fn plan_chain(
        &self,
        list: u32,
        count: u32,
        axes: &ChainAxes,
        batch: AxisSet,
    ) -> Result<Plan, ChainError> {
        let n = axes.count;
        let mut sizes = [1usize; 2 * MAX_STATE];
        let mut variables = [Axis(0); 2 * MAX_STATE];
        let mut next = [0usize; MAX_STATE];
        variables[..n].copy_from_slice(&axes.before[..n]);
        let mut known = n;
        for (slot, &axis) in next.iter_mut().zip(&axes.after[..n]) {
            *slot = match variables[..known].iter().position(|&v| v == axis) {
                Some(variable) => variable,
                None => {
                    variables[known] = axis;
                    known += 1;
                    known - 1
                }
            };
        }
        for (size, axis) in sizes.iter_mut().zip(&variables[..known]) {
            *size = self.sizes[axis.0 as usize] as usize;
        }
        let inner = batch.innermost();
        let mut placed = [[(0usize, 0usize); 2 * MAX_STATE]; MAX_FACTORS];
        let mut factors = [Factor { variables: &[], time: 0, batch: 0 }; MAX_FACTORS];
        if count as usize > MAX_FACTORS {
            return Err(ChainError::TooLarge);
        }
        let mut counts = [0usize; MAX_FACTORS];
        let mut others = [(0usize, 0usize); MAX_FACTORS];
        for j in 0..count as usize {
            let factor = self.lists[list as usize + j];
            let axes_of = self.node(factor).axes;
            let strides = self.axis_strides(axes_of);
            for (v, &axis) in variables[..known].iter().enumerate() {
                if axes_of.contains(axis) {
                    placed[j][counts[j]] = (v, strides[axis.0 as usize]);
                    counts[j] += 1;
                }
            }
            others[j] = (strides[axes.time.0 as usize], inner.map_or(0, |axis| strides[axis.0 as usize]));
        }
        for j in 0..count as usize {
            factors[j] = Factor { variables: &placed[j][..counts[j]], time: others[j].0, batch: others[j].1 };
        }
        Plan::new(&Structure {
            sizes: &sizes[..known],
            next: &next[..n],
            factors: &factors[..count as usize],
            steps: self.sizes[axes.time.0 as usize] as usize,
            batch: inner.map_or(1, |axis| self.sizes[axis.0 as usize] as usize),
        })
    }

    /// Returns the stride of each axis in a dense array with these axes (0 for the others).
    pub(super) fn axis_strides(&self, axes: AxisSet) -> Strides {
        let mut strides = [0; MAX_AXES];
        let mut running = 1;
        for axis in axes.iter_inward_out() {
            strides[axis.0 as usize] = running;
            running *= self.sizes[axis.0 as usize] as usize;
        }
        strides
    }

    /// Returns the number of times that the kernel runs: once for each element of the batch's outer axes.
    fn outer_sequences(&self, batch: AxisSet) -> usize {
        outer(batch).iter().map(|a| self.sizes[a.0 as usize] as usize).product()
    }

    /// Returns the offset of element `k` of the batch's outer axes in an array with these axes.
    fn outer_offset(&self, batch: AxisSet, strides: &Strides, k: usize) -> usize {
        let (mut rest, mut offset) = (k, 0);
        for axis in outer(batch).iter_inward_out() {
            let size = self.sizes[axis.0 as usize] as usize;
            offset += rest % size * strides[axis.0 as usize];
            rest /= size;
        }
        offset
    }

    fn chain_offsets(&self, rule: &ChainRule, k: usize) -> [usize; MAX_FACTORS] {
        let mut offsets = [0; MAX_FACTORS];
        for (offset, &factor) in
            offsets.iter_mut().zip(&self.lists[rule.list as usize..][..rule.count as usize])
        {
            *offset = self.outer_offset(rule.batch, &self.axis_strides(self.node(factor).axes), k);
        }
        offsets
    }

    fn read_lengths(&self, rule: &ChainRule, k: usize, into: &mut Vec<usize>) {
        into.clear();
        let Some(lengths) = rule.lengths else { return };
        let node = self.node(lengths);
        let strides = self.axis_strides(node.axes);
        let from = self.outer_offset(rule.batch, &strides, k);
        let (count, stride) = match rule.batch.innermost() {
            Some(axis) => (self.sizes[axis.0 as usize] as usize, strides[axis.0 as usize]),
            None => (1, 0),
        };
        let values = self.value(lengths);
        into.extend((0..count).map(|b| values[from + b * stride].as_f64().max(0.0) as usize));
    }

    /// Returns where the kernel's states lie in the node's elements.
    fn state_strides(&self, rule: &ChainRule, out: Extent, k: usize) -> StatePlaces {
        let strides = self.axis_strides(out.axes);
        let inner = rule.batch.innermost();
        let mut places = StatePlaces {
            from: self.outer_offset(rule.batch, &strides, k),
            batch: inner.map_or((1, 0), |a| (self.sizes[a.0 as usize] as usize, strides[a.0 as usize])),
            slots: [(1, 0); MAX_STATE],
            count: rule.axes.count,
        };
        for (slot, axis) in places.slots.iter_mut().zip(&rule.axes.before[..rule.axes.count]) {
            *slot = (self.sizes[axis.0 as usize] as usize, strides[axis.0 as usize]);
        }
        places
    }

    pub(crate) fn chain_backward(&mut self, rule: u32, out: NodeId) {
        let rule = self.chains[rule as usize].clone();
        let extent = self.node(out).extent();
        let mut memory = std::mem::take(&mut self.chain_memory);
        let mut semiring = std::mem::take(&mut self.semiring);
        let count = rule.count as usize;
        let width = rule.plan.kept_len();
        for k in 0..self.outer_sequences(rule.batch) {
            memory.states.resize(rule.plan.out_len(), E::zero());
            self.read_lengths(&rule, k, &mut memory.lengths);
            let offsets = self.chain_offsets(&rule, k);
            let from = self.state_strides(&rule, extent, k);
            let seeds = self.adjoint(out);
            from.each(|at, of| memory.states[at] = seeds[of]);
            let Tape { nodes, values, shared, adjoints, sizes, lists, .. } = self;
            let old = crate::tape::Reader::new(values, shared, nodes, sizes);
            let mut slices: [&[E]; MAX_FACTORS] = [&[]; MAX_FACTORS];
            let mut starts = [None; MAX_FACTORS];
            for (j, &factor) in lists[rule.list as usize..][..count].iter().enumerate() {
                slices[j] = &old.node(factor)[offsets[j]..];
                let node = &nodes[factor.0 as usize];
                starts[j] = node.has_gradient().then(|| node.adjoint as usize + offsets[j]);
            }
            let kept = old.stored(rule.kept + (k * width) as u32, width);
            let lengths = rule.lengths.map(|_| memory.lengths.as_slice());
            let gradients = &mut Gradients { into: adjoints, starts: &starts[..count] };
            let (plan, factors, seeds) = (&rule.plan, &slices[..count], memory.states.as_slice());
            // The forward pass has checked every length.
            let _ = match &mut semiring {
                Semiring::Sum => {
                    plan.backward(factors, lengths, kept, seeds, &mut memory.workspace, gradients)
                }
                Semiring::Max => plan.backward_max(factors, lengths, kept, seeds, gradients),
                Semiring::Draw(rng) => plan.backward_sample(rng, factors, lengths, kept, seeds, gradients),
            };
        }
        self.semiring = semiring;
        self.chain_memory = memory;
    }
}

/// Where the states of sequences lie: the kernel has them densely, the sequence first.
struct StatePlaces {
    from: usize,
    batch: (usize, usize),
    slots: [(usize, usize); MAX_STATE],
    count: usize,
}

impl StatePlaces {
    /// Calls `visit` with the kernel's position and the node's.
    fn each(&self, mut visit: impl FnMut(usize, usize)) {
        let states: usize = self.slots[..self.count].iter().map(|s| s.0).product();
        for b in 0..self.batch.0 {
            for state in 0..states {
                let (mut rest, mut at) = (state, self.from + b * self.batch.1);
                for &(size, stride) in self.slots[..self.count].iter().rev() {
                    at += rest % size * stride;
                    rest /= size;
                }
                visit(b * states + state, at);
            }
        }
    }
}

fn set(axes: &[Axis]) -> AxisSet {
    axes.iter().fold(AxisSet::EMPTY, |set, &axis| set.union(AxisSet::of(axis)))
}

fn outer(batch: AxisSet) -> AxisSet {
    batch.innermost().map_or(batch, |inner| batch.minus(AxisSet::of(inner)))
}

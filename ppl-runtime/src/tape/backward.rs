//! The reverse sweep: adjoints flow from the seeded nodes to the parameters.

use super::node::{NodeId, Op};
use super::{Reader, Tape};
use crate::element::Element;
use crate::kernel::long_sums::LongSums;

impl<E: Element> Tape<E> {
    /// Sets every adjoint to zero, before the seeds are added.
    pub(crate) fn clear_adjoints(&mut self) {
        if self.adjoints.len() < self.adjoint_top {
            self.adjoints.resize((2 * self.adjoint_top).max(256), E::zero());
        }
        self.adjoints[..self.adjoint_top].fill(E::zero());
    }

    /// Returns the adjoint of a node that a gradient flows to.
    #[inline]
    pub(crate) fn adjoint_mut(&mut self, id: NodeId) -> &mut [E] {
        let node = &self.nodes[id.0 as usize];
        let (start, len) = (node.adjoint as usize, node.len as usize);
        &mut self.adjoints[start..start + len]
    }

    /// Returns the adjoint of a node that a gradient flows to.
    #[inline]
    pub(crate) fn adjoint(&self, id: NodeId) -> &[E] {
        let node = &self.nodes[id.0 as usize];
        let (start, len) = (node.adjoint as usize, node.len as usize);
        &self.adjoints[start..start + len]
    }

    /// Returns the elements of one node, and the adjoint of another that a gradient flows to, where a walk over `domain`
    /// elements adds one number at each to it.
    pub(crate) fn value_and_sums(
        &mut self,
        value: NodeId,
        adjoint: NodeId,
        domain: usize,
    ) -> (&[E], LongSums<'_, E>) {
        let Tape { nodes, values, shared, adjoints, sizes, sums_in_double, .. } = self;
        let node = &nodes[adjoint.0 as usize];
        let (start, len) = (node.adjoint as usize, node.len as usize);
        let sums = LongSums::new(sums_in_double, &mut adjoints[start..start + len], domain / len.max(1));
        (Reader { values, shared, nodes, sizes }.node(value), sums)
    }

    /// Sweeps the tape backwards. The adjoints of the seeded nodes must have been set, the others cleared.
    pub(crate) fn sweep(&mut self) {
        if self.only_loops { self.sweep_loops() } else { self.sweep_down_to(0) }
    }

    /// Sweeps the nodes from the last to this one.
    pub(crate) fn sweep_down_to(&mut self, lowest: usize) {
        // The loops are met in the order of their nodes.
        let mut loops = self.loops.len();
        for k in (lowest..self.nodes.len()).rev() {
            let is_loop = loops > 0 && self.loops[loops - 1].node.0 as usize == k;
            loops -= usize::from(is_loop);
            if self.nodes[k].has_gradient() {
                if is_loop { self.loop_backward(loops) } else { self.walk_backward(k) }
            }
        }
    }

    /// Adds to the adjoints of a node's operands what its own gives them.
    pub(crate) fn pull_back(&mut self, k: usize) {
        match self.loops.binary_search_by_key(&k, |operation| operation.node.0 as usize) {
            Ok(at) => self.loop_backward(at),
            Err(_) => self.walk_backward(k),
        }
    }

    /// Does so for an operation that is no loop.
    #[inline(always)]
    fn walk_backward(&mut self, k: usize) {
        let out = NodeId(k as u32);
        match self.node(out).op {
            // Functions of one number are loops.
            Op::Leaf | Op::Loop | Op::Unary(..) | Op::Affine(..) => {}
            // What still waits was read by nobody, or by totals that have its gradient in their own partials.
            Op::Deferred(_) => {}
            Op::Binary(kind, a, b) => self.binary_backward::<false>(kind, a, b, out),
            Op::Broadcast(kind, a, b) => self.binary_backward::<true>(kind, a, b, out),
            Op::Select(mask, a, b) => self.select_backward(mask, [a, b], out),
            Op::Summands(rule) => self.summands_backward(rule, out),
            Op::Recomputed(rule) => {
                let rule = self.recomputed[rule as usize];
                super::ops::recomputed::pull_back(self, &rule, out);
            }
            Op::Draw(rule) => self.draw_backward(rule, out),
            Op::RowDraw(rule) => {
                let rule = self.row_draws[rule as usize];
                (rule.pull_back)(self, rule, out);
            }
            Op::Move(rule) => self.move_backward(rule, out),
            Op::Take(rule) => self.take_backward(rule, out),
            Op::Reduction(rule) => self.reduction_backward(rule, out),
            Op::Contraction(rule) => self.contraction_backward(rule, out),
            Op::LogContraction(rule) => self.log_contraction_backward(rule, out),
            Op::Linear(rule) => self.linear_backward(rule, out),
            Op::Square(rule) => self.square_backward(rule, out),
            Op::LogSum(rule) => self.log_sum_backward(rule, out),
            Op::Recurrence(rule) => self.recurrence_backward(rule, out),
            Op::Chain(rule) => self.chain_backward(rule, out),
            Op::Pairs(rule) => self.pairs_backward(rule, out),
            Op::AxisSum(rule) => self.axis_sum_backward(rule, out),
            Op::Bijection(map, x) => self.bijection_backward(map, x, out),
            Op::Inverse(map, y) => self.inverse_backward(map, y, out),
            Op::LogDet(map, x, y) => self.log_det_backward(map, x, y, out),
        }
    }

    /// Returns the adjoints of all nodes.
    pub(crate) fn adjoints(&self) -> &[E] {
        &self.adjoints[..self.adjoint_top.min(self.adjoints.len())]
    }

    /// Returns the values to read, the adjoint of `out`, and the adjoint of `into` to add to.
    ///
    /// An operand's adjoint always lies before that of a result, so one split separates them.
    #[inline(always)]
    pub(crate) fn adjoint_pair(&mut self, into: NodeId, out: NodeId) -> (Reader<'_, E>, &[E], &mut [E]) {
        let Tape { nodes, values, shared, adjoints, sizes, .. } = self;
        let (source, result) = (&nodes[into.0 as usize], &nodes[out.0 as usize]);
        let (low, high) = adjoints.split_at_mut(result.adjoint as usize);
        let start = source.adjoint as usize;
        (
            Reader { values, shared, nodes, sizes },
            &high[..result.len as usize],
            &mut low[start..start + source.len as usize],
        )
    }

    /// Returns what [`adjoint_pair`](Tape::adjoint_pair) does, where a walk over `domain` elements adds one number at each to
    /// the adjoint of `into`.
    #[inline(always)]
    pub(crate) fn adjoint_sums(
        &mut self,
        into: NodeId,
        out: NodeId,
        domain: usize,
    ) -> (Reader<'_, E>, &[E], LongSums<'_, E>) {
        self.adjoint_long_sums(into, out, domain / (self.node(into).len as usize).max(1))
    }

    /// Returns what [`adjoint_pair`](Tape::adjoint_pair) does, where up to `count` numbers are added to each element of the
    /// adjoint of `into`.
    #[inline(always)]
    pub(crate) fn adjoint_long_sums(
        &mut self,
        into: NodeId,
        out: NodeId,
        count: usize,
    ) -> (Reader<'_, E>, &[E], LongSums<'_, E>) {
        let Tape { nodes, values, shared, adjoints, sizes, sums_in_double, .. } = self;
        let (source, result) = (&nodes[into.0 as usize], &nodes[out.0 as usize]);
        let (low, high) = adjoints.split_at_mut(result.adjoint as usize);
        let dx = &mut low[source.adjoint as usize..][..source.len as usize];
        (
            Reader { values, shared, nodes, sizes },
            &high[..result.len as usize],
            LongSums::new(sums_in_double, dx, count),
        )
    }

    /// Returns the operand, the result, the result's adjoint and the operand's adjoint, of an operation on one operand.
    #[inline(always)]
    pub(crate) fn for_backward(&mut self, x: NodeId, out: NodeId) -> (&[E], &[E], &[E], &mut [E]) {
        let (old, dy, dx) = self.adjoint_pair(x, out);
        (old.node(x), old.node(out), dy, dx)
    }
}

//! The reverse sweep: adjoints flow from the seeded nodes to the parameters.

use super::node::{NodeId, Op};
use super::{Reader, Tape};
use crate::element::Element;

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

    /// Returns the elements of one node, and the adjoint of another that a gradient flows to.
    pub(crate) fn value_and_adjoint(&mut self, value: NodeId, adjoint: NodeId) -> (&[E], &mut [E]) {
        let Tape { nodes, values, shared, adjoints, sizes, .. } = self;
        let node = &nodes[adjoint.0 as usize];
        let (start, len) = (node.adjoint as usize, node.len as usize);
        (Reader { values, shared, nodes, sizes }.node(value), &mut adjoints[start..start + len])
    }

    /// Sweeps the tape backwards. The adjoints of the seeded nodes must have been set, the others cleared.
    #[inline]
    pub(crate) fn sweep(&mut self) {
        if self.reverse.is_empty() {
            return self.sweep_down_to(0);
        }
        for j in 0..self.reverse.len() {
            self.pull_back(self.reverse[j] as usize);
        }
    }

    /// Sweeps the nodes from the last to this one.
    pub(crate) fn sweep_down_to(&mut self, lowest: usize) {
        for k in (lowest..self.nodes.len()).rev() {
            if self.nodes[k].has_gradient() {
                self.pull_back(k);
            }
        }
    }

    /// Adds to the adjoints of a node's operands what its own gives them.
    #[inline(always)]
    pub(crate) fn pull_back(&mut self, k: usize) {
        let out = NodeId(k as u32);
        match self.node(out).op {
            // What still waits was read by nobody, or by totals that have its gradient in their own partials.
            Op::Leaf | Op::Deferred(_) => {}
            Op::Unary(kind, x) => self.unary_backward(kind, x, out),
            Op::Affine(x, scale, _) => self.affine_backward(x, scale, out),
            Op::Binary(kind, a, b) => self.binary_backward(kind, a, b, out),
            Op::Summands(rule) => self.summands_backward(rule, out),
            Op::Recomputed(rule) => {
                let rule = self.recomputed[rule as usize];
                (rule.pull_back)(self, &rule, out);
            }
            Op::Draw(rule) => self.draw_backward(rule, out),
            Op::RowDraw(rule) => {
                let rule = self.row_draws[rule as usize];
                (rule.pull_back)(self, rule, out);
            }
            Op::Move(rule) => self.move_backward(rule, out),
            Op::Reduction(rule) => self.reduction_backward(rule, out),
            Op::Contraction(rule) => self.contraction_backward(rule, out),
            Op::Linear(rule) => self.linear_backward(rule, out),
            Op::LogSum(rule) => self.log_sum_backward(rule, out),
            Op::Chain(rule) => self.chain_backward(rule, out),
            Op::Pairs(rule) => self.pairs_backward(rule, out),
            Op::AxisSum(rule) => self.axis_sum_backward(rule, out),
            Op::Bijection(bijection, x) => self.bijection_backward(bijection, x, out),
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

    /// Returns the operand, the result, the result's adjoint and the operand's adjoint, of an operation on one operand.
    #[inline(always)]
    pub(crate) fn for_backward(&mut self, x: NodeId, out: NodeId) -> (&[E], &[E], &[E], &mut [E]) {
        let (old, dy, dx) = self.adjoint_pair(x, out);
        (old.node(x), old.node(out), dy, dx)
    }
}

//! Values of rows that go on, and of others that have stopped.

use super::expectation::AxisSum;
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{Extent, Walk};

impl<E: Element> Tape<E> {
    /// Records `after` where `running` is not zero, and `before` where it is; both have one shape.
    pub(crate) fn held(&mut self, after: NodeId, before: NodeId, running: NodeId) -> NodeId {
        let [is, was, by] = [after, before, running].map(|id| self.node(id).extent());
        let out = Extent { axes: is.axes.union(was.axes).union(by.axes), shape: is.shape };
        if let Some(instead) = self.refuse_large(out) {
            return instead;
        }
        let [first, second, third] = [after, before, running].map(|id| self.node(id).deps);
        let gradient = self.node(after).has_gradient() || self.node(before).has_gradient();
        let len = self.len_of(out);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (new, last, runs) = (old.node(after), old.node(before), old.node(running));
        Walk::new(old.sizes, out, &[is, was, by, out]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = |s: usize| offset[s] + i * stride[s];
                fresh[at(3)] = if runs[at(2)] != E::zero() { new[at(0)] } else { last[at(1)] };
            }
        });
        // What was computed for rows that have stopped may be no numbers.
        self.has_masks = true;
        let number = self.axis_sums.len() as u32;
        self.axis_sums.push(AxisSum::Held { after, before, running });
        self.push(Op::AxisSum(number), out, start, len, gradient, first.union(second).union(third))
    }

    pub(super) fn held_backward(&mut self, [after, before, running]: [NodeId; 3], out: NodeId) {
        let (seeds, by) = (self.node(out).extent(), self.node(running).extent());
        for (operand, runs) in [(after, true), (before, false)] {
            if !self.node(operand).has_gradient() {
                continue;
            }
            let into = self.node(operand).extent();
            let (old, dy, dx) = self.adjoint_pair(operand, out);
            let running = old.node(running);
            Walk::new(old.sizes, seeds, &[into, by, seeds]).rows(|offset, n, stride| {
                for i in 0..n {
                    if (running[offset[1] + i * stride[1]] != E::zero()) == runs {
                        dx[offset[0] + i * stride[0]] += dy[offset[2] + i * stride[2]];
                    }
                }
            });
        }
    }
}

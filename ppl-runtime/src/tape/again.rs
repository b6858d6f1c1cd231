//! Computing a recording again, with other draws and parameters: the same operations in the same order, each in its place.

use super::Tape;
use super::node::{Arg, NodeId, Op};
use super::ops::summand::OPERANDS;
use crate::element::Element;
use crate::program::stream::Streams;

/// One operation to compute again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Again<E> {
    pub(crate) node: NodeId,
    /// The record of a sum or a draw.
    pub(crate) rule: u32,
    /// The operands of a sum or a draw, of which the record keeps those that are differentiated.
    pub(crate) args: [Arg<E>; OPERANDS],
    /// The hash of a draw's site.
    pub(crate) site: u64,
    pub(crate) compute: fn(&mut Tape<E>, &Again<E>, Keys),
}

/// What the random streams of a step are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

impl Keys {
    /// Returns the streams of the site with this hash.
    #[inline(always)]
    pub(crate) fn streams(self, site: u64) -> Streams {
        Streams::new(self.seed, self.step, site)
    }
}

impl<E: Element> Tape<E> {
    /// Notes how an operation is computed again, in a run that may be retraced.
    #[inline(always)]
    pub(crate) fn note_again(&mut self, again: impl FnOnce() -> Again<E>) {
        if self.notes_again {
            self.again.push(again());
        }
    }

    /// Notes that an operation on one or two operands, as long as its result or single numbers, can be computed again.
    #[inline(always)]
    pub(crate) fn note_elementwise(&mut self, node: NodeId) {
        self.note_again(|| Again {
            node,
            rule: u32::MAX,
            args: [Arg::constant(E::zero()); OPERANDS],
            site: 0,
            compute: Tape::elementwise_again,
        });
    }

    /// Returns whether every operation of the recording can be computed again.
    pub(crate) fn can_be_computed_again(&self) -> bool {
        let operations = self.nodes.iter().filter(|node| !matches!(node.op, Op::Leaf)).count();
        operations == self.again.len()
    }

    /// Lists the operations that a sweep goes through, for those over recordings that are computed again.
    pub(crate) fn list_sweep(&mut self) {
        let Tape { nodes, reverse, .. } = self;
        let swept = |&k: &u32| {
            let node = &nodes[k as usize];
            node.has_gradient() && !matches!(node.op, Op::Leaf)
        };
        reverse.clear();
        reverse.extend((0..nodes.len() as u32).rev().filter(swept));
    }

    /// Computes the operations noted so far again.
    pub(crate) fn compute_again(&mut self, keys: Keys) {
        // None of them notes anything: they are set aside, rather than copied one by one.
        let again = std::mem::take(&mut self.again);
        for operation in &again {
            (operation.compute)(self, operation, keys);
        }
        self.again = again;
    }
}

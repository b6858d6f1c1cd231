//! Sums of terms of values that wait to be computed: totals compute them for themselves, other uses have them computed first.

use super::summand::Use;
use super::term::TermLoops;
use crate::element::Element;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::walk::Extent;

impl<E: Element> Tape<E> {
    /// Records the total of a term of which an operand waits, or computes these operands and returns `None`.
    pub(super) fn sum_waiting(
        &mut self,
        term: &TermLoops<E>,
        args: &[Arg<E>],
        event: Shape,
        usage: Use,
    ) -> Option<NodeId> {
        if usage == Use::Total && args.iter().any(|arg| self.waits(arg.id)) {
            let (axes, deps) = args.iter().fold((AxisSet::EMPTY, Deps::NONE), |(axes, deps), arg| {
                (axes.union(self.extent(arg).axes), deps.union(self.deps(arg)))
            });
            let total = self.total_in_blocks(args, Extent { axes, shape: event }, deps, term.add_up);
            if total.is_some() {
                return total;
            }
        }
        self.compute_waiting_args(args);
        None
    }
}

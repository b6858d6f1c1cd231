//! Sums of terms of values that wait to be computed: totals compute them for themselves, other uses have them computed first.

use super::summand::{OPERANDS, Term, Use};
use super::summand_row::Row;
use crate::dist::family::Need;
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deferred::AddUp;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use std::marker::PhantomData;

impl<E: Element> Tape<E> {
    /// Records the total of a term of which an operand waits, or computes these operands and returns `None`.
    pub(super) fn sum_waiting<T: Term>(
        &mut self,
        args: &[Arg<E>; OPERANDS],
        event: Shape,
        usage: Use,
    ) -> Option<NodeId> {
        let args = &args[..T::ARITY];
        if usage == Use::Total && args.iter().any(|arg| self.waits(arg.id)) {
            let (axes, deps) = args.iter().fold((AxisSet::EMPTY, Deps::NONE), |(axes, deps), arg| {
                (axes.union(self.extent(arg).axes), deps.union(self.deps(arg)))
            });
            let add_up: AddUp<E> = add_up_row::<E, T>;
            let total = self.total_in_blocks(args, Extent { axes, shape: event }, deps, add_up);
            if total.is_some() {
                return total;
            }
        }
        self.compute_waiting_args(args);
        None
    }
}

/// Adds up a term over `n` elements.
fn add_up_row<E: Element, T: Term>(
    n: usize,
    inputs: [&[E]; OPERANDS],
    log: &mut [E],
    partials: [&mut [E]; OPERANDS],
    need: Need,
) {
    Row::<E, T> { n, inputs, log, partials, need, term: PhantomData }.add_up();
}

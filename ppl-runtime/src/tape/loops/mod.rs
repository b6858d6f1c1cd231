//! Operations that one loop computes, with the places of what they read and write.
//!
//! Most operations of a small program are such: each operand is a single number or as long as the domain, so that no walk is
//! needed. They are recorded beside their nodes with both of their rules and every place found, so that a run which follows
//! another is nothing but these loops, forwards and then backwards.

mod memory;
mod rules;

pub(crate) use memory::{LoopMemory, adjoint_of};
pub(crate) use rules::{LoopRule, Rules, within};

use super::node::{Arg, NO_ADJOINT, NodeId, Op, Store};
use super::ops::draw::DrawLoops;
use super::ops::long_rows::AddUp;
use super::ops::term::OPERANDS;
use super::walk::Extent;
use super::{Tape, deps::Deps};
use crate::element::Element;
use crate::family::Need;
use crate::random::Key;
use crate::tape::blocks::Blocks;

/// An operation that one loop computes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop<E> {
    pub(crate) node: NodeId,
    /// The number of elements of its domain.
    pub(crate) n: u32,
    /// Where its result begins in the arena. What it keeps besides lies behind that.
    pub(crate) out: u32,
    /// Where the adjoint of its result begins, or [`NO_ADJOINT`].
    pub(crate) adjoint: u32,
    pub(crate) operands: [LoopOperand; OPERANDS],
    /// The partials that a sum of terms computes.
    pub(crate) need: Need,
    /// The hash of a draw's site, and how its numbers are divided.
    pub(crate) site: u64,
    pub(crate) blocks: Blocks,
    pub(crate) work: Work<E>,
    rules: Rules<E>,
}

/// What an operation does that its rules alone do not say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work<E> {
    Rules,
    /// It adds up a row of terms.
    AddsUp(AddUp<E>),
    /// It draws.
    Draws(DrawLoops<E>),
}

/// An operand, by its places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoopOperand {
    store: Store,
    /// One, or as many as the domain has elements.
    pub(crate) len: u32,
    pub(crate) adjoint: u32,
    /// Where the partials by this operand are stored, if the operation stores any and it has an adjoint.
    pub(crate) partials: u32,
}

impl LoopOperand {
    /// The operand of an operation that has fewer.
    pub(crate) const NONE: LoopOperand =
        LoopOperand { store: Store::Arena(0), len: 0, adjoint: NO_ADJOINT, partials: 0 };

    #[inline(always)]
    pub(crate) fn has_gradient(&self) -> bool {
        self.adjoint != NO_ADJOINT
    }
}

impl<E: Element> Loop<E> {
    /// Computes the result.
    #[inline(always)]
    fn forward(&self, memory: &mut LoopMemory<'_, E>, key: Key) {
        self.rules.forward(self, memory, key);
    }

    /// Adds to the operands' adjoints what the result's gives them.
    #[inline(always)]
    fn backward(&self, memory: &mut LoopMemory<'_, E>) {
        self.rules.backward(self, memory);
    }

    /// Returns an operation on `n` elements whose operands are still to be given.
    #[inline(always)]
    pub(crate) fn new(rules: Rules<E>, n: usize) -> Loop<E> {
        Loop {
            node: NodeId::NONE,
            n: n as u32,
            out: 0,
            adjoint: NO_ADJOINT,
            operands: [LoopOperand::NONE; OPERANDS],
            need: Need::NONE,
            site: 0,
            blocks: Blocks::WHOLE,
            work: Work::Rules,
            rules,
        }
    }
}

impl<E: Element> Tape<E> {
    /// Returns whether each operand is a single number or as long as a result of `len` elements.
    #[inline(always)]
    pub(crate) fn stands_or_spans(&self, args: &[Arg<E>], len: usize) -> bool {
        args.iter().all(|arg| {
            let own = self.len_of_arg(arg);
            own == 1 || own == len
        })
    }

    #[inline(always)]
    pub(crate) fn len_of_arg(&self, arg: &Arg<E>) -> usize {
        if arg.id.is_some() { self.node(arg.id).len as usize } else { 1 }
    }

    /// Returns the places of an operand; a constant gets one.
    #[inline(always)]
    pub(crate) fn operand(&mut self, arg: &Arg<E>) -> LoopOperand {
        if arg.id.is_some() {
            let node = self.node(arg.id);
            return LoopOperand { store: node.store, len: node.len, adjoint: node.adjoint, partials: 0 };
        }
        let at = self.reserve(1);
        self.values[at] = arg.value;
        LoopOperand { store: Store::Arena(at as u32), len: 1, adjoint: NO_ADJOINT, partials: 0 }
    }

    /// Computes an operation that draws nothing, and records it.
    #[inline(always)]
    pub(crate) fn record_loop(
        &mut self,
        op: Op<E>,
        operation: Loop<E>,
        (extent, len): (Extent, usize),
        deps: Deps,
    ) -> NodeId {
        // As nothing is drawn, the key does not matter.
        let compute = |l: &Loop<E>, memory: &mut LoopMemory<'_, E>| l.forward(memory, Key::default());
        self.push_loop(op, operation, (extent, len), deps, compute)
    }

    /// Records an operation whose result has this extent and `len` elements, once `compute` has computed it.
    #[inline(always)]
    pub(crate) fn push_loop(
        &mut self,
        op: Op<E>,
        mut operation: Loop<E>,
        (extent, len): (Extent, usize),
        deps: Deps,
        compute: impl FnOnce(&Loop<E>, &mut LoopMemory<'_, E>),
    ) -> NodeId {
        let gradient = operation.operands.iter().any(LoopOperand::has_gradient);
        let id = self.push(op, extent, operation.out as usize, len, gradient, deps);
        operation.node = id;
        operation.adjoint = self.node(id).adjoint;
        let Tape { values, adjoints, shared, .. } = self;
        compute(&operation, &mut LoopMemory { values, adjoints, shared });
        self.loops.push(operation);
        id
    }

    /// Finds out whether every operation of the recording is a loop, so that it can be computed again.
    pub(crate) fn is_made_of_loops(&mut self) -> bool {
        self.only_loops = self.operations() == self.loops.len();
        self.only_loops
    }

    /// Returns how many nodes are made by operations, loops and others.
    pub(crate) fn operations(&self) -> usize {
        self.nodes.iter().filter(|node| !matches!(node.op, Op::Leaf)).count()
    }

    /// Computes every loop again, with the draws of another step and other parameters.
    pub(crate) fn compute_again(&mut self, key: Key) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        let mut memory = LoopMemory { values, adjoints, shared };
        for operation in loops.iter() {
            operation.forward(&mut memory, key);
        }
    }

    /// Sweeps back over a recording that is made of loops.
    pub(super) fn sweep_loops(&mut self) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        let mut memory = LoopMemory { values, adjoints, shared };
        for operation in loops.iter().rev() {
            if operation.adjoint != NO_ADJOINT {
                operation.backward(&mut memory);
            }
        }
    }

    /// Adds to the adjoints of an operation's operands what its own gives them.
    #[inline(always)]
    pub(super) fn loop_backward(&mut self, at: usize) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        loops[at].backward(&mut LoopMemory { values, adjoints, shared });
    }
}

//! Operations that one loop computes, with the places of what they read and write.
//!
//! Most operations of a small program are such: each operand is a single number or as long as the domain, so that no walk is
//! needed. They are recorded beside their nodes with both of their rules and every place found, so that a run which follows
//! another ([`retrace`](crate::program)) is nothing but these loops, forwards and then backwards.

use super::node::{Arg, NO_ADJOINT, NodeId, Op, Store};
use super::ops::summand::OPERANDS;
use super::walk::Extent;
use super::{SharedSlice, Tape, deps::Deps};
use crate::dist::family::Need;
use crate::element::Element;
use crate::program::stream::Key;

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
    pub(crate) operands: [Operand; OPERANDS],
    /// The partials that a sum of terms computes.
    pub(crate) need: Need,
    /// The hash of a draw's site.
    pub(crate) site: u64,
    pub(crate) rules: Rules<E>,
}

/// Both rules of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<E> {
    /// Computes the result.
    pub(crate) forward: fn(&Loop<E>, Memory<'_, E>, Key),
    /// Adds to the operands' adjoints what the result's gives them.
    pub(crate) backward: fn(&Loop<E>, Memory<'_, E>),
}

/// An operand, by its places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    store: Store,
    /// One, or as many as the domain has elements.
    pub(crate) len: u32,
    pub(crate) adjoint: u32,
    /// Where the partials by this operand are stored, if the operation stores any and it has an adjoint.
    pub(crate) partials: u32,
}

impl Operand {
    /// The operand of an operation that has fewer.
    pub(crate) const NONE: Operand =
        Operand { store: Store::Arena(0), len: 0, adjoint: NO_ADJOINT, partials: 0 };

    #[inline(always)]
    pub(crate) fn has_gradient(&self) -> bool {
        self.adjoint != NO_ADJOINT
    }
}

/// The memory of a tape.
pub(crate) struct Memory<'a, E> {
    pub(crate) values: &'a mut [E],
    pub(crate) adjoints: &'a mut [E],
    shared: &'a [SharedSlice<E>],
}

/// The part of it that an operation reads while it writes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, E> {
    values: &'a [E],
    shared: &'a [SharedSlice<E>],
}

impl<'a, E: Element> Source<'a, E> {
    /// Returns the elements of an operand.
    #[inline(always)]
    pub(crate) fn of(&self, operand: &Operand) -> &'a [E] {
        super::read(self.values, self.shared, operand.store, operand.len)
    }

    /// Returns `len` elements of the arena.
    #[inline(always)]
    pub(crate) fn stored(&self, at: u32, len: u32) -> &'a [E] {
        &self.values[at as usize..][..len as usize]
    }
}

impl<'a, E: Element> Memory<'a, E> {
    /// Returns the first element of an operand.
    #[inline(always)]
    pub(crate) fn first(&self, operand: &Operand) -> E {
        Source { values: self.values, shared: self.shared }.of(operand)[0]
    }

    /// Returns what an operation reads, and the arena from its result on.
    #[inline(always)]
    pub(crate) fn forwards(self, out: u32) -> (Source<'a, E>, &'a mut [E]) {
        let (old, fresh) = self.values.split_at_mut(out as usize);
        (Source { values: old, shared: self.shared }, fresh)
    }

    /// Returns what an operation reads, the adjoint of its result, and the adjoints before that, where its operands' lie.
    #[inline(always)]
    pub(crate) fn backwards(self, adjoint: u32, len: u32) -> (Source<'a, E>, &'a [E], &'a mut [E]) {
        let (low, high) = self.adjoints.split_at_mut(adjoint as usize);
        (Source { values: self.values, shared: self.shared }, &high[..len as usize], low)
    }
}

/// Returns the adjoint of an operand among those before the result's.
#[inline(always)]
pub(crate) fn adjoint_of<'a, E>(low: &'a mut [E], operand: &Operand) -> &'a mut [E] {
    &mut low[operand.adjoint as usize..][..operand.len as usize]
}

impl<E: Element> Loop<E> {
    /// Returns an operation on `n` elements whose operands are still to be given.
    #[inline(always)]
    pub(crate) fn new(rules: Rules<E>, n: usize) -> Loop<E> {
        Loop {
            node: NodeId::NONE,
            n: n as u32,
            out: 0,
            adjoint: NO_ADJOINT,
            operands: [Operand::NONE; OPERANDS],
            need: Need::NONE,
            site: 0,
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
    pub(crate) fn operand(&mut self, arg: &Arg<E>) -> Operand {
        if arg.id.is_some() {
            let node = self.node(arg.id);
            return Operand { store: node.store, len: node.len, adjoint: node.adjoint, partials: 0 };
        }
        let at = self.reserve(1);
        self.values[at] = arg.value;
        Operand { store: Store::Arena(at as u32), len: 1, adjoint: NO_ADJOINT, partials: 0 }
    }

    /// Records an operation whose result has this extent and `len` elements, once `compute` has computed it.
    #[inline(always)]
    pub(crate) fn push_loop(
        &mut self,
        op: Op<E>,
        mut operation: Loop<E>,
        (extent, len): (Extent, usize),
        deps: Deps,
        compute: impl FnOnce(&Loop<E>, Memory<'_, E>),
    ) -> NodeId {
        let gradient = operation.operands.iter().any(Operand::has_gradient);
        let id = self.push(op, extent, operation.out as usize, len, gradient, deps);
        operation.node = id;
        operation.adjoint = self.node(id).adjoint;
        compute(&operation, self.memory());
        self.loops.push(operation);
        id
    }

    #[inline(always)]
    fn memory(&mut self) -> Memory<'_, E> {
        Memory { values: &mut self.values, adjoints: &mut self.adjoints, shared: &self.shared }
    }

    /// Finds out whether every operation of the recording is a loop, so that it can be computed again.
    pub(crate) fn is_made_of_loops(&mut self) -> bool {
        let operations = self.nodes.iter().filter(|node| !matches!(node.op, Op::Leaf)).count();
        self.only_loops = operations == self.loops.len();
        self.only_loops
    }

    /// Computes every loop again, with the draws of another step and other parameters.
    pub(crate) fn compute_again(&mut self, key: Key) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        for operation in loops.iter() {
            (operation.rules.forward)(operation, Memory { values, adjoints, shared }, key);
        }
    }

    /// Sweeps back over a recording that is made of loops.
    pub(super) fn sweep_loops(&mut self) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        for operation in loops.iter().rev() {
            if operation.adjoint != NO_ADJOINT {
                (operation.rules.backward)(operation, Memory { values, adjoints, shared });
            }
        }
    }

    /// Adds to the adjoints of an operation's operands what its own gives them.
    #[inline(always)]
    pub(super) fn loop_backward(&mut self, at: usize) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        (loops[at].rules.backward)(&loops[at], Memory { values, adjoints, shared });
    }
}

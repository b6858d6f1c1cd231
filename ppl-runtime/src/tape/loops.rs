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
#[cfg(target_arch = "x86_64")]
use crate::kernel::simd::{Level, level};
use crate::kernel::vector::Kernel;
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
    rules: Rules<E>,
}

/// What an operation computes, and what flows back through it.
pub(crate) trait Rule<E: Element> {
    /// Computes the result. `FUSED` says that the processor has fused multiply-add, and wide vectors.
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut Memory<'_, E>, key: Key);

    /// Adds to the operands' adjoints what the result's gives them.
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut Memory<'_, E>);
}

/// Both rules of an operation, compiled for this processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<E> {
    forward: unsafe fn(&Loop<E>, &mut Memory<'_, E>, Key),
    backward: unsafe fn(&Loop<E>, &mut Memory<'_, E>),
}

impl<E: Element> Rules<E> {
    /// Returns rules that gain nothing from wide vectors.
    #[inline(always)]
    pub(crate) fn narrow<R: Rule<E>>() -> Rules<E> {
        Rules { forward: R::forward::<false>, backward: R::backward::<false> }
    }

    /// Returns rules of which the second alone gains from wide vectors.
    #[inline(always)]
    pub(crate) fn wide_backwards<R: Rule<E>>() -> Rules<E> {
        Rules { forward: R::forward::<false>, ..Rules::wide::<R>() }
    }

    /// Returns rules for the widest vectors of this processor.
    #[inline(always)]
    pub(crate) fn wide<R: Rule<E>>() -> Rules<E> {
        #[cfg(target_arch = "x86_64")]
        match level() {
            Level::Avx512 => {
                return Rules { forward: avx512::forward::<E, R>, backward: avx512::backward::<E, R> };
            }
            Level::Avx2 => {
                return Rules { forward: avx2::forward::<E, R>, backward: avx2::backward::<E, R> };
            }
            Level::Portable => {}
        }
        Rules::narrow::<R>()
    }
}

macro_rules! compiled_for {
    ($level:ident, $features:literal) => {
        #[cfg(target_arch = "x86_64")]
        mod $level {
            use super::{Element, Key, Loop, Memory, Rule};

            #[target_feature(enable = $features)]
            pub(super) fn forward<E: Element, R: Rule<E>>(
                operation: &Loop<E>,
                memory: &mut Memory<'_, E>,
                key: Key,
            ) {
                R::forward::<true>(operation, memory, key);
            }

            #[target_feature(enable = $features)]
            pub(super) fn backward<E: Element, R: Rule<E>>(operation: &Loop<E>, memory: &mut Memory<'_, E>) {
                R::backward::<true>(operation, memory);
            }
        }
    };
}
compiled_for!(avx2, "avx2,fma");
compiled_for!(avx512, "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma");

/// Runs a kernel within a rule, which is compiled for the processor already.
#[inline(always)]
pub(crate) fn within<const FUSED: bool, K: Kernel>(kernel: K) -> K::Output {
    if FUSED { kernel.run_fused() } else { kernel.run() }
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

impl<E: Element> Memory<'_, E> {
    /// Returns the first element of an operand.
    #[inline(always)]
    pub(crate) fn first(&self, operand: &Operand) -> E {
        Source { values: self.values, shared: self.shared }.of(operand)[0]
    }

    /// Returns what an operation reads, and the arena from its result on.
    #[inline(always)]
    pub(crate) fn forwards(&mut self, out: u32) -> (Source<'_, E>, &mut [E]) {
        let (old, fresh) = self.values.split_at_mut(out as usize);
        (Source { values: old, shared: self.shared }, fresh)
    }

    /// Returns what an operation reads, the adjoint of its result, and the adjoints before that, where its operands' lie.
    #[inline(always)]
    pub(crate) fn backwards(&mut self, adjoint: u32, len: u32) -> (Source<'_, E>, &[E], &mut [E]) {
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
    /// Computes the result.
    #[inline(always)]
    pub(crate) fn forward(&self, memory: &mut Memory<'_, E>, key: Key) {
        // SAFETY: the rules were chosen by what the processor was found to have, and ask for nothing else.
        unsafe { (self.rules.forward)(self, memory, key) }
    }

    /// Adds to the operands' adjoints what the result's gives them.
    #[inline(always)]
    fn backward(&self, memory: &mut Memory<'_, E>) {
        // SAFETY: as above.
        unsafe { (self.rules.backward)(self, memory) }
    }

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
        compute: impl FnOnce(&Loop<E>, &mut Memory<'_, E>),
    ) -> NodeId {
        let gradient = operation.operands.iter().any(Operand::has_gradient);
        let id = self.push(op, extent, operation.out as usize, len, gradient, deps);
        operation.node = id;
        operation.adjoint = self.node(id).adjoint;
        let Tape { values, adjoints, shared, .. } = self;
        compute(&operation, &mut Memory { values, adjoints, shared });
        self.loops.push(operation);
        id
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
        let mut memory = Memory { values, adjoints, shared };
        for operation in loops.iter() {
            operation.forward(&mut memory, key);
        }
    }

    /// Sweeps back over a recording that is made of loops.
    pub(super) fn sweep_loops(&mut self) {
        let Tape { loops, values, adjoints, shared, .. } = self;
        let mut memory = Memory { values, adjoints, shared };
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
        loops[at].backward(&mut Memory { values, adjoints, shared });
    }
}

//! The tape: a recording of what a program computed, in one arena, and the reverse sweep over it.

pub mod axes;
pub(crate) mod deferred;
pub mod deps;

mod backward;
pub(crate) mod blocks;
pub(crate) mod budget;
#[cfg(test)]
mod check;
mod complement;
pub(crate) mod known;
pub(crate) mod loops;
pub(crate) mod node;
pub(crate) mod ops;
mod producer;
mod reader;
pub(crate) mod reported;
mod upper_end;
pub(crate) mod walk;

use crate::element::Element;
use crate::error::Error;
use axes::{AxisSet, AxisSizes, MAX_AXES};
use deps::Deps;
use known::Complement;
use node::{Arg, NO_ADJOINT, Node, NodeId, Op, Store};
use reader::read;
pub(crate) use reader::{Reader, SharedSlice};
use walk::Extent;

/// A recording of one run.
///
/// The values lie in one arena, and so do the adjoints; both keep their memory from run to run, so that a run of the
/// same program as before allocates nothing.
#[derive(Debug)]
pub struct Tape<E> {
    pub(crate) nodes: Vec<Node<E>>,
    values: Vec<E>,
    pub(crate) top: usize,
    pub(crate) adjoints: Vec<E>,
    pub(crate) adjoint_top: usize,
    pub(crate) shared: Vec<SharedSlice<E>>,
    /// Node lists of operations with a variable number of operands.
    pub(crate) lists: Vec<NodeId>,
    /// The records of sums and draws.
    pub(crate) sums: Vec<ops::Summands>,
    /// What is known of draws besides their values, in the order of their nodes.
    known: Vec<known::Known<E>>,
    /// How the distances of draws to their upper ends are drawn, in the order of these.
    draws_again: Vec<known::Again<E>>,
    /// The records of draws whose parameters are arrays.
    pub(crate) row_draws: Vec<ops::DrawRule<E>>,
    /// The records of sums whose partials are computed again.
    pub(crate) recomputed: Vec<ops::recomputed::Recomputed<E>>,
    /// The operations that one loop computes, in the order of their nodes.
    pub(crate) loops: Vec<loops::Loop<E>>,
    /// Whether it is known that every operation is one of them.
    pub(crate) only_loops: bool,
    /// The plans of strided copies.
    pub(crate) plans: Vec<ops::shape_ops::StridedCopy>,
    /// The records of eliminated sites.
    pub(crate) log_sums: Vec<ops::log_sum::LogSum>,
    /// The records of expectations and of sums over plates.
    pub(crate) axis_sums: Vec<ops::expectation::AxisSum>,
    /// The records of cells run over sequences.
    pub(crate) recurrences: Vec<ops::recurrence::Recurrence>,
    pub(crate) recurrence_memory: ops::recurrence::RecurrenceMemory<E>,
    /// The records of contracted chains.
    pub(crate) chains: Vec<ops::chain::ChainRule>,
    /// The records of a guide's chains.
    pub(crate) pairs: Vec<ops::pairs::Pairs>,
    pub(crate) pairs_memory: ops::pairs::PairsMemory<E>,
    pub(crate) chain_memory: ops::chain::ChainMemory<E>,
    /// What the run leaves uncomputed until it is read.
    pub(crate) deferral: deferred::Deferral<E>,
    /// What eliminations keep of a site's outcomes.
    pub(crate) semiring: ops::log_sum::Semiring,
    /// The size of each axis in this run.
    pub(crate) sizes: AxisSizes,
    /// For each axis, the bits of the sites that have it.
    pub(crate) sites_on: [u64; MAX_AXES],
    /// Whether parameters and pathwise draws are differentiated in this run.
    pub(crate) differentiates: bool,
    /// Whether it is looked for what is wrong.
    pub(crate) is_checked: bool,
    /// Whether a mask has left something out, whose values may not be numbers.
    pub(crate) has_masks: bool,
    /// The first error of the run.
    pub(crate) error: Option<Box<Error>>,
    /// The value that the error speaks of, if it has too many elements.
    pub(crate) too_large: Option<budget::TooLarge>,
    /// The operands that the error speaks of, if their shapes do not fit.
    pub(crate) misfit: Option<reported::Misfit>,
    /// Which run it is; a handle of another one is refused.
    pub(crate) generation: u32,
    /// The run that recorded this: an earlier one, where a run follows it.
    pub(crate) recording: u32,
    /// Whether handles are lifted as constants.
    pub(crate) lifts_constants: bool,
    /// The nodes that list the outcomes along an axis in their order.
    pub(crate) listed: Vec<(axes::Axis, NodeId)>,
    /// A list that operations with many operands reuse.
    pub(crate) joining: Vec<NodeId>,
    /// The memory of long sums, and of those of products.
    pub(crate) sums_in_double: Vec<f64>,
    pub(crate) products_in_double: Vec<f64>,
}

impl<E: Element> Tape<E> {
    pub(crate) fn new() -> Tape<E> {
        Tape {
            nodes: Vec::new(),
            values: Vec::new(),
            top: 0,
            adjoints: Vec::new(),
            adjoint_top: 0,
            shared: Vec::new(),
            lists: Vec::new(),
            sums: Vec::new(),
            known: Vec::new(),
            draws_again: Vec::new(),
            row_draws: Vec::new(),
            recomputed: Vec::new(),
            loops: Vec::new(),
            only_loops: false,
            plans: Vec::new(),
            log_sums: Vec::new(),
            axis_sums: Vec::new(),
            recurrences: Vec::new(),
            recurrence_memory: Default::default(),
            chains: Vec::new(),
            pairs: Vec::new(),
            pairs_memory: Default::default(),
            chain_memory: Default::default(),
            deferral: deferred::Deferral::new(),
            semiring: Default::default(),
            sizes: [1; MAX_AXES],
            sites_on: [0; MAX_AXES],
            differentiates: true,
            is_checked: false,
            has_masks: false,
            error: None,
            too_large: None,
            misfit: None,
            generation: 0,
            recording: 0,
            lifts_constants: false,
            listed: Vec::new(),
            joining: Vec::new(),
            sums_in_double: Vec::new(),
            products_in_double: Vec::new(),
        }
    }

    /// Forgets the recording and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.shared.clear();
        self.lists.clear();
        self.sums.clear();
        self.forget_known_from(0);
        self.row_draws.clear();
        self.recomputed.clear();
        self.loops.clear();
        self.only_loops = false;
        self.plans.clear();
        self.log_sums.clear();
        self.axis_sums.clear();
        self.recurrences.clear();
        self.chains.clear();
        self.pairs.clear();
        self.deferral.clear();
        self.top = 0;
        self.adjoint_top = 0;
        self.sizes = [1; MAX_AXES];
        self.sites_on = [0; MAX_AXES];
        self.has_masks = false;
        self.error = None;
        self.too_large = None;
        self.misfit = None;
        self.listed.clear();
    }

    /// Records an error, if it is the first.
    #[cold]
    pub(crate) fn fail(&mut self, error: Error) {
        if self.error.is_none() {
            self.error = Some(Box::new(error));
        }
    }

    /// Reserves `len` elements of the arena and returns their offset. What they hold is left over from before.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, len: usize) -> usize {
        let start = self.top;
        self.top += len;
        if self.top > self.values.len() {
            self.grow();
        }
        start
    }

    #[cold]
    fn grow(&mut self) {
        let size = (2 * self.top).max(1024);
        self.values.resize(size, E::zero());
    }

    /// Reserves the adjoint of a value, if a gradient flows to it.
    #[inline(always)]
    fn reserve_adjoint(&mut self, len: usize, gradient: bool) -> u32 {
        if !gradient {
            return NO_ADJOINT;
        }
        let start = self.adjoint_top;
        self.adjoint_top += len;
        start as u32
    }

    /// Records a node whose elements start at `offset` of the arena.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        op: Op<E>,
        extent: Extent,
        offset: usize,
        len: usize,
        gradient: bool,
        deps: Deps,
    ) -> NodeId {
        let adjoint = self.reserve_adjoint(len, gradient);
        self.push_node(Node {
            op,
            axes: extent.axes,
            shape: extent.shape,
            store: Store::Arena(offset as u32),
            len: len as u32,
            adjoint,
            deps,
        })
    }

    #[inline(always)]
    pub(crate) fn push_node(&mut self, node: Node<E>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        id
    }

    /// Records elements that are computed elsewhere: `fill` writes all of them.
    pub(crate) fn leaf(&mut self, extent: Extent, deps: Deps, fill: impl FnOnce(&mut [E])) -> NodeId {
        let len = self.len_of(extent);
        let offset = self.reserve(len);
        fill(&mut self.values[offset..offset + len]);
        self.push(Op::Leaf, extent, offset, len, false, deps)
    }

    /// Records elements that are computed from those of other nodes, through which no derivative flows.
    pub(crate) fn derived<const N: usize>(
        &mut self,
        sources: [NodeId; N],
        extent: Extent,
        deps: Deps,
        fill: impl FnOnce([&[E]; N], &mut [E]),
    ) -> NodeId {
        let len = self.len_of(extent);
        let offset = self.reserve(len);
        let (old, fresh) = self.split(offset);
        fill(sources.map(|source| old.node(source)), &mut fresh[..len]);
        self.push(Op::Leaf, extent, offset, len, false, deps)
    }

    /// Records elements that lie in memory which outlives the run, without a copy.
    ///
    /// # Safety
    ///
    /// `data` stays where it is until the tape is next cleared, and unchanged while a run reads it.
    pub(crate) unsafe fn shared_leaf(&mut self, extent: Extent, data: &[E]) -> NodeId {
        let store = Store::Shared(self.shared.len() as u32);
        self.shared.push(SharedSlice { start: data.as_ptr(), len: data.len() });
        self.push_node(Node {
            op: Op::Leaf,
            axes: extent.axes,
            shape: extent.shape,
            store,
            len: data.len() as u32,
            adjoint: NO_ADJOINT,
            deps: Deps::NONE,
        })
    }

    /// Keeps the record of a sum or a draw, and returns its number.
    #[inline]
    pub(crate) fn keep(&mut self, rule: ops::Summands) -> u32 {
        self.sums.push(rule);
        self.sums.len() as u32 - 1
    }

    /// Gives a node its place among the parameters, so that its adjoint is collected.
    #[inline]
    pub(crate) fn mark_parameter(&mut self, id: NodeId) {
        let len = self.nodes[id.0 as usize].len as usize;
        self.nodes[id.0 as usize].adjoint = self.reserve_adjoint(len, self.differentiates);
    }

    /// Gives a node an adjoint that is read after the sweep, in runs that differentiate nothing else.
    pub(crate) fn mark_probe(&mut self, id: NodeId) {
        let len = self.nodes[id.0 as usize].len as usize;
        self.nodes[id.0 as usize].adjoint = self.reserve_adjoint(len, true);
    }

    #[inline(always)]
    pub(crate) fn node(&self, id: NodeId) -> &Node<E> {
        &self.nodes[id.0 as usize]
    }

    #[inline(always)]
    pub(crate) fn len_of(&self, extent: Extent) -> usize {
        extent.len(&self.sizes)
    }

    /// Returns the elements of a node.
    #[inline(always)]
    pub(crate) fn value(&self, id: NodeId) -> &[E] {
        let node = self.node(id);
        read(&self.values, &self.shared, node.store, node.len)
    }

    #[inline(always)]
    pub(crate) fn extent(&self, arg: &Arg<E>) -> Extent {
        if arg.id.is_some() { self.node(arg.id).extent() } else { Extent::SCALAR }
    }

    #[inline(always)]
    pub(crate) fn deps(&self, arg: &Arg<E>) -> Deps {
        if arg.id.is_some() { self.node(arg.id).deps } else { Deps::NONE }
    }

    #[inline(always)]
    pub(crate) fn has_gradient(&self, arg: &Arg<E>) -> bool {
        arg.id.is_some() && self.node(arg.id).has_gradient()
    }

    /// Splits the arena at `start`: what may be read, and what a new operation writes.
    #[inline(always)]
    pub(crate) fn split(&mut self, start: usize) -> (Reader<'_, E>, &mut [E]) {
        let (old, fresh) = self.values.split_at_mut(start);
        (Reader { values: old, shared: &self.shared, nodes: &self.nodes, sizes: &self.sizes }, fresh)
    }

    /// Does so, and returns the memory of long sums besides.
    #[inline(always)]
    pub(crate) fn split_for_sums(&mut self, start: usize) -> (Reader<'_, E>, &mut [E], &mut Vec<f64>) {
        let (old, fresh) = self.values.split_at_mut(start);
        let old = Reader { values: old, shared: &self.shared, nodes: &self.nodes, sizes: &self.sizes };
        (old, fresh, &mut self.sums_in_double)
    }

    /// Notes that the site with this bit lies along `axes`.
    #[inline(always)]
    pub(crate) fn place_site(&mut self, axes: AxisSet, bit: u64) {
        for axis in axes.iter() {
            self.sites_on[axis.0 as usize] |= bit;
        }
    }

    /// Returns the site bits that an operation mixing elements along `axes` crosses.
    pub(crate) fn mixed_by(&self, axes: AxisSet) -> u64 {
        axes.iter().fold(0, |bits, axis| bits | self.sites_on[axis.0 as usize])
    }

    /// Records a scalar constant.
    #[inline]
    pub(crate) fn scalar(&mut self, value: E) -> NodeId {
        let offset = self.reserve(1);
        self.values[offset] = value;
        self.push(Op::Leaf, Extent::SCALAR, offset, 1, false, Deps::NONE)
    }

    /// Returns the node of an operand, which is made for a constant.
    #[inline]
    pub(crate) fn materialise(&mut self, arg: Arg<E>) -> NodeId {
        if arg.id.is_some() { arg.id } else { self.scalar(arg.value) }
    }

    /// Records a value full of `fill` where an operation could not be done.
    pub(crate) fn placeholder(&mut self, extent: Extent) -> NodeId {
        self.leaf(extent, Deps::NONE, |out| out.fill(E::nan()))
    }

    /// Returns the same elements under other labels: no copy, and one adjoint for both.
    pub(crate) fn view(&mut self, x: NodeId, extent: Extent, skip: usize) -> NodeId {
        let source = self.node(x);
        let len = self.len_of(extent) as u32;
        let adjoint = if source.has_gradient() { source.adjoint + skip as u32 } else { NO_ADJOINT };
        let (store, deps) = (source.store, source.deps);
        let store = match store {
            Store::Arena(offset) => Store::Arena(offset + skip as u32),
            Store::Shared(k) if skip == 0 && self.shared[k as usize].len == len as usize => store,
            Store::Shared(k) => {
                let whole = self.shared[k as usize];
                debug_assert!(skip + len as usize <= whole.len);
                // The pointer stays inside the slice: the view's extent was checked against its source.
                let start = whole.start.wrapping_add(skip);
                self.shared.push(SharedSlice { start, len: len as usize });
                Store::Shared(self.shared.len() as u32 - 1)
            }
        };
        let view = self.push_node(Node {
            op: Op::Leaf,
            axes: extent.axes,
            shape: extent.shape,
            store,
            len,
            adjoint,
            deps,
        });
        self.hand_on_complement(x, view, Complement::Part(x, skip));
        view
    }

    /// Marks a node as dependent on sites in a way that its operands do not show.
    pub(crate) fn cross(&mut self, id: NodeId, sites: u64) {
        self.nodes[id.0 as usize].deps.crossed |= sites;
    }

    /// Returns the same elements as a constant.
    pub(crate) fn stop_gradient(&mut self, x: NodeId) -> NodeId {
        let extent = self.node(x).extent();
        let id = self.view(x, extent, 0);
        self.nodes[id.0 as usize].adjoint = NO_ADJOINT;
        id
    }
}

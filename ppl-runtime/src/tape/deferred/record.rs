//! The values that wait: how they are recorded, and computed when somebody reads them.

use crate::element::Element;
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::known::Complement;
use crate::tape::node::{Arg, NO_ADJOINT, Node, NodeId, Op, Store, WAITING};
use crate::tape::ops::contract::Contraction;
use crate::tape::walk::Extent;

/// What a tape may leave uncomputed, and what of that waits.
#[derive(Debug)]
pub(crate) struct Deferral<E> {
    /// Whether the run in progress may leave anything uncomputed.
    pub(crate) allowed: bool,
    /// The bytes that a matrix has at least for its product to wait: below, both passes find it in the cache.
    pub(crate) least: usize,
    /// The bytes of the matrices in one block of rows.
    pub(crate) block: usize,
    /// The number of values that wait.
    count: usize,
    records: Vec<Deferred<E>>,
}

/// A value that waits, or once did.
#[derive(Debug)]
struct Deferred<E> {
    op: Op<E>,
    /// How many totals have computed it for themselves.
    totals: usize,
}

/// The totals that may compute a product for themselves. More would read the matrix more often than if it were kept.
const MOST_TOTALS: usize = 2;

impl<E> Deferral<E> {
    pub(crate) fn new() -> Deferral<E> {
        Deferral { allowed: false, least: 1 << 19, block: 1 << 18, count: 0, records: Vec::new() }
    }

    /// Returns how many totals have computed values that wait for themselves.
    pub(crate) fn totals(&self) -> usize {
        self.records.iter().map(|record| record.totals.min(MOST_TOTALS)).sum()
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        self.records.clear();
    }
}

impl<E: Element> Tape<E> {
    /// Returns whether any value waits, before it is asked which.
    #[inline(always)]
    pub(crate) fn has_waiting(&self) -> bool {
        self.deferral.count > 0
    }

    /// Returns whether this operand waits to be computed.
    #[inline]
    pub(crate) fn waits(&self, id: NodeId) -> bool {
        id.is_some() && matches!(self.node(id).op, Op::Deferred(_))
    }

    /// Returns how a value that waits will be computed.
    pub(in crate::tape) fn waiting_op(&self, id: NodeId) -> Option<&Op<E>> {
        match self.node(id).op {
            Op::Deferred(record) => Some(&self.deferral.records[record as usize].op),
            _ => None,
        }
    }

    /// Returns whether a product of `len` elements is left uncomputed.
    pub(crate) fn defers_product(&self, rule: Contraction, len: usize) -> bool {
        let Deferral { allowed, least, .. } = self.deferral;
        // A mask leaves out what may be no number, which the two passes over a matrix treat differently.
        if !allowed || self.has_masks || len < 2 {
            return false;
        }
        let (matrix, vector) = self.deferred_factors(rule);
        let dense = matrix == rule.a || self.node(matrix).shape.rank() == 1;
        let (matrix, vector) = (self.node(matrix), self.node(vector));
        dense
            && !matrix.has_gradient()
            && vector.has_gradient()
            && vector.axes.is_empty()
            && vector.shape.rank() == 1
            && matrix.len as usize * size_of::<E>() >= least.max(1)
    }

    /// Returns the matrix of data, whose rows are contiguous, and the vector of a product that waits.
    pub(super) fn deferred_factors(&self, Contraction { a, b }: Contraction) -> (NodeId, NodeId) {
        if self.node(a).has_gradient() { (b, a) } else { (a, b) }
    }

    /// Records a value without computing it. A gradient flows to it.
    pub(crate) fn defer(&mut self, op: Op<E>, extent: Extent, len: usize, deps: Deps) -> NodeId {
        let record = self.deferral.records.len() as u32;
        self.deferral.records.push(Deferred { op, totals: 0 });
        self.deferral.count += 1;
        self.push_node(Node {
            op: Op::Deferred(record),
            axes: extent.axes,
            shape: extent.shape,
            // No storage, and no adjoint: none may be read.
            store: Store::Arena(NO_ADJOINT),
            len: len as u32,
            adjoint: WAITING,
            deps,
        })
    }

    /// Records a function of one number of a value that waits, which waits too.
    pub(crate) fn defer_function_of(&mut self, x: NodeId, op: Op<E>) -> NodeId {
        let node = self.node(x);
        let (extent, len, deps) = (node.extent(), node.len as usize, node.deps);
        self.defer(op, extent, len, deps)
    }

    /// Computes a value that waits, and what it is made of; anything else is left as it is.
    pub(crate) fn compute_waiting(&mut self, id: NodeId) {
        if self.has_waiting() && self.waits(id) {
            self.compute_deferred(id);
        }
    }

    /// Records the value now, and makes the node that waited another label of it.
    #[cold]
    fn compute_deferred(&mut self, id: NodeId) {
        let Op::Deferred(record) = self.node(id).op else { return };
        let extent = self.node(id).extent();
        // What it is made of comes first, so that its storage and its adjoint lie before this one's.
        let computed = match self.deferral.records[record as usize].op {
            Op::Contraction(rule) => self.record_product(rule, extent),
            Op::Unary(kind, x) => {
                self.compute_waiting(x);
                self.unary(kind, Arg { id: x, value: E::zero() })
            }
            Op::Affine(x, scale, constant) => {
                self.compute_waiting(x);
                self.affine(x, scale, constant)
            }
            Op::Binary(kind, a, b) => {
                self.compute_waiting_args(&[a, b]);
                // Its operands fitted when it was deferred.
                self.binary(kind, a, b).unwrap_or_else(|_| self.placeholder(extent))
            }
            _ => self.placeholder(extent),
        };
        self.deferral.count -= 1;
        let Node { store, adjoint, .. } = *self.node(computed);
        let node = &mut self.nodes[id.0 as usize];
        (node.op, node.store, node.adjoint) = (Op::Leaf, store, adjoint);
        self.hand_on_complement(computed, id, Complement::Part(computed, 0));
    }

    /// Computes those of the operands that wait.
    pub(crate) fn compute_waiting_args(&mut self, args: &[Arg<E>]) {
        if self.has_waiting() {
            for arg in args {
                self.compute_waiting(arg.id);
            }
        }
    }

    /// Notes that a total computes this value for itself; returns whether it may.
    pub(super) fn take_for_total(&mut self, id: NodeId) -> bool {
        let Op::Deferred(record) = self.node(id).op else { return false };
        let totals = &mut self.deferral.records[record as usize].totals;
        *totals += 1;
        *totals <= MOST_TOTALS
    }
}

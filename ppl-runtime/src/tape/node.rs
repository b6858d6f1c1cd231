//! A node of the tape: one recorded operation.

use super::axes::AxisSet;
use super::deps::Deps;
use super::ops::{Binary, Unary};
use super::ops::{
    contract::Contraction, linalg::Linear, reduce::Reduction, shape_ops::Move, square::Square, take::Take,
};
use super::walk::Extent;
use crate::shape::Shape;
use crate::support::AnyBijection;

/// A node, by its position on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// No node: the operand is a constant.
    pub(crate) const NONE: NodeId = NodeId(u32::MAX);

    #[inline(always)]
    pub(crate) fn is_some(self) -> bool {
        self.0 != u32::MAX
    }
}

/// An operand: a node, or a constant scalar that needs none.
#[derive(Clone, Copy, Debug)]
pub struct Arg<E> {
    pub(crate) id: NodeId,
    pub(crate) value: E,
}

impl<E: Copy> Arg<E> {
    #[inline(always)]
    pub(crate) fn constant(value: E) -> Arg<E> {
        Arg { id: NodeId::NONE, value }
    }

    #[inline(always)]
    pub(crate) fn as_constant(&self) -> Option<E> {
        (!self.id.is_some()).then_some(self.value)
    }
}

/// Where a node's elements are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// In the arena, from this offset on.
    Arena(u32),
    /// In memory that outlives the run, by its number in the tape's table.
    Shared(u32),
}

/// What a node was computed by.
#[derive(Clone, Debug)]
pub(crate) enum Op<E> {
    /// Nothing on the tape: a parameter, data, noise, a constant; or a view, which shares its source's storage and
    /// adjoint.
    Leaf,
    /// A function of one number, element by element.
    Unary(Unary, NodeId),
    /// `scale * x + constant`, element by element.
    Affine(NodeId, E, E),
    /// A function of two numbers, element by element.
    Binary(Binary, Arg<E>, Arg<E>),
    /// A function of two numbers, element by element of two event shapes that are broadcast to that of the result.
    Broadcast(Binary, Arg<E>, Arg<E>),
    /// The elements of one array where a mask is not zero, and else those of another: the mask and both.
    Select(NodeId, NodeId, NodeId),
    /// A sum of terms or a draw that one loop computes.
    Loop,
    /// A sum of terms with stored partials: a log-density or a divergence; by its record.
    Summands(u32),
    /// A sum of terms whose partials are computed again; by its record.
    Recomputed(u32),
    /// A draw with stored partials by its parameters; by its record.
    Draw(u32),
    /// A draw whose parameters are arrays, with the family's own rule; by its record.
    RowDraw(u32),
    /// A copy in another order: a gather, a permutation, a stack, a slice.
    Move(Move),
    /// Elements along one dimension that an index names.
    Take(Take),
    /// A reduction over dimensions, or a normalisation along one.
    Reduction(Reduction),
    /// A product that sums over a shared dimension.
    Contraction(Contraction),
    /// Such a product in log space.
    LogContraction(Contraction),
    /// A factorisation or a solve.
    Linear(Linear),
    /// A determinant, a solution or an inverse by LU factors.
    Square(Square),
    /// The elimination of a discrete site; by its record.
    LogSum(u32),
    /// The states of a recurrent cell over sequences, and the last ones behind them; by its record.
    Recurrence(u32),
    /// The contraction of a chain; by its record.
    Chain(u32),
    /// The pairwise marginals of a guide's chain; by its record.
    Pairs(u32),
    /// An expectation, a sum over plates, a mask, or a state that is held; by its record.
    AxisSum(u32),
    /// The image of an event under a bijection.
    Bijection(AnyBijection, NodeId),
    /// The event whose image this is.
    Inverse(AnyBijection, NodeId),
    /// The logarithm of a bijection's Jacobian determinant, from an event and its image.
    LogDet(AnyBijection, NodeId, NodeId),
    /// A value that waits to be computed; by its record.
    Deferred(u32),
}

/// One recorded value.
#[derive(Clone, Debug)]
pub(crate) struct Node<E> {
    pub(crate) op: Op<E>,
    pub(crate) axes: AxisSet,
    pub(crate) shape: Shape,
    pub(crate) store: Store,
    pub(crate) len: u32,
    /// The offset of the adjoint, or `NO_ADJOINT`.
    pub(crate) adjoint: u32,
    pub(crate) deps: Deps,
}

/// The adjoint offset of a node that no gradient flows to.
pub(crate) const NO_ADJOINT: u32 = u32::MAX;

/// The adjoint offset of a node that a gradient flows to once it is computed, which it was not yet.
pub(crate) const WAITING: u32 = u32::MAX - 1;

impl<E> Node<E> {
    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        Extent { axes: self.axes, shape: self.shape }
    }

    #[inline(always)]
    pub(crate) fn has_gradient(&self) -> bool {
        self.adjoint != NO_ADJOINT
    }
}

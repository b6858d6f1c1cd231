//! The values of a program: handles to what the runtime computes, which hide the axes along which it is repeated.

mod assign;
mod at;
mod condition;
mod data;
mod discrete;
mod lift;
mod partly_known;
mod real;
pub(crate) mod record;
mod slice;
mod tensor;

pub use at::{At, Subscript};
pub use condition::Condition;
pub use data::Choice;
pub(crate) use data::whole_integers;
pub use discrete::Discrete;
pub use partly_known::PartlyKnown;
pub use real::Real;
pub use slice::{Datum, Slice};
pub use tensor::Tensor;

use crate::element::Element;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use std::marker::PhantomData;

/// A handle of either kind, or a constant number; what distributions keep their parameters as.
///
/// It is neither `Send` nor `Sync`: it belongs to one run on one thread.
#[derive(Clone, Copy, Debug)]
pub struct Value<E> {
    id: NodeId,
    generation: u32,
    constant: E,
    thread_bound: PhantomData<*const ()>,
}

impl<E: Element> Value<E> {
    /// Returns a constant number.
    #[inline(always)]
    pub(crate) fn constant(constant: E) -> Value<E> {
        Value { id: NodeId::NONE, generation: 0, constant, thread_bound: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn of_node(id: NodeId, tape: &Tape<E>) -> Value<E> {
        Value { id, generation: tape.generation, constant: E::zero(), thread_bound: PhantomData }
    }

    /// Returns a handle that any use reports, for where no program runs.
    pub(crate) fn orphan() -> Value<E> {
        Value { id: NodeId(0), generation: 0, constant: E::nan(), thread_bound: PhantomData }
    }

    /// Returns the number, if the value is a constant.
    #[inline(always)]
    pub(crate) fn as_constant(&self) -> Option<E> {
        (!self.id.is_some()).then_some(self.constant)
    }

    #[inline(always)]
    pub(crate) fn arg(&self) -> Arg<E> {
        Arg { id: self.id, value: self.constant }
    }

    #[inline(always)]
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }
}

/// A node that a statement may have given, in a form that fits into two registers.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// None if the statement gave nothing.
    id: NodeId,
    generation: u32,
}

impl Followed {
    #[inline(always)]
    pub(crate) fn of<E: Element>(value: Option<Value<E>>) -> Followed {
        let (id, generation) = value.map_or((NodeId::NONE, 0), |value| (value.id, value.generation));
        Followed { id, generation }
    }

    /// Returns the handle of the node, if there is one.
    #[inline(always)]
    pub(crate) fn value<E: Element>(self) -> Option<Value<E>> {
        let Followed { id, generation } = self;
        id.is_some().then(|| Value { id, generation, constant: E::zero(), thread_bound: PhantomData })
    }
}

/// Whether values of a kind are scalars or arrays.
pub trait ValueKind: 'static {
    /// The handle of a differentiable value of this kind.
    type Handle<E: Element>: Handle<E>;
}

/// The kind of [`Real`].
#[derive(Clone, Copy, Debug)]
pub enum Scalar {}

/// The kind of [`Tensor`].
#[derive(Clone, Copy, Debug)]
pub enum Array {}

impl ValueKind for Scalar {
    type Handle<E: Element> = Real<E>;
}

impl ValueKind for Array {
    type Handle<E: Element> = Tensor<E>;
}

/// The kind that an operation on two kinds gives: an array as soon as one of them is.
pub trait Join {
    /// The joined kind.
    type Kind: ValueKind;
}

impl Join for (Scalar, Scalar) {
    type Kind = Scalar;
}
impl Join for (Scalar, Array) {
    type Kind = Array;
}
impl Join for (Array, Scalar) {
    type Kind = Array;
}
impl Join for (Array, Array) {
    type Kind = Array;
}
impl<A: ValueKind, B: ValueKind, C: ValueKind> Join for (A, B, C)
where
    (A, B): Join,
    (<(A, B) as Join>::Kind, C): Join,
{
    type Kind = <(<(A, B) as Join>::Kind, C) as Join>::Kind;
}

/// A handle type: what `sample!` returns.
pub trait Handle<E: Element>: Copy {
    #[doc(hidden)]
    fn from_value(value: Value<E>) -> Self;
    #[doc(hidden)]
    fn to_value(self) -> Value<E>;
}

/// A single number: what may stand beside a [`Real`] and gives another one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand beside a `Real`",
    label = "expected a number, a `Real` or a `Tensor`",
    note = "write a number with a decimal point (`1.0`), convert an integer draw with `.to_real()`, and make an array a `Tensor` with `Tensor::from`"
)]
pub trait SingleNumber {}

impl SingleNumber for f64 {}

#[cfg(feature = "f32")]
impl SingleNumber for f32 {}

impl<E> SingleNumber for Real<E> {}

/// What may stand where a parameter of a distribution or an operand is expected in a program of element `E`.
///
/// Literals take the program's element; arrays and handles must already have it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter in a program of `{E}`",
    label = "expected a number, a `Real<{E}>`, a `Tensor<{E}>` or an array of `{E}`",
    note = "write a number with a decimal point (`1.0`), and convert an integer draw with `.to_real()`"
)]
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::dist::Normal;
///
/// // Parameters of each kind: a literal, a `Real`, a `Tensor`.
/// let z = || Normal::new(vector().sum(), 1.0);
/// assert!(format!("{:?}", z()).contains("Normal"));
/// assert_eq!(show(|| vector() + Real::from(1.0)), [2.0, 3.0, 4.0]);
/// ```
pub trait IntoValue<E: Element> {
    /// Scalar or array.
    type Kind: ValueKind;

    /// Returns the value's handle.
    #[doc(hidden)]
    fn into_value(self) -> Value<E>;
}

impl<E: Element> IntoValue<E> for f64 {
    type Kind = Scalar;

    #[inline(always)]
    fn into_value(self) -> Value<E> {
        Value::constant(E::of(self))
    }
}

#[cfg(feature = "f32")]
impl IntoValue<f32> for f32 {
    type Kind = Scalar;

    #[inline(always)]
    fn into_value(self) -> Value<f32> {
        Value::constant(self)
    }
}

impl<E: Element> IntoValue<E> for Real<E> {
    type Kind = Scalar;

    #[inline(always)]
    fn into_value(self) -> Value<E> {
        self.to_value()
    }
}

impl<E: Element> IntoValue<E> for Tensor<E> {
    type Kind = Array;

    #[inline(always)]
    fn into_value(self) -> Value<E> {
        self.to_value()
    }
}

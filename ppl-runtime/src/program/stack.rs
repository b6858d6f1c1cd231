//! What a plate's body returns, stacked along the plate.

use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::NodeId;
use crate::value::{Discrete, Handle, Real, Tensor, Value};
use std::panic::Location;

/// What a plate's body may return: values, which are stacked along the plate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from a plate",
    label = "expected `Real`, `Tensor`, `Discrete`, `()` or a tuple of them"
)]
pub trait Stack<E: Element> {
    /// The stack.
    type Stacked;

    /// Whether there is nothing to stack.
    #[doc(hidden)]
    const IS_NOTHING: bool = false;

    #[doc(hidden)]
    fn stack(self, axis: Axis, place: &'static Location<'static>) -> Self::Stacked;

    #[doc(hidden)]
    fn nothing() -> Self::Stacked;
}

impl<E: Element> Stack<E> for () {
    type Stacked = ();
    const IS_NOTHING: bool = true;

    fn stack(self, _: Axis, _: &'static Location<'static>) {}

    fn nothing() {}
}

/// Records the stack of a value along the axis of a plate that has closed.
pub(crate) fn stack_value<E: Element>(
    value: Value<E>,
    axis: Axis,
    place: &'static Location<'static>,
) -> Value<E> {
    slot::with_compared(|run: &mut Run<E>| {
        let id = run.stack_along(value, axis, place);
        Value::of_node(id, &run.tape)
    })
    .unwrap_or_else(Value::orphan)
}

impl<E: Element> Run<E> {
    fn stack_along(&mut self, value: Value<E>, axis: Axis, place: &'static Location<'static>) -> NodeId {
        let arg = self.tape.lift(value, place);
        let id = self.tape.materialise(arg);
        if let Some(detail) = self.escapes(self.tape.node(id).axes) {
            self.tape.fail(Error::Scope { place: Place(place), detail });
            return id;
        }
        let id = self.tape.spread(id, AxisSet::of(axis));
        self.tape.stack(id, axis).unwrap_or_else(|| {
            self.too_many_dimensions(place);
            id
        })
    }
}

macro_rules! stack_handles {
    ($($handle:ty => $stacked:ty),*) => {$(
        impl<E: Element> Stack<E> for $handle {
            type Stacked = $stacked;

            fn stack(self, axis: Axis, place: &'static Location<'static>) -> $stacked {
                <$stacked as Handle<E>>::from_value(E::stack(<Self as Handle<E>>::to_value(self), axis, place))
            }

            fn nothing() -> $stacked {
                <$stacked as Handle<E>>::from_value(Value::orphan())
            }
        }
    )*};
}
stack_handles!(Real<E> => Tensor<E>, Tensor<E> => Tensor<E>, Discrete => Discrete);

macro_rules! stack_tuples {
    ($(($($t:ident . $i:tt),+)),*) => {$(
        impl<E: Element, $($t: Stack<E>),+> Stack<E> for ($($t,)+) {
            type Stacked = ($($t::Stacked,)+);

            fn stack(self, axis: Axis, place: &'static Location<'static>) -> Self::Stacked {
                ($(self.$i.stack(axis, place),)+)
            }

            fn nothing() -> Self::Stacked {
                ($($t::nothing(),)+)
            }
        }
    )*};
}
stack_tuples!(
    (A.0, B.1),
    (A.0, B.1, C.2),
    (A.0, B.1, C.2, D.3),
    (A.0, B.1, C.2, D.3, F.4),
    (A.0, B.1, C.2, D.3, F.4, G.5)
);

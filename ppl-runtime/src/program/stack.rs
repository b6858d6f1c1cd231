//! What a plate's body returns, stacked along the plate.

use super::run::Run;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::axes::{Axis, AxisSet};
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
    fn stack(self, run: &mut Run<E>, axis: Axis, place: &'static Location<'static>) -> Self::Stacked;

    #[doc(hidden)]
    fn nothing() -> Self::Stacked;
}

impl<E: Element> Stack<E> for () {
    type Stacked = ();
    const IS_NOTHING: bool = true;

    fn stack(self, _: &mut Run<E>, _: Axis, _: &'static Location<'static>) {}

    fn nothing() {}
}

fn stack_value<E: Element>(
    value: Value<E>,
    run: &mut Run<E>,
    axis: Axis,
    place: &'static Location<'static>,
) -> Value<E> {
    let arg = run.lift_at(value, place);
    let id = run.tape.materialise(arg);
    if let Some(detail) = run.escapes(run.tape.node(id).axes) {
        run.tape.fail(Error::Scope { place: Place(place), detail });
        return Value::of_node(id, run);
    }
    let id = run.tape.spread(id, AxisSet::of(axis));
    match run.tape.stack(id, axis) {
        Some(id) => Value::of_node(id, run),
        None => {
            run.too_many_dimensions(place);
            Value::of_node(id, run)
        }
    }
}

macro_rules! stack_handles {
    ($($handle:ty => $stacked:ty),*) => {$(
        impl<E: Element> Stack<E> for $handle {
            type Stacked = $stacked;

            fn stack(self, run: &mut Run<E>, axis: Axis, place: &'static Location<'static>) -> $stacked {
                <$stacked as Handle<E>>::from_value(stack_value(<Self as Handle<E>>::to_value(self), run, axis, place))
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

            fn stack(self, run: &mut Run<E>, axis: Axis, place: &'static Location<'static>) -> Self::Stacked {
                ($(self.$i.stack(run, axis, place),)+)
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

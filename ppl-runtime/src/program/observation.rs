//! What `observe!` takes as data, by the kind of its distribution.

use crate::element::Element;
use crate::value::{Discrete, Handle, IntoValue, Value};

/// A value that may be observed at a site of the kind `K` (continuous, or integers).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be observed here",
    label = "a value of another kind than the distribution's",
    note = "a continuous distribution takes numbers, `Real`, `Tensor` or arrays of the program's element; a discrete one takes integers, `bool`, `Discrete` or arrays of integers"
)]
pub trait Observation<E: Element, K> {
    #[doc(hidden)]
    fn observed(self) -> Value<E>;
}

impl<E: Element, V: IntoValue<E>> Observation<E, crate::support::Continuous> for V {
    #[track_caller]
    fn observed(self) -> Value<E> {
        self.into_value()
    }
}

impl<E: Element> Observation<E, crate::support::Integer> for Discrete {
    fn observed(self) -> Value<E> {
        self.to_value()
    }
}

macro_rules! integers {
    ($($int:ty),*) => {$(
        impl<E: Element> Observation<E, crate::support::Integer> for $int {
            fn observed(self) -> Value<E> {
                Value::constant(E::of(self as i128 as f64))
            }
        }

        impl<E: Element> Observation<E, crate::support::Integer> for &[$int] {
            #[track_caller]
            fn observed(self) -> Value<E> {
                crate::value::whole_integers(self).to_value()
            }
        }

        impl<E: Element> Observation<E, crate::support::Integer> for &Vec<$int> {
            #[track_caller]
            fn observed(self) -> Value<E> {
                crate::value::whole_integers(self).to_value()
            }
        }

        impl<E: Element, const N: usize> Observation<E, crate::support::Integer> for &[$int; N] {
            #[track_caller]
            fn observed(self) -> Value<E> {
                crate::value::whole_integers(self).to_value()
            }
        }
    )*};
}
integers!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64);

//! What `given(..)` takes as labels, by the kind of the site's distribution.

use crate::element::Element;
use crate::support::{Continuous, Integer};
use crate::value::{Discrete, Handle, PartlyKnown, Value};

/// A label, or none, for a site of the kind `K` (continuous, or integers).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no label for this site",
    label = "not a label of this site's values",
    note = "a discrete site takes an `Option` of an integer or of `bool`, a continuous one an `Option` of the program's element; of an array of them, an element: `labels.at(i)`"
)]
pub trait Label<E: Element, K> {
    #[doc(hidden)]
    fn label(self) -> Value<E>;
}

impl<E: Element> Label<E, Integer> for Discrete {
    fn label(self) -> Value<E> {
        self.to_value()
    }
}

impl<E: Element> Label<E, Continuous> for PartlyKnown<E> {
    fn label(self) -> Value<E> {
        self.to_value()
    }
}

impl<E: Element> Label<E, Continuous> for Option<E> {
    #[track_caller]
    fn label(self) -> Value<E> {
        PartlyKnown::from(self).to_value()
    }
}

macro_rules! integers {
    ($($int:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: Element> Label<E, Integer> for Option<$int> {
            fn label(self) -> Value<E> {
                Value::constant(self.map_or_else(E::nan, |v| E::of(v as i128 as f64)))
            }
        }
    )*};
}
integers!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

//! What says of each element which of two values it has.

use super::data::whole_of;
use super::{Datum, Discrete};
use crate::shape::Shape;
use ndarray::{ArrayBase, Data, Dimension};

/// What says of each element whether it is taken: a `bool`, an array of them, or a [`Discrete`], which is zero where the element
/// is not taken.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// let there = vec![true, false, true];
/// assert_eq!(show(|| vector().where_data(&there, 0.0)), [1.0, 0.0, 3.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which elements are taken",
    label = "expected a `bool`, an array of `bool` or a `Discrete`",
    note = "a mask is data; values of a run cannot be compared"
)]
pub trait Condition {
    #[doc(hidden)]
    fn condition(self) -> Discrete;
}

impl Condition for bool {
    fn condition(self) -> Discrete {
        Discrete::from(usize::from(self))
    }
}

impl Condition for Discrete {
    fn condition(self) -> Discrete {
        self
    }
}

impl<T: Datum<Array = Discrete>, S: Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Discrete {
    /// Returns an array of integers as it is. One of more than 6 dimensions is an error of the run.
    #[track_caller]
    fn from(data: &ArrayBase<S, D>) -> Self {
        let shape = Shape::of(data.shape());
        match data.as_slice() {
            Some(elements) => whole_of(elements, shape),
            None => whole_of(&data.iter().copied().collect::<Vec<_>>(), shape),
        }
    }
}

macro_rules! vectors {
    ($([$($generic:tt)*] $data:ty;)*) => {$(
        impl<$($generic)*> Condition for $data {
            #[track_caller]
            fn condition(self) -> Discrete {
                whole_of(&self[..], Some(Shape::vector(self.len())))
            }
        }
    )*};
}
vectors! {
    [] &[bool];
    [] &Vec<bool>;
    [const N: usize] [bool; N];
    [const N: usize] &[bool; N];
}

impl<S: Data<Elem = bool>, D: Dimension> Condition for &ArrayBase<S, D> {
    #[track_caller]
    fn condition(self) -> Discrete {
        Discrete::from(self)
    }
}

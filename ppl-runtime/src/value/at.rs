//! Indexing: an index removes the first dimension of data or of a tensor, and its axes join.

use super::data::{Choice, RowOf};
use super::{Datum, Discrete, Handle, Tensor, Value};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::plate::Index;
use crate::program::run::Run;
use crate::program::slot::{self, AnyElement};
use crate::shape::Shape;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use ndarray::{ArrayBase, Data, Dimension};
use std::panic::Location;

/// What can index: a plate's index, a `usize`, or a [`Discrete`].
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// let table = ndarray::array![[10.0], [20.0], [30.0]];
/// assert_eq!(show(|| table.at(1)), [20.0]);
/// assert_eq!(show(|| table.at(Discrete::from(2))), [30.0]);
/// ```
pub trait Subscript: Copy {
    #[doc(hidden)]
    fn choice(self) -> Choice;
}

impl Subscript for usize {
    fn choice(self) -> Choice {
        Choice::One(self)
    }
}

impl Subscript for Index {
    fn choice(self) -> Choice {
        Choice::Plate(self)
    }
}

impl Subscript for Discrete {
    fn choice(self) -> Choice {
        Choice::By(self)
    }
}

/// Data or a tensor that can be indexed in a program.
///
/// On data (`[T]`, `Vec<T>`, arrays of arrays, `ndarray` arrays and views of any rank) an index gives a `Real`, a `Tensor` (more than one
/// dimension) or a `Discrete` (integer data). On a `Tensor` it gives a `Tensor` of one dimension less.
///
/// An index out of range, or data whose first dimension is not the plate's size, is an error of the run.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// let rows = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(show(|| rows.at(1)), [3.0, 4.0]);
/// // Integer data give a `Discrete`, which indexes in its turn.
/// let which = vec![1_u8, 0];
/// assert_eq!(show(|| rows.at(which.at(0))), [3.0, 4.0]);
/// // Literals are data; outside of a model or a guide the type of their numbers must be said.
/// assert_eq!(show(|| [[1.0_f64, 2.0], [3.0, 4.0]].at(1)), [3.0, 4.0]);
/// ```
pub trait At {
    /// What an index gives.
    type Element;

    /// Returns the element, or the row, at the index.
    fn at<I: Subscript>(&self, index: I) -> Self::Element;
}

impl<T: Datum> At for [T] {
    type Element = T::Scalar;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> T::Scalar {
        T::scalar(T::slice(self), index.choice(), Location::caller())
    }
}

impl<T: Datum, const M: usize> At for [[T; M]] {
    type Element = T::Array;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> T::Array {
        let shape = Shape::of(&[self.len(), M]);
        T::array(T::slice(self.as_flattened()), shape, index.choice(), Location::caller())
    }
}

impl<T: Datum, const L: usize, const M: usize> At for [[[T; M]; L]] {
    type Element = T::Array;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> T::Array {
        let shape = Shape::of(&[self.len(), L, M]);
        T::array(T::slice(self.as_flattened().as_flattened()), shape, index.choice(), Location::caller())
    }
}

impl<T: Datum> At for Vec<T> {
    type Element = T::Scalar;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> T::Scalar {
        self.as_slice().at(index)
    }
}

impl<A: At + ?Sized> At for &A {
    type Element = A::Element;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> A::Element {
        (**self).at(index)
    }
}

impl<T, S, D> At for ArrayBase<S, D>
where
    T: Datum,
    S: Data<Elem = T>,
    D: Dimension + RowOf<T>,
{
    type Element = D::Row;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> D::Row {
        let place = Location::caller();
        let (shape, choice) = (Shape::of(self.shape()), index.choice());
        match self.as_slice() {
            Some(data) => D::row(T::slice(data), shape, choice, place),
            None => {
                let data: Vec<T> = self.iter().copied().collect();
                D::row(T::slice(&data), shape, choice, place)
            }
        }
    }
}

impl<E: Element> At for Tensor<E> {
    type Element = Tensor<E>;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> Tensor<E> {
        let place = Location::caller();
        let choice = index.choice();
        Tensor::from_value(E::part_of(self.to_value(), choice, place))
    }
}

impl At for Discrete {
    type Element = Discrete;

    #[track_caller]
    fn at<I: Subscript>(&self, index: I) -> Discrete {
        part_of_integers(PartOf { whole: *self, choice: index.choice(), place: Location::caller() })
    }
}

#[inline(never)]
fn part_of_integers(part: PartOf) -> Discrete {
    slot::with_any(part).unwrap_or_else(Discrete::orphan)
}

/// A part of an array of integers, in a program of either element.
struct PartOf {
    whole: Discrete,
    choice: Choice,
    place: &'static Location<'static>,
}

impl AnyElement for PartOf {
    type Output = Discrete;

    fn call<E: Element>(self, run: &mut Run<E>) -> Discrete {
        let part = run.part_of(self.whole.to_value(), self.choice, self.place);
        Discrete::of_node(part, &run.tape)
    }
}

impl<E: Element> Run<E> {
    /// Records the part of an array that an index of its first dimension chooses.
    pub(super) fn part_of(
        &mut self,
        whole: Value<E>,
        choice: Choice,
        place: &'static Location<'static>,
    ) -> NodeId {
        let x = self.tape.lift(whole, place);
        let x = self.tape.materialise(x);
        let extent = self.tape.node(x).extent();
        if extent.shape.rank() == 0 {
            let detail = "an index on a value without dimensions".to_owned();
            self.tape.fail(Error::Shape { place: Place(place), operation: "at", detail });
            return x;
        }
        match choice {
            Choice::All => x,
            Choice::One(k) if k < extent.shape.dim(0) => self.tape.element(x, k),
            Choice::One(k) => {
                let size = extent.shape.dim(0);
                self.tape.fail(Error::Index { place: Place(place), index: k.to_string(), size });
                self.tape.placeholder(Extent { axes: extent.axes, shape: extent.shape.without_first() })
            }
            Choice::Plate(index) => self.rows_of(x, index, place),
            Choice::By(index) => self.gather_by(x, index, place),
        }
    }
}

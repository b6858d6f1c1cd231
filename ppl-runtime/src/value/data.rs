//! Data arrays as values: without a copy where the memory outlives the run, else copied once.

use super::{Array, Discrete, Handle, IntoValue, Real, Tensor, Value, record};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::retrace::{Statement, What};
use crate::program::run::Run;
use crate::program::scope::{self, AnyElement};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use ndarray::{ArrayBase, Data, Dimension};
use std::panic::Location;

/// An element of data: a float (`f64`, `f32`), or an integer or `bool`, which gives [`Discrete`] values. An `Option` of
/// an integer is a label that may be missing, for `given(..)`.
pub trait Datum: Copy + 'static {
    /// The handle of a scalar of such data.
    type Scalar;
    /// The handle of an array of such data.
    type Array;

    /// Returns the number as an element.
    #[doc(hidden)]
    fn element<E: Element>(self) -> E;

    /// Returns the slice itself, where its type is the element's.
    #[doc(hidden)]
    fn as_elements<E: Element>(data: &[Self]) -> Option<&[E]> {
        let _ = data;
        None
    }

    #[doc(hidden)]
    fn scalar(data: NodeSource<'_, Self>) -> Self::Scalar;
    #[doc(hidden)]
    fn array(data: NodeSource<'_, Self>) -> Self::Array;
}

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl Datum for $float {
            type Scalar = Real<$float>;
            type Array = Tensor<$float>;

            #[inline(always)]
            fn element<E: Element>(self) -> E {
                E::of(f64::from(self))
            }

            fn as_elements<E: Element>(data: &[Self]) -> Option<&[E]> {
                if size_of::<E>() != size_of::<Self>() {
                    return None;
                }
                // SAFETY: `Element` is sealed to `f32` and `f64`, whose sizes differ: the types are the same.
                Some(unsafe { std::slice::from_raw_parts(data.as_ptr().cast(), data.len()) })
            }

            fn scalar(data: NodeSource<'_, Self>) -> Real<$float> {
                Real::from_value(data.record_compared())
            }

            fn array(data: NodeSource<'_, Self>) -> Tensor<$float> {
                Tensor::from_value(record(|run| data.record(run)))
            }
        }
    )*};
}
floats!(f32, f64);

macro_rules! integers {
    ($($int:ty: $value:ident => $element:expr),* $(,)?) => {$(
        impl Datum for $int {
            type Scalar = Discrete;
            type Array = Discrete;

            #[inline(always)]
            fn element<E: Element>(self) -> E {
                let $value = self;
                E::of($element)
            }

            fn scalar(data: NodeSource<'_, Self>) -> Discrete {
                scope::with_any(data).unwrap_or_else(Discrete::orphan)
            }

            fn array(data: NodeSource<'_, Self>) -> Discrete {
                scope::with_any(data).unwrap_or_else(Discrete::orphan)
            }
        }
    )*};
}

macro_rules! integers_and_labels {
    ($($int:ty),*) => {
        integers!($(
            $int: v => v as i128 as f64,
            // A label that is not there is no number.
            Option<$int>: v => v.map_or(f64::NAN, |v| v as i128 as f64),
        )*);
    };
}
integers_and_labels!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// How the rows of an array are chosen.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Choice {
    /// All of them, as an event dimension.
    All,
    /// One.
    One(usize),
    /// Those of a plate.
    Plate(crate::program::plate::Index),
    /// Those that a discrete value names.
    By(Discrete),
}

/// An array of data and the choice of its rows, on the way to a node.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct NodeSource<'a, T> {
    pub(crate) rows: Rows<'a, T>,
    pub(crate) choice: Choice,
    pub(crate) place: &'static Location<'static>,
}

/// A dense row-major array: its elements and its shape.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) shape: Shape,
}

impl<T: Datum> AnyElement for NodeSource<'_, T> {
    type Output = Discrete;

    fn call<E: Element>(self, run: &mut Run<E>) -> Discrete {
        let id = self.record(run);
        Discrete::of_node(id, run)
    }
}

impl<T: Datum> NodeSource<'_, T> {
    /// Records one number for each element, or takes that of the run before.
    fn record_compared<E: Element>(self) -> Value<E> {
        let value = scope::with_compared(|run: &mut Run<E>| {
            let id = match self.is_selected_by(run) {
                Some(by) => {
                    let data = self.rows.data;
                    let what = What::Data(data.as_ptr() as usize, data.len(), by);
                    let statement = Statement::new(what, self.place, &[]);
                    // The run before has found it in an argument, which holds the same memory since.
                    match run.follow(&statement) {
                        Some(result) => NodeId(result),
                        None => self.record_noted(run, statement),
                    }
                }
                None => {
                    run.interrupt();
                    self.record(run)
                }
            };
            Value::of_node(id, run)
        });
        value.unwrap_or_else(Value::orphan)
    }

    fn record_noted<E: Element>(self, run: &mut Run<E>, statement: Statement<'_, E>) -> NodeId {
        let data = self.rows.data;
        if T::as_elements::<E>(data).is_none() || !run.memory.remembers(data) {
            run.interrupt();
            return self.record(run);
        }
        let mark = run.mark_noted();
        let id = self.record(run);
        run.note(statement, mark, id.0);
        id
    }

    /// Returns by what single numbers are selected: an open plate or an index.
    #[inline(always)]
    fn is_selected_by<E: Element>(&self, run: &Run<E>) -> Option<Result<u32, usize>> {
        match self.choice {
            _ if self.rows.shape.rank() != 1 => None,
            Choice::Plate(index) if index.generation == run.generation && run.is_open(index) => {
                Some(Ok(index.plate))
            }
            Choice::One(k) => Some(Err(k)),
            _ => None,
        }
    }

    fn record<E: Element>(self, run: &mut Run<E>) -> NodeId {
        let Rows { data, shape } = self.rows;
        let rest = shape.without_first();
        match self.choice {
            Choice::All => whole(run, data, Extent { axes: Default::default(), shape }),
            Choice::One(k) => {
                if k >= shape.dim(0) {
                    run.tape.fail(Error::Index {
                        place: Place(self.place),
                        index: k.to_string(),
                        size: shape.dim(0),
                    });
                    return run.tape.placeholder(Extent { axes: Default::default(), shape: rest });
                }
                let width = rest.len();
                whole(
                    run,
                    &data[k * width..(k + 1) * width],
                    Extent { axes: Default::default(), shape: rest },
                )
            }
            Choice::Plate(index) => {
                let Some(plate) = run.plate_of(index, shape.dim(0), "the data", self.place) else {
                    return run.tape.placeholder(Extent { axes: Default::default(), shape: rest });
                };
                let extent = Extent { axes: plate.axes(), shape: rest };
                let width = rest.len();
                match plate.rows {
                    None => whole(run, data, extent),
                    Some(crate::program::plate::Chosen::Range(from, m)) => {
                        whole(run, &data[from * width..(from + m) * width], extent)
                    }
                    Some(crate::program::plate::Chosen::List) => {
                        let Run { tape, plates, .. } = run;
                        let rows = plates.rows(index);
                        tape.leaf(extent, Deps::NONE, |out| {
                            if width == 0 {
                                return;
                            }
                            for (&row, to) in rows.iter().zip(out.chunks_exact_mut(width)) {
                                let from = &data[row as usize * width..(row as usize + 1) * width];
                                match T::as_elements::<E>(from) {
                                    Some(same) => to.copy_from_slice(same),
                                    None => to.iter_mut().zip(from).for_each(|(to, &v)| *to = v.element()),
                                }
                            }
                        })
                    }
                }
            }
            Choice::By(index) => {
                let table = whole(run, data, Extent { axes: Default::default(), shape });
                run.gather_by(table, index, self.place)
            }
        }
    }
}

/// Records an array: referred to where it is part of the program's arguments, else copied.
fn whole<T: Datum, E: Element>(run: &mut Run<E>, data: &[T], extent: Extent) -> NodeId {
    let Run { tape, memory, .. } = run;
    if memory.remembers(data) {
        let elements = match T::as_elements::<E>(data) {
            Some(same) => same,
            None => memory.converted(data),
        };
        // SAFETY: the memory belongs to an argument of a program that is kept until after the run (and for as long as the
        // run is followed, which ends where other arguments come), or to the conversions, which are only dropped between
        // runs.
        return unsafe { tape.shared_leaf(extent, elements) };
    }
    tape.leaf(extent, Deps::NONE, |out| match T::as_elements::<E>(data) {
        Some(same) => out.copy_from_slice(same),
        None => out.iter_mut().zip(data).for_each(|(to, &v)| *to = v.element()),
    })
}

/// Returns a whole array of the program's element as a value.
#[track_caller]
fn array<E: Element + Datum>(data: &[E], shape: Option<Shape>) -> Value<E> {
    let place = Location::caller();
    record(|run: &mut Run<E>| match shape {
        Some(shape) => NodeSource { rows: Rows { data, shape }, choice: Choice::All, place }.record(run),
        None => {
            run.too_many_dimensions(place);
            run.tape.placeholder(Extent::SCALAR)
        }
    })
}

macro_rules! slices {
    ($($float:ty),*) => {$(
        impl IntoValue<$float> for &[$float] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self, Some(Shape::vector(self.len())))
            }
        }

        impl IntoValue<$float> for &Vec<$float> {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self, Some(Shape::vector(self.len())))
            }
        }

        impl<const N: usize> IntoValue<$float> for [$float; N] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(&self, Some(Shape::vector(N)))
            }
        }

        impl<const N: usize> IntoValue<$float> for &[$float; N] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self, Some(Shape::vector(N)))
            }
        }

        impl<S: Data<Elem = $float>, D: Dimension> IntoValue<$float> for &ArrayBase<S, D> {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                let shape = Shape::of(self.shape());
                match self.as_slice() {
                    Some(data) => array(data, shape),
                    // An array in another order is copied into its logical one.
                    None => array(&self.iter().copied().collect::<Vec<_>>(), shape),
                }
            }
        }
    )*};
}
slices!(f32, f64);

/// Which handle a row of an array of `T` is: a scalar for a vector, an array for more dimensions.
pub trait RowOf<T: Datum> {
    /// The handle.
    type Row;

    #[doc(hidden)]
    fn row(data: NodeSource<'_, T>) -> Self::Row;
}

impl<T: Datum> RowOf<T> for ndarray::Ix1 {
    type Row = T::Scalar;

    fn row(data: NodeSource<'_, T>) -> T::Scalar {
        T::scalar(data)
    }
}

macro_rules! rows_are_arrays {
    ($($dim:ty),*) => {$(
        impl<T: Datum> RowOf<T> for $dim {
            type Row = T::Array;

            fn row(data: NodeSource<'_, T>) -> T::Array {
                T::array(data)
            }
        }
    )*};
}
rows_are_arrays!(ndarray::Ix2, ndarray::Ix3, ndarray::Ix4, ndarray::Ix5, ndarray::Ix6, ndarray::IxDyn);

/// Returns an array of integers as a value.
#[track_caller]
pub(crate) fn whole_integers<T: Datum<Array = Discrete>>(data: &[T]) -> Discrete {
    T::array(NodeSource {
        rows: Rows { data, shape: Shape::vector(data.len()) },
        choice: Choice::All,
        place: Location::caller(),
    })
}

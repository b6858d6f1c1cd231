//! Data arrays as values: without a copy where the memory outlives the run, else copied once.

use super::{Array, Datum, Discrete, IntoValue, Slice, Value};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::plate::Chosen;
use crate::program::retrace::{Statement, What};
use crate::program::run::Run;
use crate::program::slot::{self, AnyElement};
use crate::shape::Shape;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use ndarray::{ArrayBase, Data, Dimension};
use std::panic::Location;

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
pub(super) struct NodeSource<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) choice: Choice,
    pub(super) place: &'static Location<'static>,
}

/// A dense row-major array: its elements and its shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) data: Slice<'a>,
    pub(super) shape: Shape,
}

impl AnyElement for NodeSource<'_> {
    type Output = Discrete;

    fn call<E: Element>(self, run: &mut Run<E>) -> Discrete {
        let id = self.take(run);
        Discrete::of_node(id, &run.tape)
    }
}

impl NodeSource<'_> {
    /// Records one number for each element, or takes that of the run before.
    pub(super) fn record_compared<E: Element>(self) -> Value<E> {
        let value = slot::with_compared(|run: &mut Run<E>| {
            let id = self.take(run);
            Value::of_node(id, &run.tape)
        });
        value.unwrap_or_else(Value::orphan)
    }

    /// Records the data, or takes them from the run before.
    #[inline(always)]
    fn take<E: Element>(self, run: &mut Run<E>) -> NodeId {
        let Some(by) = self.is_selected_by(run) else {
            run.interrupt();
            return self.record(run);
        };
        let data = self.rows.data;
        let what = What::data(data.addresses().start, data.len(), by);
        let statement = Statement::new(what, self.place, &[]);
        // The run before has found it in an argument, which holds the same memory since; so does what it was converted to.
        match run.follow(&statement) {
            Some(result) => NodeId(result),
            None => self.record_noted(run, statement),
        }
    }

    #[inline(never)]
    fn record_noted<E: Element>(self, run: &mut Run<E>, statement: Statement<'_, E>) -> NodeId {
        let data = self.rows.data;
        if !run.session.memory.remembers(data.addresses()) {
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
            Choice::Plate(index)
                if index.generation == run.tape.generation && run.scope.is_open(index.plate) =>
            {
                Some(Ok(index.plate))
            }
            Choice::One(k) => Some(Err(k)),
            _ => None,
        }
    }

    #[inline(never)]
    pub(super) fn record<E: Element>(self, run: &mut Run<E>) -> NodeId {
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
                let row = data.part(k * width..(k + 1) * width);
                whole(run, row, Extent { axes: Default::default(), shape: rest })
            }
            Choice::Plate(index) => {
                let Some(plate) = run.plate_of(index, shape.dim(0), "the data", self.place) else {
                    return run.tape.placeholder(Extent { axes: Default::default(), shape: rest });
                };
                let extent = Extent { axes: plate.axes(), shape: rest };
                let width = rest.len();
                match plate.rows {
                    None => whole(run, data, extent),
                    Some(Chosen::Range(from, m)) => {
                        whole(run, data.part(from * width..(from + m) * width), extent)
                    }
                    Some(Chosen::List) => {
                        let (tape, plates) = (&mut run.tape, &mut run.session.plates);
                        let rows = plates.rows(index);
                        tape.leaf(extent, Deps::NONE, |out| data.write_rows_into(rows, width, out))
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
fn whole<E: Element>(run: &mut Run<E>, data: Slice<'_>, extent: Extent) -> NodeId {
    let (tape, memory) = (&mut run.tape, &mut run.session.memory);
    if memory.remembers(data.addresses()) {
        let elements = match data.as_elements::<E>() {
            Some(same) => same,
            None => memory.converted(data),
        };
        // SAFETY: the memory belongs to an argument of a program that is kept until after the run (and for as long as the
        // run is followed, which ends where other arguments come), or to the conversions, which are only dropped between
        // runs.
        return unsafe { tape.shared_leaf(extent, elements) };
    }
    tape.leaf(extent, Deps::NONE, |out| data.write_into(out))
}

/// Returns integers of data as a value, in a program of either element.
#[inline(never)]
pub(super) fn discrete_data(
    data: Slice<'_>,
    shape: Option<Shape>,
    choice: Choice,
    place: &'static Location<'static>,
) -> Discrete {
    // An array of more dimensions than a shape can hold is seen as its elements, and refused where it is used.
    let shape = shape.unwrap_or(Shape::vector(data.len()));
    slot::with_any_compared(NodeSource { rows: Rows { data, shape }, choice, place })
        .unwrap_or_else(Discrete::orphan)
}

/// Returns a whole array of the program's element as a value.
#[track_caller]
pub(super) fn array<E: Element + Datum>(data: &[E], shape: Option<Shape>) -> Value<E> {
    E::data(<E as Datum>::slice(data), shape, Choice::All, Location::caller())
}

macro_rules! slices {
    ($float:ty) => {
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

        // What the compiler lists where nothing fits stays short.
        #[diagnostic::do_not_recommend]
        impl<const M: usize, const N: usize> IntoValue<$float> for [[$float; M]; N] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self.as_flattened(), Some(Shape::matrix(N, M)))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<const M: usize, const N: usize> IntoValue<$float> for &[[$float; M]; N] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self.as_flattened(), Some(Shape::matrix(N, M)))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<const M: usize> IntoValue<$float> for &[[$float; M]] {
            type Kind = Array;

            #[track_caller]
            fn into_value(self) -> Value<$float> {
                array(self.as_flattened(), Some(Shape::matrix(self.len(), M)))
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
    };
}
#[cfg(feature = "f32")]
slices!(f32);
slices!(f64);

/// Which handle a row of an array of `T` is: a scalar for a vector, an array for more dimensions.
pub trait RowOf<T: Datum> {
    /// The handle.
    type Row;

    #[doc(hidden)]
    fn row(
        data: Slice<'_>,
        shape: Option<Shape>,
        choice: Choice,
        place: &'static Location<'static>,
    ) -> Self::Row;
}

impl<T: Datum> RowOf<T> for ndarray::Ix1 {
    type Row = T::Scalar;

    fn row(
        data: Slice<'_>,
        _: Option<Shape>,
        choice: Choice,
        place: &'static Location<'static>,
    ) -> T::Scalar {
        T::scalar(data, choice, place)
    }
}

macro_rules! rows_are_arrays {
    ($($dim:ty),*) => {$(
        impl<T: Datum> RowOf<T> for $dim {
            type Row = T::Array;

            fn row(
                data: Slice<'_>,
                shape: Option<Shape>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> T::Array {
                T::array(data, shape, choice, place)
            }
        }
    )*};
}
rows_are_arrays!(ndarray::Ix2, ndarray::Ix3, ndarray::Ix4, ndarray::Ix5, ndarray::Ix6, ndarray::IxDyn);

/// Returns a vector of integers as a value.
#[track_caller]
pub(crate) fn whole_integers<T: Datum<Array = Discrete>>(data: &[T]) -> Discrete {
    whole_of(data, Some(Shape::vector(data.len())))
}

/// Returns an array of integers as a value.
#[track_caller]
pub(super) fn whole_of<T: Datum<Array = Discrete>>(data: &[T], shape: Option<Shape>) -> Discrete {
    T::array(T::slice(data), shape, Choice::All, Location::caller())
}

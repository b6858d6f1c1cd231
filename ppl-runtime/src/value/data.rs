//! Data arrays as values: without a copy where the memory outlives the run, else copied once.

use super::{Array, Discrete, IntoValue, Real, Tensor, Value};
use crate::element::{Element, Numeric};
use crate::error::{Error, Place};
use crate::program::plate::Chosen;
use crate::program::retrace::{Statement, What};
use crate::program::run::Run;
use crate::program::scope::{self, AnyElement};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use crate::value::Handle;
use ndarray::{ArrayBase, Data, Dimension};
use std::ops::Range;
use std::panic::Location;

/// An element of data: a float (`f64`, `f32`), or an integer or `bool`, which gives [`Discrete`] values. An `Option` of
/// an integer is a label that may be missing, for `given(..)`.
pub trait Datum: Copy + 'static {
    /// The handle of a scalar of such data.
    type Scalar;
    /// The handle of an array of such data.
    type Array;

    /// Returns the data without their type.
    #[doc(hidden)]
    fn slice(data: &[Self]) -> Slice<'_>;

    #[doc(hidden)]
    fn scalar(data: Slice<'_>, choice: Choice, place: &'static Location<'static>) -> Self::Scalar;

    #[doc(hidden)]
    fn array(
        data: Slice<'_>,
        shape: Option<Shape>,
        choice: Choice,
        place: &'static Location<'static>,
    ) -> Self::Array;
}

macro_rules! floats {
    ($($variant:ident: $float:ident),*) => {$(
        impl Datum for $float {
            type Scalar = Real<$float>;
            type Array = Tensor<$float>;

            #[inline]
            fn slice(data: &[Self]) -> Slice<'_> {
                Slice::$variant(data)
            }

            fn scalar(data: Slice<'_>, choice: Choice, place: &'static Location<'static>) -> Real<$float> {
                Real::from_value(crate::Engine::number_of_data(data, choice, place))
            }

            fn array(
                data: Slice<'_>,
                shape: Option<Shape>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> Tensor<$float> {
                Tensor::from_value(crate::Engine::data(data, shape, choice, place))
            }
        }
    )*};
}
floats!(F32: f32, F64: f64);

macro_rules! integers {
    ($($variant:ident: $int:ty),* $(,)?) => {$(
        impl Datum for $int {
            type Scalar = Discrete;
            type Array = Discrete;

            #[inline]
            fn slice(data: &[Self]) -> Slice<'_> {
                Slice::$variant(data)
            }

            fn scalar(data: Slice<'_>, choice: Choice, place: &'static Location<'static>) -> Discrete {
                discrete_data(data, Some(Shape::vector(data.len())), choice, place)
            }

            fn array(
                data: Slice<'_>,
                shape: Option<Shape>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> Discrete {
                discrete_data(data, shape, choice, place)
            }
        }
    )*};
}

/// A number of data, as the element that it becomes.
trait ToElement: Copy {
    fn element<E: Numeric>(self) -> E;
}

macro_rules! slices_of {
    ($($variant:ident: $type:ty, |$value:ident| $number:expr;)*) => {
        /// Data without their type.
        #[derive(Clone, Copy, Debug)]
        #[doc(hidden)]
        pub enum Slice<'a> {
            $($variant(&'a [$type]),)*
        }

        /// Evaluates an expression with the data that a slice is.
        macro_rules! with_slice {
            ($slice:expr, $data:ident => $does:expr) => {
                match $slice { $(Slice::$variant($data) => $does,)* }
            };
        }

        $(
            impl ToElement for $type {
                #[inline(always)]
                fn element<E: Numeric>(self) -> E {
                    let $value = self;
                    E::of($number)
                }
            }
        )*

        impl<'a> Slice<'a> {
            /// Returns a part of the data.
            fn part(self, range: Range<usize>) -> Slice<'a> {
                match self { $(Slice::$variant(data) => Slice::$variant(&data[range]),)* }
            }

            /// Returns what tells its type from others.
            pub(crate) fn kind(self) -> std::any::TypeId {
                match self { $(Slice::$variant(_) => std::any::TypeId::of::<$type>(),)* }
            }
        }
    };
}

macro_rules! data_types {
    ($($variant:ident, $label:ident: $int:ty;)*) => {
        slices_of! {
            F32: f32, |v| f64::from(v);
            F64: f64, |v| v;
            $(
                $variant: $int, |v| v as i128 as f64;
                // A label that is not there is no number.
                $label: Option<$int>, |v| v.map_or(f64::NAN, |v| v as i128 as f64);
            )*
        }
        integers! { $($variant: $int, $label: Option<$int>,)* }
    };
}
data_types! {
    Bool, BoolLabel: bool;
    U8, U8Label: u8;
    U16, U16Label: u16;
    U32, U32Label: u32;
    U64, U64Label: u64;
    Usize, UsizeLabel: usize;
    I8, I8Label: i8;
    I16, I16Label: i16;
    I32, I32Label: i32;
    I64, I64Label: i64;
    Isize, IsizeLabel: isize;
}

impl<'a> Slice<'a> {
    /// Returns the number of data.
    pub(crate) fn len(self) -> usize {
        with_slice!(self, data => data.len())
    }

    /// Returns where the data lie.
    pub(crate) fn addresses(self) -> Range<usize> {
        with_slice!(self, data => {
            let range = data.as_ptr_range();
            range.start as usize..range.end as usize
        })
    }

    /// Returns the slice itself, where its type is the element's.
    #[inline]
    fn as_elements<E: Element>(self) -> Option<&'a [E]> {
        let (start, len, size) = match self {
            Slice::F32(data) => (data.as_ptr().cast(), data.len(), size_of::<f32>()),
            Slice::F64(data) => (data.as_ptr().cast::<f32>(), data.len(), size_of::<f64>()),
            _ => return None,
        };
        if size_of::<E>() != size {
            return None;
        }
        // SAFETY: `Element` is sealed to `f32` and `f64`, whose sizes differ: the types are the same.
        Some(unsafe { std::slice::from_raw_parts(start.cast(), len) })
    }

    /// Writes the data as elements.
    fn write_into<E: Element>(self, out: &mut [E]) {
        match self.as_elements::<E>() {
            Some(same) => out.copy_from_slice(same),
            None => with_slice!(self, data => {
                out.iter_mut().zip(data).for_each(|(to, v)| *to = v.element());
            }),
        }
    }

    /// Writes the given rows, each of this many data.
    fn write_rows_into<E: Element>(self, rows: &[u32], width: usize, out: &mut [E]) {
        if width == 0 {
            return;
        }
        let parts = || rows.iter().map(|&row| row as usize * width..(row as usize + 1) * width);
        match self.as_elements::<E>() {
            Some(same) => {
                parts()
                    .zip(out.chunks_exact_mut(width))
                    .for_each(|(part, to)| to.copy_from_slice(&same[part]));
            }
            None => with_slice!(self, data => {
                for (part, to) in parts().zip(out.chunks_exact_mut(width)) {
                    to.iter_mut().zip(&data[part]).for_each(|(to, v)| *to = v.element());
                }
            }),
        }
    }

    /// Returns the data as elements.
    pub(crate) fn to_elements<E: Element>(self) -> Box<[E]> {
        let mut elements = vec![E::zero(); self.len()];
        self.write_into(&mut elements);
        elements.into()
    }
}

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
        let id = self.record(run);
        Discrete::of_node(id, run)
    }
}

impl NodeSource<'_> {
    /// Records one number for each element, or takes that of the run before.
    pub(super) fn record_compared<E: Element>(self) -> Value<E> {
        let value = scope::with_compared(|run: &mut Run<E>| {
            let id = match self.is_selected_by(run) {
                Some(by) => {
                    let data = self.rows.data;
                    let what = What::data(data.addresses().start, data.len(), by);
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
        if data.as_elements::<E>().is_none() || !run.memory.remembers(data.addresses()) {
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
                        let Run { tape, plates, .. } = run;
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
    let Run { tape, memory, .. } = run;
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
fn discrete_data(
    data: Slice<'_>,
    shape: Option<Shape>,
    choice: Choice,
    place: &'static Location<'static>,
) -> Discrete {
    // An array of more dimensions than a shape can hold is seen as its elements, and refused where it is used.
    let shape = shape.unwrap_or(Shape::vector(data.len()));
    scope::with_any(NodeSource { rows: Rows { data, shape }, choice, place }).unwrap_or_else(Discrete::orphan)
}

/// Returns a whole array of the program's element as a value.
#[track_caller]
fn array<E: Element + Datum>(data: &[E], shape: Option<Shape>) -> Value<E> {
    E::data(<E as Datum>::slice(data), shape, Choice::All, Location::caller())
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

/// Returns an array of integers as a value.
#[track_caller]
pub(crate) fn whole_integers<T: Datum<Array = Discrete>>(data: &[T]) -> Discrete {
    T::array(T::slice(data), Some(Shape::vector(data.len())), Choice::All, Location::caller())
}

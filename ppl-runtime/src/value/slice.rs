//! Elements of data, and slices of them without their type.

use super::data::{Choice, discrete_data};
use super::{Discrete, PartlyKnown, Real, Tensor};
use crate::element::{Element, Numeric};
use crate::engine::Engine;
use crate::shape::Shape;
use crate::value::Handle;
use std::ops::Range;
use std::panic::Location;

/// An element of data: a float (`f64`, `f32`), or an integer or `bool`, which gives [`Discrete`] values. An `Option` of
/// any of them is a label that may be missing, for `given(..)`; of a float it gives [`PartlyKnown`] values.
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
    ($variant:ident, $label:ident: $float:ident) => {
        impl Datum for Option<$float> {
            type Scalar = PartlyKnown<$float>;
            type Array = PartlyKnown<$float>;

            #[inline]
            fn slice(data: &[Self]) -> Slice<'_> {
                Slice::$label(data)
            }

            fn scalar(
                data: Slice<'_>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> PartlyKnown<$float> {
                PartlyKnown::of(data, Engine::number_of_data(data, choice, place), place)
            }

            fn array(
                data: Slice<'_>,
                shape: Option<Shape>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> PartlyKnown<$float> {
                PartlyKnown::of(data, Engine::data(data, shape, choice, place), place)
            }
        }

        impl Datum for $float {
            type Scalar = Real<$float>;
            type Array = Tensor<$float>;

            #[inline]
            fn slice(data: &[Self]) -> Slice<'_> {
                Slice::$variant(data)
            }

            fn scalar(data: Slice<'_>, choice: Choice, place: &'static Location<'static>) -> Real<$float> {
                Real::from_value(Engine::number_of_data(data, choice, place))
            }

            fn array(
                data: Slice<'_>,
                shape: Option<Shape>,
                choice: Choice,
                place: &'static Location<'static>,
            ) -> Tensor<$float> {
                Tensor::from_value(Engine::data(data, shape, choice, place))
            }
        }
    };
}
#[cfg(feature = "f32")]
floats!(F32, F32Label: f32);
floats!(F64, F64Label: f64);

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
            pub(super) fn part(self, range: Range<usize>) -> Slice<'a> {
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
            F32Label: Option<f32>, |v| v.map_or(f64::NAN, f64::from);
            F64Label: Option<f64>, |v| v.unwrap_or(f64::NAN);
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
    /// Returns the place of a label that is there and no number.
    pub(super) fn no_number(self) -> Option<usize> {
        match self {
            Slice::F32Label(labels) => labels.iter().position(|v| v.is_some_and(f32::is_nan)),
            Slice::F64Label(labels) => labels.iter().position(|v| v.is_some_and(f64::is_nan)),
            _ => None,
        }
    }

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
    pub(super) fn as_elements<E: Element>(self) -> Option<&'a [E]> {
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
    pub(super) fn write_into<E: Element>(self, out: &mut [E]) {
        match self.as_elements::<E>() {
            Some(same) => out.copy_from_slice(same),
            None => with_slice!(self, data => {
                out.iter_mut().zip(data).for_each(|(to, v)| *to = v.element());
            }),
        }
    }

    /// Writes the given rows, each of this many data.
    pub(super) fn write_rows_into<E: Element>(self, rows: &[u32], width: usize, out: &mut [E]) {
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

//! The number types that a program may be written in.

use crate::kernel::math;
use num_traits::{Float, FloatConst, NumAssign};
use std::fmt::{Debug, Display};
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number type of a program: `f64` (the default) or `f32`.
///
/// The trait is sealed; the engine is generic over it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Element;
///
/// fn half<E: Element>() -> E { E::of(0.5) }
/// assert_eq!(half::<f32>(), 0.5);
/// ```
pub trait Element:
    sealed::Sealed
    + math::Elementary
    + Float
    + FloatConst
    + NumAssign
    + Sum
    + Default
    + Debug
    + Display
    + Send
    + Sync
    + 'static
{
    /// The name of the type as users write it.
    const NAME: &'static str;

    /// Returns the element nearest to `value`.
    fn of(value: f64) -> Self;

    /// Returns the value as a double.
    fn as_f64(self) -> f64;
}

impl Element for f64 {
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn as_f64(self) -> f64 {
        self
    }
}

impl Element for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

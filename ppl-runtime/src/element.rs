//! The number types that a program may be written in.

use crate::kernel::fused::Fused;
use crate::kernel::math;
use num_traits::{Float, FloatConst, NumAssign};
use std::fmt::{Debug, Display};
use std::iter::Sum;

mod sealed {
    use super::{Element, Fused};

    pub trait Sealed: Sized {
        /// The same number in kernels that fuse products with sums.
        type Fused: Element;

        /// What tells the number types of programs in progress apart.
        const SLOT: u8;

        /// Returns `self * factor + summand`, rounded once where kernels fuse and twice where they do not.
        fn multiply_add(self, factor: Self, summand: Self) -> Self;

        /// Returns the same slice for kernels that fuse.
        fn fuse(x: &[Self]) -> &[Self::Fused];

        /// Returns the same slice for kernels that fuse, to write to.
        fn fuse_mut(x: &mut [Self]) -> &mut [Self::Fused];
    }

    macro_rules! sealed {
        ($($float:ident)*) => {$(
            impl Sealed for $float {
                type Fused = Fused<$float>;
                const SLOT: u8 = size_of::<$float>() as u8;

                #[inline(always)]
                fn multiply_add(self, factor: Self, summand: Self) -> Self {
                    self * factor + summand
                }

                #[inline(always)]
                fn fuse(x: &[Self]) -> &[Self::Fused] {
                    Fused::slice(x)
                }

                #[inline(always)]
                fn fuse_mut(x: &mut [Self]) -> &mut [Self::Fused] {
                    Fused::slice_mut(x)
                }
            }

            impl Sealed for Fused<$float> {
                type Fused = Self;
                // No program is written in it.
                const SLOT: u8 = u8::MAX;

                #[inline(always)]
                fn multiply_add(self, factor: Self, summand: Self) -> Self {
                    Fused(self.0.mul_add(factor.0, summand.0))
                }

                #[inline(always)]
                fn fuse(x: &[Self]) -> &[Self] {
                    x
                }

                #[inline(always)]
                fn fuse_mut(x: &mut [Self]) -> &mut [Self] {
                    x
                }
            }
        )*};
    }
    sealed!(f32 f64);
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

impl<T: Element> Element for Fused<T>
where
    Fused<T>: sealed::Sealed + math::Elementary,
{
    const NAME: &'static str = T::NAME;

    #[inline(always)]
    fn of(value: f64) -> Self {
        Fused(T::of(value))
    }

    #[inline(always)]
    fn as_f64(self) -> f64 {
        self.0.as_f64()
    }
}

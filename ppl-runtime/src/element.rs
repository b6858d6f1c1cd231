//! The number types: what kernels compute in, and what a program may be written in.

use crate::engine::Engine;
use crate::kernel::fused::Fused;
use crate::kernel::gemm::LibraryProduct;
use crate::kernel::math;
use num_traits::{Float, FloatConst, NumAssign};
use std::fmt::{Debug, Display};
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}

    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl<T> Sealed for super::Fused<T> {}
}

/// A number type that densities and kernels compute in: `f64`, `f32`, and either of them in kernels that fuse products with
/// sums.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Numeric;
///
/// fn half<E: Numeric>() -> E { E::of(0.5) }
/// assert_eq!(half::<f32>(), 0.5);
/// ```
pub trait Numeric:
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
    /// The same number in kernels that fuse products with sums.
    #[doc(hidden)]
    type Fused: Numeric;

    /// The longest running sum: how many numbers are added up before their sum is carried on in double precision.
    #[doc(hidden)]
    const RUN: usize;

    /// Returns the element nearest to `value`.
    fn of(value: f64) -> Self;

    /// Returns the value as a double.
    fn as_f64(self) -> f64;

    /// Returns `self * factor + summand`, rounded once where kernels fuse and twice where they do not.
    #[doc(hidden)]
    fn multiply_add(self, factor: Self, summand: Self) -> Self;

    /// Returns the same slice for kernels that fuse.
    #[doc(hidden)]
    fn fuse(x: &[Self]) -> &[Self::Fused];

    /// Returns the same slice for kernels that fuse, to write to.
    #[doc(hidden)]
    fn fuse_mut(x: &mut [Self]) -> &mut [Self::Fused];
}

macro_rules! numeric {
    ($($float:ident: $run:expr),*) => {$(
        impl Numeric for $float {
            type Fused = Fused<$float>;

            const RUN: usize = $run;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn as_f64(self) -> f64 {
                f64::from(self)
            }

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

        impl Numeric for Fused<$float> {
            type Fused = Self;

            const RUN: usize = $run;

            #[inline(always)]
            fn of(value: f64) -> Self {
                Fused($float::of(value))
            }

            #[inline(always)]
            fn as_f64(self) -> f64 {
                self.0.as_f64()
            }

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
// The error of a running sum is at most half as many times the last digit as it has numbers.
numeric!(f32: 128, f64: usize::MAX);

/// A number type of a program: `f64` (the default) or, with the feature `f32`, `f32`.
///
/// The trait is sealed. The engine is generic over it, and compiled here once for each.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Element;
///
/// fn name<E: Element>() -> &'static str { E::NAME }
/// assert_eq!(name::<f64>(), "f64");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number type of programs",
    label = "expected `f64`, or `f32` where the feature `f32` is on",
    note = "programs of `f32` need the feature `f32` of the package `ppl-lang`, which is on by default"
)]
pub trait Element: Numeric + LibraryProduct + Engine {
    /// The name of the type as users write it.
    const NAME: &'static str;

    /// What tells the number types of programs in progress apart.
    #[doc(hidden)]
    const SLOT: u8 = size_of::<Self>() as u8;
}

impl Element for f64 {
    const NAME: &'static str = "f64";
}

#[cfg(feature = "f32")]
impl Element for f32 {
    const NAME: &'static str = "f32";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a product loses when it is rounded before the subtraction.
    fn lost<E: Numeric>(x: E) -> E {
        x.multiply_add(x, -(x * x))
    }

    #[test]
    fn fused_products_round_once() {
        // The square of 1 + 2^-30 needs a bit more than a double has.
        let x = 1.0 + 2f64.powi(-30);
        assert_eq!(lost(x), 0.0);
        assert_eq!(lost(Fused(x)).0, 2f64.powi(-60));
    }

    #[test]
    fn slices_are_the_same_memory() {
        let mut x = [1.0, 2.0];
        <f64 as Numeric>::fuse_mut(&mut x)[1] += Fused(0.5);
        assert_eq!(<f64 as Numeric>::fuse(&x), [Fused(1.0), Fused(2.5)]);
        assert_eq!(format!("{:?} {}", Fused(2.5), Fused(2.5)), "2.5 2.5");
    }
}

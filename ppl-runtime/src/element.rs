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

#[cfg(test)]
mod tests {
    use super::sealed::Sealed;
    use super::*;

    /// Returns what a product loses when it is rounded before the subtraction.
    fn lost<E: Element>(x: E) -> E {
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
        <f64 as Sealed>::fuse_mut(&mut x)[1] += Fused(0.5);
        assert_eq!(<f64 as Sealed>::fuse(&x), [Fused(1.0), Fused(2.5)]);
        assert_eq!(format!("{:?} {}", Fused(2.5), Fused(2.5)), "2.5 2.5");
    }
}

//! Numbers whose products and sums the kernels fuse.
//!
//! A kernel is generic over its element. Where the processor has the instruction it runs on `Fused<f64>` in place of
//! `f64`, and everything in it that says `multiply_add`, the polynomials of the elementary functions above all, becomes one
//! instruction with one rounding. Elsewhere the same source multiplies and then adds, because a fused product would be a
//! library call.

use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use std::fmt;
use std::iter::Sum;
use std::num::FpCategory;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

/// A number in a kernel that is compiled for a processor with fused multiply-add.
///
/// It has the layout of the number in it, so that slices are handed over as they are.
#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct Fused<T>(pub(crate) T);

impl<T> Fused<T> {
    /// Returns the same slice.
    #[inline(always)]
    pub(crate) fn slice(x: &[T]) -> &[Fused<T>] {
        // SAFETY: the layouts are the same, by `repr(transparent)`.
        unsafe { &*(std::ptr::from_ref(x) as *const [Fused<T>]) }
    }

    /// Returns the same slice, to write to.
    #[inline(always)]
    pub(crate) fn slice_mut(x: &mut [T]) -> &mut [Fused<T>] {
        // SAFETY: as above, and the borrow is passed on.
        unsafe { &mut *(std::ptr::from_mut(x) as *mut [Fused<T>]) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Fused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Fused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident, $assign:ident $assign_method:ident;)*) => {$(
        impl<T: $trait<Output = T>> $trait for Fused<T> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Fused(self.0.$method(other.0))
            }
        }

        impl<T: $assign> $assign for Fused<T> {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                self.0.$assign_method(other.0);
            }
        }
    )*};
}
operators! {
    Add add, AddAssign add_assign;
    Sub sub, SubAssign sub_assign;
    Mul mul, MulAssign mul_assign;
    Div div, DivAssign div_assign;
    Rem rem, RemAssign rem_assign;
}

impl<T: Neg<Output = T>> Neg for Fused<T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Fused(-self.0)
    }
}

impl<T: Float> Sum for Fused<T> {
    #[inline(always)]
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::zero(), |a, b| a + b)
    }
}

impl<T: Float> Zero for Fused<T> {
    #[inline(always)]
    fn zero() -> Self {
        Fused(T::zero())
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl<T: Float> One for Fused<T> {
    #[inline(always)]
    fn one() -> Self {
        Fused(T::one())
    }
}

impl<T: Float> Num for Fused<T> {
    type FromStrRadixErr = T::FromStrRadixErr;

    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        T::from_str_radix(text, radix).map(Fused)
    }
}

impl<T: Float> ToPrimitive for Fused<T> {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }

    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }

    fn to_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }
}

impl<T: Float> NumCast for Fused<T> {
    fn from<N: ToPrimitive>(n: N) -> Option<Self> {
        T::from(n).map(Fused)
    }
}

macro_rules! constants {
    ($trait:ident: $($name:ident),*) => {
        #[allow(non_snake_case)]
        impl<T: $trait> $trait for Fused<T> {$(
            #[inline(always)]
            fn $name() -> Self {
                Fused(T::$name())
            }
        )*}
    };
}
constants!(
    FloatConst: E, FRAC_1_PI, FRAC_1_SQRT_2, FRAC_2_PI, FRAC_2_SQRT_PI, FRAC_PI_2, FRAC_PI_3, FRAC_PI_4, FRAC_PI_6,
    FRAC_PI_8, LN_10, LN_2, LOG10_E, LOG2_E, PI, SQRT_2
);

macro_rules! float {
    (
        constants: $($constant:ident)*;
        questions: $($question:ident)*;
        functions: $($function:ident)*;
        functions of two: $($two:ident)*;
    ) => {
        impl<T: Float> Float for Fused<T> {
            $(#[inline(always)]
            fn $constant() -> Self {
                Fused(T::$constant())
            })*
            $(#[inline(always)]
            fn $question(self) -> bool {
                self.0.$question()
            })*
            $(#[inline(always)]
            fn $function(self) -> Self {
                Fused(self.0.$function())
            })*
            $(#[inline(always)]
            fn $two(self, other: Self) -> Self {
                Fused(self.0.$two(other.0))
            })*

            #[inline(always)]
            fn classify(self) -> FpCategory {
                self.0.classify()
            }

            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Fused(self.0.mul_add(a.0, b.0))
            }

            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                Fused(self.0.powi(n))
            }

            fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = self.0.sin_cos();
                (Fused(sin), Fused(cos))
            }

            fn integer_decode(self) -> (u64, i16, i8) {
                self.0.integer_decode()
            }
        }
    };
}
float! {
    constants: nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value;
    questions: is_nan is_infinite is_finite is_normal is_sign_positive is_sign_negative;
    functions: floor ceil round trunc fract abs signum recip sqrt exp exp2 ln log2 log10 cbrt sin cos tan asin acos atan
        exp_m1 ln_1p sinh cosh tanh asinh acosh atanh;
    functions of two: powf log max min abs_sub hypot atan2 copysign;
}

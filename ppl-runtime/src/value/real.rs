//! A differentiable scalar.

use super::{Handle, IntoValue, SingleNumber, Tensor, Value};
use crate::element::Element;
use crate::tape::ops::{Binary, Unary};
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::panic::Location;

/// A differentiable scalar of a program: a constant, or something that the run computes.
///
/// It can be computed with, but not compared, branched on or read: a derivative could not follow. Numbers are read
/// from results, after the run.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Real;
///
/// let x: Real = Real::from(2.0);
/// let y = 3.0 * x.exp() + x.powi(2);
/// // Operators on constants need no program.
/// assert!(format!("{y:?}").contains("26.1"));
/// ```
#[derive(Clone, Copy)]
pub struct Real<E = f64>(Value<E>);

impl<E: Element> std::fmt::Debug for Real<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_constant() {
            Some(c) => write!(f, "Real({c})"),
            None => write!(f, "Real(_)"),
        }
    }
}

impl<E: Element> Handle<E> for Real<E> {
    #[inline(always)]
    fn from_value(value: Value<E>) -> Self {
        Real(value)
    }

    #[inline(always)]
    fn to_value(self) -> Value<E> {
        self.0
    }
}

impl<E: Element> From<E> for Real<E> {
    fn from(value: E) -> Self {
        Real(Value::constant(value))
    }
}

/// The operators of a handle: with what stands on its right, and with a number on its left.
macro_rules! operators {
    ($handle:ident, $($right:path),+) => {
        operators!(@$handle, ($($right),+), Add, add, Binary::Add);
        operators!(@$handle, ($($right),+), Sub, sub, Binary::Sub);
        operators!(@$handle, ($($right),+), Mul, mul, Binary::Mul);
        operators!(@$handle, ($($right),+), Div, div, Binary::Div);

        impl<E: Element> Neg for $handle<E> {
            type Output = Self;

            #[track_caller]
            fn neg(self) -> Self {
                Self::from_value(E::binary(
                    Binary::Sub,
                    Value::constant(E::zero()),
                    self.to_value(),
                    Location::caller(),
                ))
            }
        }
    };
    (@$handle:ident, ($($right:path),+), $trait:ident, $method:ident, $kind:expr) => {
        // One impl for all that may stand on the right, so that the result's type is known before a literal's is.
        impl<E: Element, Right: $($right +)+> $trait<Right> for $handle<E> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Right) -> Self {
                Self::from_value(E::binary($kind, self.to_value(), other.into_value(), Location::caller()))
            }
        }

        impl<E: Element> $trait<$handle<E>> for f64 {
            type Output = $handle<E>;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: $handle<E>) -> $handle<E> {
                $handle::from_value(E::binary(
                    $kind,
                    Value::constant(E::of(self)),
                    other.to_value(),
                    Location::caller(),
                ))
            }
        }
    };
}
pub(super) use operators;
operators!(Real, SingleNumber, IntoValue<E>);

macro_rules! mixed {
    ($trait:ident, $method:ident, $kind:expr) => {
        impl<E: Element> $trait<Tensor<E>> for Real<E> {
            type Output = Tensor<E>;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Tensor<E>) -> Tensor<E> {
                Tensor::from_value(E::binary($kind, self.to_value(), other.to_value(), Location::caller()))
            }
        }
    };
}
mixed!(Add, add, Binary::Add);
mixed!(Sub, sub, Binary::Sub);
mixed!(Mul, mul, Binary::Mul);
mixed!(Div, div, Binary::Div);

macro_rules! functions {
    ($handle:ident: $($(#[$doc:meta])* $name:ident = $kind:expr;)*) => {
        impl<E: Element> $handle<E> {
            $(
                $(#[$doc])*
                ///
                /// # Examples
                ///
                #[doc = include_str!("../docs/show.md")]
                /// // A constant is computed at once, and any other value when the program runs.
                #[doc = concat!("let constant = Real::from(0.5).", stringify!($name), "();")]
                #[doc = concat!("let found = show(|| Tensor::stack(&[0.5, 1.5]).", stringify!($name), "());")]
                /// assert!(close(vec![found[0]], &show(|| constant.into())));
                /// ```
                #[inline]
                #[track_caller]
                pub fn $name(self) -> Self {
                    Self::from_value(E::unary($kind, self.to_value(), Location::caller()))
                }
            )*

            /// Returns the value to an integer power; the derivative at zero is exact.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../docs/show.md")]
            /// assert_eq!(show(|| vector().powi(3)), [1.0, 8.0, 27.0]);
            /// ```
            #[track_caller]
            pub fn powi(self, exponent: i32) -> Self {
                Self::from_value(E::integer_power(self.to_value(), exponent, Location::caller()))
            }

            /// Returns the value to a power, which may be a number or a `Real`.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../docs/show.md")]
            /// assert!(close(show(|| vector().powf(0.5)), &[1.0, 2f64.sqrt(), 3f64.sqrt()]));
            /// ```
            #[track_caller]
            pub fn powf(self, exponent: impl IntoValue<E, Kind = super::Scalar>) -> Self {
                Self::from_value(E::binary(Binary::Pow, self.to_value(), exponent.into_value(), Location::caller()))
            }

            /// Returns the same value, through which no derivative flows.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../docs/show.md")]
            /// assert_eq!(show(|| vector().stop_gradient()), [1.0, 2.0, 3.0]);
            /// ```
            #[track_caller]
            pub fn stop_gradient(self) -> Self {
                Self::from_value(E::stop_gradient(self.to_value(), Location::caller()))
            }
        }
    };
    ($handle:ident) => {
        crate::value::real::functions! { $handle:
            /// Returns `e^x`.
            exp = Unary::Exp;
            /// Returns the natural logarithm.
            ln = Unary::Ln;
            /// Returns `ln(1 + x)`, exact near zero.
            ln_1p = Unary::Ln1p;
            /// Returns `e^x - 1`, exact near zero.
            exp_m1 = Unary::ExpM1;
            /// Returns the square root.
            sqrt = Unary::Sqrt;
            /// Returns the square.
            square = Unary::Square;
            /// Returns `1 / x`.
            recip = Unary::Recip;
            /// Returns the hyperbolic tangent.
            tanh = Unary::Tanh;
            /// Returns `1 / (1 + e^-x)`.
            sigmoid = Unary::Sigmoid;
            /// Returns `ln(1 + e^x)`.
            softplus = Unary::Softplus;
            /// Returns the value where it is positive, else zero; the derivative at zero is zero.
            relu = Unary::Relu;
            /// Returns the sine of an angle in radians.
            sin = Unary::Sin;
            /// Returns the cosine of an angle in radians.
            cos = Unary::Cos;
            /// Returns the absolute value; the derivative at zero is zero.
            abs = Unary::Abs;
            /// Returns the natural logarithm of the absolute value of the gamma function.
            ln_gamma = Unary::LnGamma;
            /// Returns the derivative of the logarithm of the gamma function.
            digamma = Unary::Digamma;
            /// Returns the error function.
            erf = Unary::Erf;
            /// Returns the value where it is positive, else `e^x - 1` (the exponential linear unit).
            elu = Unary::Elu;
            /// Returns `x Phi(x)`, where `Phi` is the distribution function of a standard normal number (the Gaussian error
            /// linear unit, exactly).
            gelu = Unary::Gelu;
            /// Returns `x / (1 + e^-x)` (the sigmoid linear unit, or swish).
            silu = Unary::Silu;
        }
    };
}
pub(super) use functions;
functions!(Real);

impl<E: Element> std::iter::Sum for Real<E> {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Real::from(E::zero()), |a, b| a + b)
    }
}

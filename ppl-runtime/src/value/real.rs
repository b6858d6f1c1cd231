//! A differentiable scalar.

use super::{Handle, IntoValue, Tensor, Value, record, record_compared};
use crate::element::Element;
use crate::kernel::math;
use crate::program::retrace::What;
use crate::tape::ops::{Binary, Unary};
use std::ops::{Add, Div, Mul, Neg, Sub};

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

/// Records a function of one number, or computes it for a constant.
#[inline(always)]
#[track_caller]
pub(super) fn unary<E: Element>(x: Value<E>, kind: Unary, fold: impl FnOnce(E) -> E) -> Value<E> {
    match x.as_constant() {
        Some(c) => Value::constant(fold(c)),
        None => {
            let place = std::panic::Location::caller();
            record_compared(What::Unary(kind), place, &[x], |run| {
                let x = run.lift_waiting_at(x, place);
                run.tape.unary(kind, x)
            })
        }
    }
}

/// Records a function of two numbers; with a constant it becomes an affine map where it can.
#[inline(always)]
#[track_caller]
pub(super) fn binary<E: Element>(a: Value<E>, b: Value<E>, kind: Binary) -> Value<E> {
    let place = std::panic::Location::caller();
    match (a.as_constant(), b.as_constant()) {
        (Some(a), Some(b)) => Value::constant(match kind {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Pow => a.powf(b),
        }),
        (None, Some(c)) => {
            let (scale, constant) = match kind {
                Binary::Add => (E::one(), c),
                Binary::Sub => (E::one(), -c),
                Binary::Mul => (c, E::zero()),
                _ => return general(a, b, kind, place),
            };
            affine(a, scale, constant, place)
        }
        (Some(c), None) => match kind {
            Binary::Add => affine(b, E::one(), c, place),
            Binary::Sub => affine(b, -E::one(), c, place),
            Binary::Mul => affine(b, c, E::zero(), place),
            _ => general(a, b, kind, place),
        },
        (None, None) => general(a, b, kind, place),
    }
}

#[inline(always)]
fn affine<E: Element>(
    x: Value<E>,
    scale: E,
    constant: E,
    place: &'static std::panic::Location<'static>,
) -> Value<E> {
    let what = What::Affine(scale.as_f64().to_bits(), constant.as_f64().to_bits());
    record_compared(what, place, &[x], |run| {
        let x = run.lift_waiting_at(x, place);
        let x = run.tape.materialise(x);
        run.tape.affine(x, scale, constant)
    })
}

fn general<E: Element>(
    a: Value<E>,
    b: Value<E>,
    kind: Binary,
    place: &'static std::panic::Location<'static>,
) -> Value<E> {
    record_compared(What::Binary(kind), place, &[a, b], |run| {
        let (a, b) = (run.lift_waiting_at(a, place), run.lift_waiting_at(b, place));
        run.binary(kind, a, b, place)
    })
}

macro_rules! operators {
    ($handle:ident) => {
        operators!($handle, Add, add, Binary::Add);
        operators!($handle, Sub, sub, Binary::Sub);
        operators!($handle, Mul, mul, Binary::Mul);
        operators!($handle, Div, div, Binary::Div);

        impl<E: Element> Neg for $handle<E> {
            type Output = Self;

            #[track_caller]
            fn neg(self) -> Self {
                Self::from_value(binary(Value::constant(E::zero()), self.to_value(), Binary::Sub))
            }
        }
    };
    ($handle:ident, $trait:ident, $method:ident, $kind:expr) => {
        impl<E: Element> $trait for $handle<E> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                Self::from_value(binary(self.to_value(), other.to_value(), $kind))
            }
        }

        impl<E: Element> $trait<f64> for $handle<E> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: f64) -> Self {
                Self::from_value(binary(self.to_value(), Value::constant(E::of(other)), $kind))
            }
        }

        impl<E: Element> $trait<$handle<E>> for f64 {
            type Output = $handle<E>;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: $handle<E>) -> $handle<E> {
                $handle::from_value(binary(Value::constant(E::of(self)), other.to_value(), $kind))
            }
        }
    };
}
pub(super) use operators;
operators!(Real);

macro_rules! mixed {
    ($trait:ident, $method:ident, $kind:expr) => {
        impl<E: Element> $trait<Tensor<E>> for Real<E> {
            type Output = Tensor<E>;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Tensor<E>) -> Tensor<E> {
                Tensor::from_value(binary(self.to_value(), other.to_value(), $kind))
            }
        }

        impl<E: Element> $trait<Real<E>> for Tensor<E> {
            type Output = Tensor<E>;

            #[inline(always)]
            #[track_caller]
            fn $method(self, other: Real<E>) -> Tensor<E> {
                Tensor::from_value(binary(self.to_value(), other.to_value(), $kind))
            }
        }
    };
}
mixed!(Add, add, Binary::Add);
mixed!(Sub, sub, Binary::Sub);
mixed!(Mul, mul, Binary::Mul);
mixed!(Div, div, Binary::Div);

macro_rules! functions {
    ($handle:ident: $($(#[$doc:meta])* $name:ident = $kind:expr, |$x:ident| $fold:expr;)*) => {
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
                    Self::from_value(unary(self.to_value(), $kind, |$x| $fold))
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
                match exponent {
                    1 => self,
                    2 => Self::from_value(unary(self.to_value(), Unary::Square, |x| x * x)),
                    -1 => Self::from_value(unary(self.to_value(), Unary::Recip, |x| x.recip())),
                    _ => Self::from_value(binary(
                        self.to_value(),
                        Value::constant(E::of(f64::from(exponent))),
                        Binary::Pow,
                    )),
                }
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
                Self::from_value(binary(self.to_value(), exponent.into_value(), Binary::Pow))
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
                let place = std::panic::Location::caller();
                match self.to_value().as_constant() {
                    Some(_) => self,
                    None => Self::from_value(record(|run| {
                        let x = run.lift_at(self.to_value(), place);
                        let x = run.tape.materialise(x);
                        run.tape.stop_gradient(x)
                    })),
                }
            }
        }
    };
    ($handle:ident) => {
        crate::value::real::functions! { $handle:
            /// Returns `e^x`.
            exp = Unary::Exp, |x| math::exp(x);
            /// Returns the natural logarithm.
            ln = Unary::Ln, |x| math::ln(x);
            /// Returns `ln(1 + x)`, exact near zero.
            ln_1p = Unary::Ln1p, |x| math::ln_1p(x);
            /// Returns `e^x - 1`, exact near zero.
            exp_m1 = Unary::ExpM1, |x| math::exp_m1(x);
            /// Returns the square root.
            sqrt = Unary::Sqrt, |x| x.sqrt();
            /// Returns the square.
            square = Unary::Square, |x| x * x;
            /// Returns `1 / x`.
            recip = Unary::Recip, |x| x.recip();
            /// Returns the hyperbolic tangent.
            tanh = Unary::Tanh, |x| math::tanh(x);
            /// Returns `1 / (1 + e^-x)`.
            sigmoid = Unary::Sigmoid, |x| math::sigmoid(x);
            /// Returns `ln(1 + e^x)`.
            softplus = Unary::Softplus, |x| math::softplus(x);
            /// Returns the value where it is positive, else zero; the derivative at zero is zero.
            relu = Unary::Relu, |x| if x < E::zero() { E::zero() } else { x };
            /// Returns the sine of an angle in radians.
            sin = Unary::Sin, |x| x.sin();
            /// Returns the cosine of an angle in radians.
            cos = Unary::Cos, |x| x.cos();
            /// Returns the absolute value; the derivative at zero is zero.
            abs = Unary::Abs, |x| x.abs();
            /// Returns the natural logarithm of the absolute value of the gamma function.
            ln_gamma = Unary::LnGamma, |x| math::ln_gamma(x);
            /// Returns the derivative of the logarithm of the gamma function.
            digamma = Unary::Digamma, |x| math::digamma(x);
            /// Returns the error function.
            erf = Unary::Erf, |x| math::erf(x);
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

//! Elementary and special functions of one number, generic over the element.
//!
//! The elementary ones are branch-free, so that a loop over a slice vectorises when it is compiled with the
//! right target features.

mod elementary;

use crate::element::Element;

/// The functions that each element type implements for itself.
///
/// Call them through the free functions of this module: their names would be ambiguous as methods.
#[doc(hidden)]
pub trait Elementary: Copy {
    fn exp(x: Self) -> Self;
    fn ln(x: Self) -> Self;
    fn ln_1p(x: Self) -> Self;
    fn exp_m1(x: Self) -> Self;
    fn tanh(x: Self) -> Self;
    fn ln_gamma(x: Self) -> Self;
    fn digamma(x: Self) -> Self;
    fn trigamma(x: Self) -> Self;
    fn erf(x: Self) -> Self;
    fn erfc(x: Self) -> Self;
}

macro_rules! elementary {
    ($float:ty, $module:ident) => {
        impl Elementary for $float {
            #[inline(always)]
            fn exp(x: Self) -> Self {
                elementary::$module::exp(x)
            }
            #[inline(always)]
            fn ln(x: Self) -> Self {
                elementary::$module::ln(x)
            }
            #[inline(always)]
            fn ln_1p(x: Self) -> Self {
                elementary::$module::ln_1p(x)
            }
            #[inline(always)]
            fn exp_m1(x: Self) -> Self {
                elementary::$module::exp_m1(x)
            }
            #[inline(always)]
            fn tanh(x: Self) -> Self {
                elementary::$module::tanh(x)
            }
            fn ln_gamma(x: Self) -> Self {
                libm::lgamma(f64::from(x)) as $float
            }
            fn digamma(x: Self) -> Self {
                crate::kernel::special::digamma(f64::from(x)) as $float
            }
            fn trigamma(x: Self) -> Self {
                special::Gamma::trigamma(&f64::from(x)) as $float
            }
            fn erf(x: Self) -> Self {
                libm::erf(f64::from(x)) as $float
            }
            fn erfc(x: Self) -> Self {
                libm::erfc(f64::from(x)) as $float
            }
        }
    };
}
elementary!(f32, single);
elementary!(f64, double);

macro_rules! free {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name<E: Element>(x: E) -> E {
            <E as Elementary>::$name(x)
        }
    )*};
}
free! {
    /// Returns `e^x`.
    exp,
    /// Returns the natural logarithm of `x`.
    ln,
    /// Returns `ln(1 + x)` without cancellation near zero.
    ln_1p,
    /// Returns `e^x - 1` without cancellation near zero.
    exp_m1,
    /// Returns the hyperbolic tangent of `x`.
    tanh,
    /// Returns the natural logarithm of `|Gamma(x)|`.
    ln_gamma,
    /// Returns the derivative of `ln Gamma` at `x`.
    digamma,
    /// Returns the second derivative of `ln Gamma` at `x`.
    trigamma,
    /// Returns the error function of `x`.
    erf,
    /// Returns `1 - erf(x)` without cancellation in the upper tail.
    erfc,
}

/// Returns `1 / (1 + e^-x)`, exact in both tails.
#[inline(always)]
pub fn sigmoid<E: Element>(x: E) -> E {
    let e = exp(-x.abs());
    (if x < E::zero() { e } else { E::one() }) / (E::one() + e)
}

/// Returns `ln(1 + e^x)`, exact in both tails.
#[inline(always)]
pub fn softplus<E: Element>(x: E) -> E {
    (if x > E::zero() { x } else { E::zero() }) + ln_1p(exp(-x.abs()))
}

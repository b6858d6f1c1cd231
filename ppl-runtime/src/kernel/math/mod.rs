//! Elementary and special functions of one number, generic over the element.
//!
//! The elementary ones are branch-free, so that a loop over a slice vectorises when it is compiled with the
//! right target features.

mod elementary;

use super::fused::Fused;
use crate::element::Numeric;

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
    ($number:ty, $float:ident, $module:ident, |$x:ident| $inside:expr, $number_of:expr) => {
        impl Elementary for $number {
            #[inline(always)]
            fn exp($x: Self) -> Self {
                $number_of(elementary::$module::exp($inside))
            }
            #[inline(always)]
            fn ln($x: Self) -> Self {
                $number_of(elementary::$module::ln($inside))
            }
            #[inline(always)]
            fn ln_1p($x: Self) -> Self {
                $number_of(elementary::$module::ln_1p($inside))
            }
            #[inline(always)]
            fn exp_m1($x: Self) -> Self {
                $number_of(elementary::$module::exp_m1($inside))
            }
            #[inline(always)]
            fn tanh($x: Self) -> Self {
                $number_of(elementary::$module::tanh($inside))
            }
            fn ln_gamma($x: Self) -> Self {
                $number_of(libm::lgamma(f64::from($inside)) as $float)
            }
            fn digamma($x: Self) -> Self {
                $number_of(crate::kernel::special::digamma(f64::from($inside)) as $float)
            }
            fn trigamma($x: Self) -> Self {
                $number_of(special::Gamma::trigamma(&f64::from($inside)) as $float)
            }
            fn erf($x: Self) -> Self {
                $number_of(libm::erf(f64::from($inside)) as $float)
            }
            fn erfc($x: Self) -> Self {
                $number_of(libm::erfc(f64::from($inside)) as $float)
            }
        }
    };
}
elementary!(f32, f32, single, |x| x, std::convert::identity);
elementary!(f64, f64, double, |x| x, std::convert::identity);
elementary!(Fused<f32>, f32, single_fused, |x| x.0, Fused);
elementary!(Fused<f64>, f64, double_fused, |x| x.0, Fused);

macro_rules! free {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name<E: Numeric>(x: E) -> E {
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

/// Returns a natural number below `2^32` as an integer; anything for other numbers.
///
/// Added to `2^52` it stands in the lowest bits, which costs less than a cast, because that saturates.
#[inline(always)]
pub(crate) fn natural_bits<E: Numeric>(x: E) -> u32 {
    (x.as_f64() + (1_u64 << 52) as f64).to_bits() as u32
}

/// Returns `1 / (1 + e^-x)`, exact in both tails.
#[inline(always)]
pub fn sigmoid<E: Numeric>(x: E) -> E {
    let e = exp(-x.abs());
    (if x < E::zero() { e } else { E::one() }) / (E::one() + e)
}

/// Returns `ln(1 + t)` for `t` between 0 and 1, where it needs half the work of [`ln_1p`].
///
/// `ln(1 + t) = 2 atanh(s)` with `s = t / (2 + t)`; `2 atanh(s) / s` is a polynomial in `s^2 <= 1/9` that interpolates at
/// Chebyshev nodes, with a relative error of 1e-18 (`f32`: 4e-9).
///
/// # Examples
///
/// ```
/// use ppl_runtime::kernel::math::ln_1p_unit;
///
/// assert_eq!(ln_1p_unit(1e-300), 1e-300);
/// assert!((ln_1p_unit(1.0) - 2f64.ln()).abs() < 2e-16);
/// ```
#[inline(always)]
pub fn ln_1p_unit<E: Numeric>(t: E) -> E {
    let s = t / (E::of(2.0) + t);
    let w = s * s;
    let c = |value: f64| E::of(value);
    // low + w * high
    let pair = |low: f64, high: f64| w.multiply_add(c(high), c(low));
    let w2 = w * w;
    if size_of::<E>() == 4 {
        let low = pair(2.0, 0.666_663_216_413_777_7);
        let middle = pair(0.400_245_952_307_047_5, 0.279_651_577_451_972_7);
        return s * w2.multiply_add(w2.multiply_add(c(0.281_577_783_631_090_8), middle), low);
    }
    let w4 = w2 * w2;
    let first = w2.multiply_add(
        pair(0.400_000_000_001_857_5, 0.285_714_285_454_541_1),
        pair(2.0, 0.666_666_666_666_661_5),
    );
    let second = w2.multiply_add(
        pair(0.153_866_140_423_040_1, 0.133_003_740_326_746_2),
        pair(0.222_222_240_807_476_7, 0.181_817_408_325_048),
    );
    let third =
        w2.multiply_add(c(0.170_441_635_627_814), pair(0.121_101_687_280_692_2, 0.083_245_065_118_608_2));
    s * w4.multiply_add(w4.multiply_add(third, second), first)
}

/// Returns `ln(1 + e^x)`, exact in both tails.
#[inline(always)]
pub fn softplus<E: Numeric>(x: E) -> E {
    (if x > E::zero() { x } else { E::zero() }) + ln_1p_unit(exp(-x.abs()))
}

#[cfg(test)]
mod tests {
    use super::natural_bits;

    #[test]
    fn natural_numbers_as_integers() {
        for k in [0, 1, 255, 256, 1 << 23, u32::MAX] {
            assert_eq!(natural_bits(f64::from(k)), k);
        }
        assert_eq!(natural_bits(77_f32), 77);
    }
}

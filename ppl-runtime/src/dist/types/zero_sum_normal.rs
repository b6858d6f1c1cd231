//! The normal distribution over vectors that sum to zero.

use super::parameterised::*;
use crate::estimator::HasPathwise;
use crate::family::zero_sum_normal::ZeroSumNormalFamily;
use crate::value::{Array, Scalar};

/// The normal distribution of a vector of `n` numbers that sum to zero: of independent ones with one standard deviation, `scale`, less
/// their mean.
///
/// # Shapes
///
/// A value is `[n]`; `scale` is a scalar.
///
/// # Units
///
/// `scale` is the standard deviation in every direction that keeps the sum, as in PyMC. That of an element is less:
/// `scale sqrt(1 - 1/n)`.
///
/// # Supports
///
/// [`SumToZero`](crate::support::SumToZero), which lies within no other support: the density is one of the hyperplane, and a guide
/// answers with a `ZeroSumNormal` or a `Delta`. [`ZeroSumNormal::around`] has a place to learn, `param!("loc", .., SumToZero)`.
///
/// # Errors
///
/// `scale` must be positive, and the place of [`ZeroSumNormal::around`] sum to zero. A value that does not has no density, and the
/// message says its sum; half the digits of the number type are rounding.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Structured;
/// use ppl_runtime::family::zero_sum_normal::ZeroSumNormalFamily;
///
/// // The second parameter carries the length.
/// let mut variance = [0.0_f64; 4];
/// ZeroSumNormalFamily::variance_into([&[2.0], &[0.0; 4]], [&[], &[4]], &mut variance);
/// assert_eq!(variance, [3.0; 4]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroSumNormal<E: Element = f64>([Value<E>; 2]);

impl<E: Element> ZeroSumNormal<E> {
    /// Returns the distribution over vectors of length `n`.
    #[track_caller]
    pub fn new(n: usize, scale: impl IntoValue<E, Kind = Scalar>) -> Self {
        ZeroSumNormal([scale.into_value(), Value::constant(E::of(n as f64))])
    }

    /// Returns the distribution around a vector of numbers that sum to zero, over vectors of its length.
    #[track_caller]
    pub fn around(loc: impl IntoValue<E, Kind = Array>, scale: impl IntoValue<E, Kind = Scalar>) -> Self {
        ZeroSumNormal([scale.into_value(), loc.into_value()])
    }
}

impl<E: Element> Declared for ZeroSumNormal<E> {
    type Support = support::SumToZero;
}

impl<E: Element> HasLaw<E> for ZeroSumNormal<E> {
    fn law(&self) -> Law<'_, E> {
        Law::Member(Member::new(E::family::<ZeroSumNormalFamily>(), &self.0))
    }
}

impl<E: Element> Distribution<E> for ZeroSumNormal<E> {
    type Support = support::SumToZero;
    type Value = Tensor<E>;
    type Propriety = Proper;
}

registered!(ZeroSumNormalFamily, |Number| Arrays::<Number>::of_two::<ZeroSumNormalFamily>()
    .of_dimension::<ZeroSumNormalFamily>());

impl<E: Element> HasPathwise for ZeroSumNormal<E> {}

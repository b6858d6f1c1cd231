//! The von Mises-Fisher distribution over directions.

use super::parameterised::*;
use crate::estimator::HasPathwise;
use crate::family::von_mises_fisher::VonMisesFisherFamily;
use crate::value::{Array, Scalar};

/// The von Mises-Fisher distribution of a direction in `D` dimensions, two or more: of a vector of length one, around a mean direction.
///
/// # Shapes
///
/// A value is `[D]`, as the mean direction is; the concentration is a scalar.
///
/// # Units
///
/// `concentration` is none for the uniform distribution over the sphere. A large one is the reciprocal of the variance in each of the
/// `D - 1` directions across the mean. Densities are by area on the sphere; in two dimensions that is the density of the angle, and
/// the distribution is [`VonMises`](super::VonMises).
///
/// # Supports
///
/// [`UnitVector`](crate::support::UnitVector), which lies within no other support: a guide answers with a `VonMisesFisher`, a `Transformed`
/// normal or a `Delta`. A mean direction to learn is `param!("mean", .., UnitVector)`, or `raw / (raw * raw).sum().sqrt()` of an unconstrained vector: without the one
/// point that the former is slow to come near to. A latent direction serves as another one's mean.
///
/// # Errors
///
/// The mean direction must have length one, and the concentration not be negative. A value of another length has no density, and the
/// message says its length; half the digits of the number type are rounding.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Structured;
/// use ppl_runtime::family::von_mises_fisher::VonMisesFisherFamily;
///
/// // The mean vector is shorter than one, the more so the wider the distribution is: by `coth(k) - 1/k` in three dimensions.
/// let mut mean = [0.0_f64; 3];
/// VonMisesFisherFamily::mean_into([&[2.0], &[0.0, 0.6, 0.8]], [&[], &[3]], &mut mean);
/// let length = 1.0 / 2.0_f64.tanh() - 0.5;
/// assert!((mean[1] - 0.6 * length).abs() < 1e-15 && mean[0] == 0.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VonMisesFisher<E: Element = f64>([Value<E>; 2]);

impl<E: Element> VonMisesFisher<E> {
    /// Returns the distribution around a direction, a vector of length one.
    #[track_caller]
    pub fn new(
        mean_direction: impl IntoValue<E, Kind = Array>,
        concentration: impl IntoValue<E, Kind = Scalar>,
    ) -> Self {
        VonMisesFisher([concentration.into_value(), mean_direction.into_value()])
    }

    /// Returns the uniform distribution over the directions in `dimension` dimensions.
    #[track_caller]
    pub fn uniform(dimension: usize) -> Self {
        VonMisesFisher([Value::constant(E::zero()), Value::constant(E::of(dimension as f64))])
    }
}

impl<E: Element> Declared for VonMisesFisher<E> {
    type Support = support::UnitVector;
}

impl<E: Element> HasLaw<E> for VonMisesFisher<E> {
    fn law(&self) -> Law<'_, E> {
        Law::Member(Member::new(E::family::<VonMisesFisherFamily>(), &self.0))
    }
}

impl<E: Element> Distribution<E> for VonMisesFisher<E> {
    type Support = support::UnitVector;
    type Value = Tensor<E>;
    type Propriety = Proper;
}

registered!(VonMisesFisherFamily, |Number| Arrays::<Number>::of_two::<VonMisesFisherFamily>()
    .tagged(Some(Tag::VonMisesFisher))
    .of_dimension::<VonMisesFisherFamily>());

impl<E: Element> HasPathwise for VonMisesFisher<E> {}

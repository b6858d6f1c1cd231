//! Functions between layers.

use crate::element::Element;
use crate::tape::ops::{Binary, Unary};
use crate::value::{Handle, IntoValue, Tensor, Value, record};
use std::panic::Location;

/// A function that a layer applies to each of its numbers.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn::Activation;
///
/// assert_eq!(show(|| Activation::Relu.apply(vector() - 2.0)), [0.0, 0.0, 1.0]);
/// assert_eq!(show(|| Activation::LeakyRelu(0.125).apply(vector() - 2.0)), [-0.125, 0.0, 1.0]);
/// assert_eq!(show(|| Activation::Identity.apply(vector())), [1.0, 2.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// The value itself.
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// The value where it is positive, else zero.
    Relu,
    /// The value where it is positive, else its product with a slope.
    LeakyRelu(f64),
    /// The value where it is positive, else `e^x - 1`.
    Elu,
    /// `x Phi(x)`, where `Phi` is the distribution function of a standard normal number.
    Gelu,
    /// `x / (1 + e^-x)`.
    Silu,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// `ln(1 + e^x)`.
    Softplus,
}

impl Activation {
    /// Returns the function of each element.
    #[track_caller]
    pub fn apply<E: Element>(self, x: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::activated(self, x.into_value(), Location::caller()))
    }

    /// Returns whether about half of its values are zero, or near it.
    pub(super) fn is_rectifier(self) -> bool {
        use Activation::{Elu, Gelu, LeakyRelu, Relu, Silu};
        matches!(self, Relu | LeakyRelu(_) | Elu | Gelu | Silu)
    }
}

/// Records the function of a value.
pub(crate) fn activated<E: Element>(
    activation: Activation,
    x: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let function = match activation {
        Activation::Identity => return x,
        Activation::LeakyRelu(slope) => {
            return record::binary(Binary::Leak, x, Value::constant(E::of(slope)), place);
        }
        Activation::Tanh => Unary::Tanh,
        Activation::Relu => Unary::Relu,
        Activation::Elu => Unary::Elu,
        Activation::Gelu => Unary::Gelu,
        Activation::Silu => Unary::Silu,
        Activation::Sigmoid => Unary::Sigmoid,
        Activation::Softplus => Unary::Softplus,
    };
    record::unary(function, x, place)
}

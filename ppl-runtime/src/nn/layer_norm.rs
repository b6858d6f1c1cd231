//! Values brought to mean zero and variance one.

use super::of_library;
use crate::element::Element;
use crate::init;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::support::RealLine;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::{Binary, Unary};
use crate::value::record::{self, dims};
use crate::value::{Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// Values brought to mean zero and variance one over their last dimension, then scaled and moved.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("norm", nn::layer_norm(3))`.
/// let norm = || module::<f64, _, _>(Name::new("norm"), nn::layer_norm(3));
/// let found = show(|| norm().apply(vector() * 1e3));
/// assert!((found[2] - 1.5_f64.sqrt()).abs() < 1e-9 && found[1].abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm<E: Element = f64> {
    /// By how much each value is scaled, `[size]`.
    pub gain: Tensor<E>,
    /// By how much it is moved then, `[size]`.
    pub shift: Tensor<E>,
    size: usize,
    this: ThisModule,
}

/// What is added to the variance, so that equal values can be divided by its root.
const LEAST_VARIANCE: f64 = 1e-5;

/// Returns a normalisation over a last dimension of this size.
///
/// Its parameters are `gain`, which starts at one, and `shift`, which starts at zero, both `[size]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::layer_norm(3)).contains("ppl::nn::layer_norm"));
/// ```
///
/// # References
///
/// Ba, Kiros and Hinton (2016), [Layer normalization](https://arxiv.org/abs/1607.06450), equation 4. To the variance `1e-5` is added under the root.
pub fn layer_norm<E: Element>(size: usize) -> impl Module<Element = E, Output = LayerNorm<E>> {
    of_library!("layer_norm", move || LayerNorm {
        gain: param(Name::new("gain"), || init::full([size], 1.0), RealLine),
        shift: param(Name::new("shift"), || init::zeros([size]), RealLine),
        size,
        this: ThisModule::here::<E>(),
    })
}

impl<E: Element> LayerNorm<E> {
    /// Returns the normalised values.
    ///
    /// # Shapes
    ///
    /// `[.., size]` gives `[.., size]`.
    ///
    /// # Errors
    ///
    /// Another last dimension is an error of the run, which names the module.
    #[track_caller]
    pub fn apply(&self, x: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::normalised(self, x.into_value(), Location::caller()))
    }
}

/// Records normalised values.
pub(crate) fn normalised<E: Element>(
    norm: &LayerNorm<E>,
    x: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let x = dims::expect(x, norm.this, &[("size", norm.size)], place);
    let centred = record::binary(Binary::Sub, x, mean(x, place), place);
    let variance = mean(record::unary(Unary::Square, centred, place), place);
    let variance = record::binary(Binary::Add, variance, Value::constant(E::of(LEAST_VARIANCE)), place);
    let deviation = record::unary(Unary::Sqrt, variance, place);
    let standard = record::binary(Binary::Div, centred, deviation, place);
    let scaled = record::binary(Binary::Mul, standard, norm.gain.to_value(), place);
    record::binary(Binary::Add, scaled, norm.shift.to_value(), place)
}

/// Records the means over the last dimension, which stays as one of size 1.
fn mean<E: Element>(x: Value<E>, place: &'static Location<'static>) -> Value<E> {
    let shape = record::shape_of(x, place);
    let Some(last) = shape.rank().checked_sub(1) else { return x };
    let mut dims = [1; crate::shape::MAX_RANK];
    for (to, &size) in dims.iter_mut().zip(&shape.dims()[..last]) {
        *to = size as usize;
    }
    let means = record::reduce(x, "layer_norm", Along::Mean, Some(last), place);
    record::reshape(means, &dims[..=last], place)
}

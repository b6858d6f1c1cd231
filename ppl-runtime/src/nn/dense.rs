//! A layer of weighted sums.

use super::of_library;
use crate::element::Element;
use crate::init;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::program::{Init, Module};
use crate::support::RealLine;
use crate::tape::ops::Binary;
use crate::value::record::{self, Product, dims};
use crate::value::{Array, Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// A layer of weighted sums, `x w + b`.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("layer", nn::dense(3, 2))`.
/// let layer = || module::<f64, _, _>(Name::new("layer"), nn::dense_with(3, 2, init::full([3, 2], 0.5)));
/// # use ppl_runtime::init;
/// assert_eq!(show(|| layer().apply(vector())), [3.0, 3.0]);
/// // Dimensions before the last one stay.
/// assert_eq!(show(|| layer().apply(Tensor::stack(&[vector(), vector() * 2.0]))), [3.0, 3.0, 6.0, 6.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dense<E: Element = f64> {
    /// The weights, `[inputs, outputs]`.
    pub w: Tensor<E>,
    /// What is added to the sums, `[outputs]`.
    pub b: Tensor<E>,
    inputs: usize,
    this: ThisModule,
}

/// Returns a layer of weighted sums, whose weights start as [`glorot`](init::glorot) says, with nothing added.
///
/// Its parameters are `w`, `[inputs, outputs]`, and `b`, `[outputs]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::dense(3, 2)).contains("ppl::nn::dense"));
/// ```
pub fn dense<E: Element>(inputs: usize, outputs: usize) -> impl Module<Element = E, Output = Dense<E>> {
    of_library!("dense", move || layer(inputs, outputs, init::glorot([inputs, outputs])))
}

/// Returns a layer of weighted sums, whose weights start at values that are given: an array, or [`init::he`].
///
/// # Errors
///
/// First values of another shape than `[inputs, outputs]` are an error of the run when the layer is applied.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, init, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::dense_with(3, 2, init::he([3, 2]))).contains("ppl::nn::dense_with"));
/// ```
pub fn dense_with<E: Element>(
    inputs: usize,
    outputs: usize,
    weights: impl Init<Kind = Array>,
) -> impl Module<Element = E, Output = Dense<E>> {
    of_library!("dense_with", move || layer(inputs, outputs, weights))
}

fn layer<E: Element>(inputs: usize, outputs: usize, weights: impl Init<Kind = Array>) -> Dense<E> {
    Dense {
        w: param(Name::new("w"), || weights, RealLine),
        b: param(Name::new("b"), || init::zeros([outputs]), RealLine),
        inputs,
        this: ThisModule::here::<E>(),
    }
}

impl<E: Element> Dense<E> {
    /// Returns the weighted sums.
    ///
    /// # Shapes
    ///
    /// `[.., inputs]` gives `[.., outputs]`.
    ///
    /// # Errors
    ///
    /// Another last dimension is an error of the run, which names the module.
    #[track_caller]
    pub fn apply(&self, x: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::apply_dense(self, x.into_value(), Location::caller()))
    }
}

/// Records the weighted sums of a layer.
pub(crate) fn apply_dense<E: Element>(
    layer: &Dense<E>,
    x: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let x = dims::expect(x, layer.this, &[("inputs", layer.inputs)], place);
    let sums = record::product(x, layer.w.to_value(), Product::Matrix, place);
    record::binary(Binary::Add, sums, layer.b.to_value(), place)
}

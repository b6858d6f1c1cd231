//! Layers one after the other.

use super::{Activation, Dense, dense, dense_with, of_library};
use crate::element::Element;
use crate::init;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::module;
use crate::value::{Handle, IntoValue, Tensor};
use std::panic::Location;

/// A multilayer perceptron: weighted sums, with a function between them and none after the last.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn::{self, Activation};
///
/// // A program writes `module!("net", nn::mlp(&[3, 8, 2], Activation::Tanh))`.
/// let net = || module::<f64, _, _>(Name::new("net"), nn::mlp(&[3, 8, 2], Activation::Tanh));
/// assert_eq!(show(|| net().apply(vector())).len(), 2);
/// assert_eq!(show(|| net().apply(vector() * 0.0)), [0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mlp<const WIDTHS: usize, E: Element = f64> {
    /// One less than there are widths; the last place is empty.
    layers: [Option<Dense<E>>; WIDTHS],
    activation: Activation,
}

/// Returns a multilayer perceptron of these widths, from that of its inputs to that of its outputs.
///
/// Its layers are the modules `layer[0]`, `layer[1]` and so on, as [`dense`] makes them; behind a rectifier (`Relu` and its smooth relatives) their weights start
/// as [`he`](init::he) says, else as [`glorot`](init::glorot).
///
/// # Examples
///
/// ```
/// use ppl_runtime::Module;
/// use ppl_runtime::nn::{self, Activation};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::mlp(&[3, 8, 2], Activation::Tanh)).contains("ppl::nn::mlp"));
/// ```
pub fn mlp<const WIDTHS: usize, E: Element>(
    widths: &[usize; WIDTHS],
    activation: Activation,
) -> impl Module<Element = E, Output = Mlp<WIDTHS, E>> {
    let widths = *widths;
    of_library!("mlp", move || {
        let mut layers = [None; WIDTHS];
        for (k, (pair, made)) in widths.windows(2).zip(&mut layers).enumerate() {
            *made = Some(layer(k, [pair[0], pair[1]], activation));
        }
        Mlp { layers, activation }
    })
}

/// Makes one of the layers.
fn layer<E: Element>(k: usize, [inputs, outputs]: [usize; 2], before: Activation) -> Dense<E> {
    let name = Name::new("layer").at(k);
    match k > 0 && before.is_rectifier() {
        true => module(name, dense_with(inputs, outputs, init::he([inputs, outputs]))),
        false => module(name, dense(inputs, outputs)),
    }
}

impl<const WIDTHS: usize, E: Element> Mlp<WIDTHS, E> {
    /// Returns what the network makes of its inputs.
    ///
    /// # Shapes
    ///
    /// `[.., first width]` gives `[.., last width]`.
    ///
    /// # Errors
    ///
    /// Another last dimension is an error of the run, which names the module.
    #[track_caller]
    pub fn apply(&self, x: impl IntoValue<E>) -> Tensor<E> {
        let place = Location::caller();
        let mut value = x.into_value();
        for (k, layer) in self.layers.iter().flatten().enumerate() {
            if k > 0 {
                value = E::activated(self.activation, value, place);
            }
            value = E::apply_dense(layer, value, place);
        }
        Tensor::from_value(value)
    }

    /// Returns the layers.
    pub fn layers(&self) -> impl Iterator<Item = &Dense<E>> {
        self.layers.iter().flatten()
    }
}

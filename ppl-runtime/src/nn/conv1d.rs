//! A convolution along sequences.

use super::of_library;
use crate::element::Element;
use crate::init;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::{Dims, MAX_RANK};
use crate::support::RealLine;
use crate::tape::ops::Binary;
use crate::value::record::{self, Product};
use crate::value::{Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// A convolution along sequences: at each position weighted sums of the vectors in a window.
///
/// Without [padding](Conv1d::causal) a window lies within its sequence, so that there are `dilation (width - 1)` fewer of them than vectors.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("conv", nn::conv1d(1, 4, 2))`.
/// let of = |f: fn(nn::Conv1d) -> Tensor| show(|| f(module(Name::new("conv"), nn::conv1d(1, 4, 2))));
/// fn xs() -> Tensor {
///     Tensor::stack(&[vector(), vector() * 2.0]).reshape(&[6, 1])
/// }
/// // Six numbers have five windows of two, three that are two apart twice, and six where nothing is before the first.
/// assert_eq!(of(|conv| conv.apply(xs())).len(), 5 * 4);
/// assert_eq!(of(|conv| conv.dilated(3).apply(xs())).len(), 3 * 4);
/// assert_eq!(of(|conv| conv.causal().apply(xs())).len(), 6 * 4);
/// // A window whose numbers are twice as large has sums twice as large.
/// let apart = of(|conv| conv.dilated(3).apply(xs()));
/// let sums = of(|conv| conv.apply(Tensor::stack(&[vector().at(0), vector().at(0) * 2.0]).reshape(&[2, 1])));
/// assert!(close(apart[..4].to_vec(), &sums));
/// ```
///
/// # References
///
/// van den Oord et al. (2016), [WaveNet: a generative model for raw audio](https://arxiv.org/abs/1609.03499), section 2.1, on windows that are causal and dilated.
#[derive(Clone, Copy, Debug)]
pub struct Conv1d<E: Element = f64> {
    /// The weights of the vectors in a window, `[width, inputs, outputs]`.
    pub w: Tensor<E>,
    /// What is added to the sums, `[outputs]`.
    pub b: Tensor<E>,
    inputs: usize,
    outputs: usize,
    width: usize,
    dilation: usize,
    padding: Padding,
    this: ThisModule,
}

/// Where zeros stand in for vectors beyond a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Nowhere,
    Before,
    Around,
}

/// Returns a convolution with so many inputs and outputs, whose windows have this width.
///
/// Its parameters are `w`, `[width, inputs, outputs]`, which starts as [`glorot`](init::glorot) says, and `b`, `[outputs]`, which starts at zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::conv1d(3, 5, 2)).contains("ppl::nn::conv1d"));
/// ```
pub fn conv1d<E: Element>(
    inputs: usize,
    outputs: usize,
    width: usize,
) -> impl Module<Element = E, Output = Conv1d<E>> {
    of_library!("conv1d", move || Conv1d {
        w: param(Name::new("w"), || init::glorot([width, inputs, outputs]), RealLine),
        b: param(Name::new("b"), || init::zeros([outputs]), RealLine),
        inputs,
        outputs,
        width,
        dilation: 1,
        padding: Padding::Nowhere,
        this: ThisModule::here::<E>(),
    })
}

impl<E: Element> Conv1d<E> {
    /// Returns the same convolution with windows of vectors that are so far apart.
    pub fn dilated(self, dilation: usize) -> Conv1d<E> {
        Conv1d { dilation, ..self }
    }

    /// Returns the same convolution with zeros before each sequence, so that a position has the window that ends there.
    pub fn causal(self) -> Conv1d<E> {
        Conv1d { padding: Padding::Before, ..self }
    }

    /// Returns the same convolution with zeros on both sides of each sequence, so that a position has the window around it; of windows of even width one more zero is
    /// behind the sequence.
    pub fn centred(self) -> Conv1d<E> {
        Conv1d { padding: Padding::Around, ..self }
    }

    /// Returns the weighted sums of all windows.
    ///
    /// # Shapes
    ///
    /// `[.., steps, inputs]` gives `[.., windows, outputs]`.
    ///
    /// # Errors
    ///
    /// Another last dimension, a sequence that is shorter than a window, and a width or a dilation of zero are errors of the run, which name the module.
    #[track_caller]
    pub fn apply(&self, x: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::convolve(self, x.into_value(), Location::caller()))
    }
}

/// Records the weighted sums of all windows.
pub(crate) fn convolve<E: Element>(
    layer: &Conv1d<E>,
    x: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let &Conv1d { inputs, outputs, width, dilation, padding, this, .. } = layer;
    let refuse = |detail: String| {
        slot::with(|run: &mut Run<E>| run.fail_in_module(this, place, "conv1d", detail));
        record::full(&[1, outputs], f64::NAN, "conv1d", place)
    };
    let shape = record::shape_of(x, place);
    let rank = shape.rank();
    if !(2..MAX_RANK).contains(&rank) || shape.dim(rank - 1) != inputs {
        return refuse(format!("expected inputs of the shape [.., steps, inputs = {inputs}], got {shape}"));
    }
    if width == 0 || dilation == 0 {
        return refuse(format!(
            "expected a width and a dilation of one at least, got {width} and {dilation}"
        ));
    }
    let missing = dilation * (width - 1);
    let [before, behind] = match padding {
        Padding::Nowhere => [0, 0],
        Padding::Before => [missing, 0],
        Padding::Around => [missing / 2, missing - missing / 2],
    };
    let steps = shape.dim(rank - 2) + before + behind;
    if steps <= missing {
        return refuse(format!(
            "expected {} steps at least, as many as a window reaches over, got {shape}",
            missing + 1
        ));
    }
    let x = if missing > 0 && padding != Padding::Nowhere {
        let zeros = |count: usize| {
            let shape = shape.with_dim(rank - 2, count);
            record::full(Dims::of(shape).as_slice(), 0.0, "conv1d", place)
        };
        let parts = [zeros(before), x, zeros(behind)];
        record::join(&mut parts.into_iter(), rank - 2, "conv1d", false, place)
    } else {
        x
    };
    let windows = record::windows(x, rank - 2, [width, dilation], place);
    let shape = shape.with_dim(rank - 2, steps - missing).with_dim(rank - 1, width * inputs);
    let windows = record::reshape(windows, Dims::of(shape).as_slice(), place);
    let weights = record::reshape(layer.w.to_value(), &[width * inputs, outputs], place);
    let sums = record::product(windows, weights, Product::Matrix, place);
    record::binary(Binary::Add, sums, layer.b.to_value(), place)
}

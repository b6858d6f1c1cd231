//! A gated recurrent unit.

use super::of_library;
use super::over::{AnyCell, Cell, RowEnds, States};
use crate::element::Element;
use crate::init;
use crate::kernel::recurrence::CellKind;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::support::RealLine;
use crate::tape::ops::{Binary, Unary};
use crate::value::record::{self, Product, dims};
use crate::value::{Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// A gated recurrent unit: what it remembers goes on from step to step, but for what its gates take away.
///
/// With `s` the logistic function, and the columns of the weights those of the reset gate `r`, the update gate `u` and the candidate `c`, one after the other:
///
/// ```text
/// r  = s(x w_r + b_r + h v_r + a_r)
/// u  = s(x w_u + b_u + h v_u + a_u)
/// c  = tanh(x w_c + b_c + r (h v_c + a_c))
/// h' = u h + (1 - u) c
/// ```
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("cell", nn::gru(3, 5))`.
/// let cell = || module::<f64, _, _>(Name::new("cell"), nn::gru(3, 5));
/// let state = show(|| cell().step(vector(), Tensor::zeros(&[5])));
/// assert!(state.len() == 5 && state.iter().all(|h| h.abs() < 1.0));
/// ```
///
/// # References
///
/// Cho et al. (2014), [Learning phrase representations using RNN encoder-decoder](https://arxiv.org/abs/1406.1078), equations 5 to 8. The reset gate multiplies what the weights make
/// of the state and not the state itself, as implementations have it, so that one product serves all gates.
#[derive(Clone, Copy, Debug)]
pub struct Gru<E: Element = f64> {
    /// The weights of the inputs, `[inputs, 3 size]`.
    pub w: Tensor<E>,
    /// The weights of the state, `[size, 3 size]`.
    pub v: Tensor<E>,
    /// What is added to the weighted inputs, `[3 size]`.
    pub b: Tensor<E>,
    /// What is added to the weighted state, `[3 size]`.
    pub a: Tensor<E>,
    inputs: usize,
    size: usize,
    backwards: bool,
    this: ThisModule,
}

/// Returns a gated recurrent unit with so many inputs and a state of this size.
///
/// Its parameters are `w`, `[inputs, 3 size]`, which starts as [`glorot`](init::glorot) says, `v`, `[size, 3 size]`, whose rows start
/// [`orthogonal`](init::orthogonal), and `b` and `a`, `[3 size]`, which start at zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::gru(3, 5)).contains("ppl::nn::gru"));
/// ```
pub fn gru<E: Element>(inputs: usize, size: usize) -> impl Module<Element = E, Output = Gru<E>> {
    of_library!("gru", move || Gru {
        w: param(Name::new("w"), || init::glorot([inputs, 3 * size]), RealLine),
        v: param(Name::new("v"), || init::orthogonal([size, 3 * size]), RealLine),
        b: param(Name::new("b"), || init::zeros([3 * size]), RealLine),
        a: param(Name::new("a"), || init::zeros([3 * size]), RealLine),
        inputs,
        size,
        backwards: false,
        this: ThisModule::here::<E>(),
    })
}

impl<E: Element> Gru<E> {
    /// Returns the state after an input.
    ///
    /// # Shapes
    ///
    /// An input `[.., inputs]` and a state `[.., size]` give a state `[.., size]`.
    ///
    /// # Errors
    ///
    /// Other last dimensions are an error of the run, which names the module.
    #[track_caller]
    pub fn step(&self, x: impl IntoValue<E>, h: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::step_of_gru(self, x.into_value(), h.into_value(), Location::caller()))
    }

    /// Returns a first state of zeros, `[size]`.
    #[track_caller]
    pub fn zeros(&self) -> Tensor<E> {
        Tensor::zeros(&[self.size])
    }

    /// Returns the same cell, which runs over sequences from their ends to their beginnings.
    pub fn backward(self) -> Gru<E> {
        Gru { backwards: !self.backwards, ..self }
    }

    /// Returns the states over sequences of inputs, as one operation: the inputs' product is taken at once, and the gates of a step are one kernel.
    ///
    /// Inputs after the end of a sequence are not read, whatever they are; the state stays there what it was at the end. A [backward](Gru::backward) cell
    /// begins at the end, and its state is the first one there.
    ///
    /// # Shapes
    ///
    /// Inputs `[.., steps, inputs]`, a first state `[.., size]` and lengths `[..]` give states `[.., steps, size]`. The dimensions before these are broadcast.
    ///
    /// # Errors
    ///
    /// Shapes that do not fit, and a length that is no whole number up to the number of steps, are errors of the run, which name the module.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// use ppl_runtime::nn;
    ///
    /// // A program writes `module!("cell", nn::gru(3, 5))`.
    /// let of = |f: fn(nn::Gru) -> Tensor| show(|| f(module(Name::new("cell"), nn::gru(3, 5))));
    /// fn xs() -> Tensor {
    ///     Tensor::stack(&[vector(), vector() * 0.5])
    /// }
    /// let last = of(|cell| cell.over(xs(), cell.zeros(), nn::every_step()).last());
    /// let by_steps = of(|cell| cell.step(vector() * 0.5, cell.step(vector(), cell.zeros())));
    /// assert!(close(last, &by_steps));
    /// assert_eq!(of(|cell| cell.over(xs(), cell.zeros(), nn::every_step()).states()).len(), 10);
    /// ```
    #[track_caller]
    pub fn over(&self, xs: impl IntoValue<E>, h: impl IntoValue<E>, ends: RowEnds) -> States<Tensor<E>, E> {
        let first = [h.into_value(), Value::constant(E::zero())];
        let [states, last, _] = E::run_over(&self.as_any(), xs.into_value(), first, ends, Location::caller());
        States::of(states, Tensor::from_value(last))
    }

    fn as_any(&self) -> AnyCell<E> {
        AnyCell {
            kind: CellKind::Gru,
            weights: [Some(self.w), Some(self.v), Some(self.b), Some(self.a)],
            inputs: self.inputs,
            size: self.size,
            backwards: self.backwards,
            this: self.this,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Element> Cell for Gru<E> {
    type Element = E;
    type State = Tensor<E>;

    fn turned(self) -> Self {
        self.backward()
    }

    fn first_state(&self) -> Tensor<E> {
        self.zeros()
    }

    #[track_caller]
    fn run(&self, xs: Value<E>, first: Tensor<E>, ends: RowEnds) -> States<Tensor<E>, E> {
        self.over(Tensor::from_value(xs), first, ends)
    }

    fn shown(state: Tensor<E>) -> Tensor<E> {
        state
    }
}

/// Records the state after an input.
pub(crate) fn step_of_gru<E: Element>(
    cell: &Gru<E>,
    x: Value<E>,
    h: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let x = dims::expect(x, cell.this, &[("inputs", cell.inputs)], place);
    let h = dims::expect(h, cell.this, &[("size", cell.size)], place);
    let combine = |kind, a, b| record::binary(kind, a, b, place);
    let weighted = |x, weights: Tensor<E>, more: Tensor<E>| {
        let product = record::product(x, weights.to_value(), Product::Matrix, place);
        combine(Binary::Add, product, more.to_value())
    };
    let (of_x, of_h) = (weighted(x, cell.w, cell.b), weighted(h, cell.v, cell.a));
    // Both gates at once.
    let gates = combine(Binary::Add, part(of_x, 0..2, cell.size, place), part(of_h, 0..2, cell.size, place));
    let gates = record::unary(Unary::Sigmoid, gates, place);
    let (reset, update) = (part(gates, 0..1, cell.size, place), part(gates, 1..2, cell.size, place));
    let kept = combine(Binary::Mul, reset, part(of_h, 2..3, cell.size, place));
    let candidate = combine(Binary::Add, part(of_x, 2..3, cell.size, place), kept);
    let candidate = record::unary(Unary::Tanh, candidate, place);
    let change = combine(Binary::Mul, update, combine(Binary::Sub, h, candidate));
    combine(Binary::Add, candidate, change)
}

/// Records some of the parts of this size that the last dimension has.
pub(super) fn part<E: Element>(
    x: Value<E>,
    parts: std::ops::Range<usize>,
    size: usize,
    place: &'static Location<'static>,
) -> Value<E> {
    let last = record::shape_of(x, place).rank().saturating_sub(1);
    record::slice_along(x, last, parts.start * size..parts.end * size, place)
}

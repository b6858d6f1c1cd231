//! A long short-term memory.

use super::gru::part;
use super::of_library;
use super::over::{AnyCell, Cell, RowEnds, States};
use crate::element::Element;
use crate::init;
use crate::kernel::recurrence::CellKind;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::program::{Init, Module};
use crate::random::Generator;
use crate::support::RealLine;
use crate::tape::ops::{Binary, Unary};
use crate::value::record::{self, Product, dims};
use crate::value::{Array, Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// A long short-term memory: beside its state it has a memory, to which gates add and from which they take away.
///
/// With `s` the logistic function, and the columns of the weights those of the input gate `i`, the forget gate `f`, the candidate `g` and the output gate `o`, one
/// after the other:
///
/// ```text
/// i  = s(x w_i + h v_i + b_i)
/// f  = s(x w_f + h v_f + b_f)
/// g  = tanh(x w_g + h v_g + b_g)
/// o  = s(x w_o + h v_o + b_o)
/// c' = f c + i g
/// h' = o tanh(c')
/// ```
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("cell", nn::lstm(3, 5))`.
/// let of = |f: fn(nn::Lstm) -> Tensor| show(|| f(module(Name::new("cell"), nn::lstm(3, 5))));
/// let state = of(|cell| cell.step(vector(), cell.zeros()).0);
/// assert!(state.len() == 5 && state.iter().all(|h| h.abs() < 1.0));
/// ```
///
/// # References
///
/// Hochreiter and Schmidhuber (1997), [Long short-term memory](https://doi.org/10.1162/neco.1997.9.8.1735), with the forget gate of Gers, Schmidhuber and Cummins (2000), [Learning to
/// forget](https://doi.org/10.1162/089976600300015015), and without connections from the memory to the gates.
#[derive(Clone, Copy, Debug)]
pub struct Lstm<E: Element = f64> {
    /// The weights of the inputs, `[inputs, 4 size]`.
    pub w: Tensor<E>,
    /// The weights of the state, `[size, 4 size]`.
    pub v: Tensor<E>,
    /// What is added to the sum of both, `[4 size]`.
    pub b: Tensor<E>,
    inputs: usize,
    size: usize,
    backwards: bool,
    this: ThisModule,
}

/// Returns a long short-term memory with so many inputs, and a state and a memory of this size.
///
/// Its parameters are `w`, `[inputs, 4 size]`, which starts as [`glorot`](init::glorot) says, `v`, `[size, 4 size]`, whose rows start
/// [`orthogonal`](init::orthogonal), and `b`, `[4 size]`, which starts at one for the forget gate, so that the memory is kept at first, and else at zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::lstm(3, 5)).contains("ppl::nn::lstm"));
/// ```
///
/// # References
///
/// Jozefowicz, Zaremba and Sutskever (2015), [An empirical exploration of recurrent network
/// architectures](https://proceedings.mlr.press/v37/jozefowicz15.html), on the forget gate's first value.
pub fn lstm<E: Element>(inputs: usize, size: usize) -> impl Module<Element = E, Output = Lstm<E>> {
    of_library!("lstm", move || Lstm {
        w: param(Name::new("w"), || init::glorot([inputs, 4 * size]), RealLine),
        v: param(Name::new("v"), || init::orthogonal([size, 4 * size]), RealLine),
        b: param(Name::new("b"), || Remembering { size }, RealLine),
        inputs,
        size,
        backwards: false,
        this: ThisModule::here::<E>(),
    })
}

/// One for the forget gate, and else zero.
#[derive(Clone, Copy, Debug)]
struct Remembering {
    size: usize,
}

impl Init for Remembering {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == [4 * self.size]
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(vec![4 * self.size])
    }

    fn write(&self, _: usize, _: &mut Generator, out: &mut [f64]) {
        for (k, v) in out.iter_mut().enumerate() {
            *v = if (self.size..2 * self.size).contains(&k) { 1.0 } else { 0.0 };
        }
    }
}

impl<E: Element> Lstm<E> {
    /// Returns the state and the memory after an input.
    ///
    /// # Shapes
    ///
    /// An input `[.., inputs]`, a state and a memory `[.., size]` give a state and a memory `[.., size]`.
    ///
    /// # Errors
    ///
    /// Other last dimensions are an error of the run, which names the module.
    #[track_caller]
    pub fn step(
        &self,
        x: impl IntoValue<E>,
        (h, c): (impl IntoValue<E>, impl IntoValue<E>),
    ) -> (Tensor<E>, Tensor<E>) {
        let state = [h.into_value(), c.into_value()];
        let [h, c] = E::step_of_lstm(self, x.into_value(), state, Location::caller());
        (Tensor::from_value(h), Tensor::from_value(c))
    }

    /// Returns a first state and a first memory of zeros, `[size]`.
    #[track_caller]
    pub fn zeros(&self) -> (Tensor<E>, Tensor<E>) {
        let zeros = Tensor::zeros(&[self.size]);
        (zeros, zeros)
    }

    /// Returns the same cell, which runs over sequences from their ends to their beginnings.
    pub fn backward(self) -> Lstm<E> {
        Lstm { backwards: !self.backwards, ..self }
    }

    /// Returns the states over sequences of inputs, as one operation: the inputs' product is taken at once, and the gates of a step are one kernel.
    ///
    /// Inputs after the end of a sequence are not read, whatever they are; the state stays there what it was at the end. A [backward](Lstm::backward) cell
    /// begins at the end, and its state is the first one there.
    ///
    /// # Shapes
    ///
    /// Inputs `[.., steps, inputs]`, a first state and a first memory `[.., size]` and lengths `[..]` give states `[.., steps, size]`. The dimensions before these are
    /// broadcast.
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
    /// // A program writes `module!("cell", nn::lstm(3, 5))`.
    /// let of = |f: fn(nn::Lstm) -> Tensor| show(|| f(module(Name::new("cell"), nn::lstm(3, 5))));
    /// fn xs() -> Tensor {
    ///     Tensor::stack(&[vector(), vector() * 0.5])
    /// }
    /// let memory = of(|cell| cell.over(xs(), cell.zeros(), nn::lengths(1)).last().1);
    /// assert!(close(memory, &of(|cell| cell.step(vector(), cell.zeros()).1)));
    /// // After its end the state is held.
    /// let states = of(|cell| cell.over(xs(), cell.zeros(), nn::lengths(1)).states());
    /// assert_eq!(states[..5], states[5..]);
    /// ```
    #[track_caller]
    pub fn over(
        &self,
        xs: impl IntoValue<E>,
        (h, c): (impl IntoValue<E>, impl IntoValue<E>),
        ends: RowEnds,
    ) -> States<(Tensor<E>, Tensor<E>), E> {
        let first = [h.into_value(), c.into_value()];
        let all = E::run_over(&self.as_any(), xs.into_value(), first, ends, Location::caller());
        States::of(all[0], (Tensor::from_value(all[1]), Tensor::from_value(all[2])))
    }

    fn as_any(&self) -> AnyCell<E> {
        AnyCell {
            kind: CellKind::Lstm,
            weights: [Some(self.w), Some(self.v), Some(self.b), None],
            inputs: self.inputs,
            size: self.size,
            backwards: self.backwards,
            this: self.this,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Element> Cell for Lstm<E> {
    type Element = E;
    type State = (Tensor<E>, Tensor<E>);

    fn turned(self) -> Self {
        self.backward()
    }

    fn first_state(&self) -> Self::State {
        self.zeros()
    }

    #[track_caller]
    fn run(&self, xs: Value<E>, first: Self::State, ends: RowEnds) -> States<Self::State, E> {
        self.over(Tensor::from_value(xs), first, ends)
    }

    fn shown((h, _): Self::State) -> Tensor<E> {
        h
    }
}

/// Records the state and the memory after an input.
pub(crate) fn step_of_lstm<E: Element>(
    cell: &Lstm<E>,
    x: Value<E>,
    state: [Value<E>; 2],
    place: &'static Location<'static>,
) -> [Value<E>; 2] {
    let x = dims::expect(x, cell.this, &[("inputs", cell.inputs)], place);
    let [h, c] = state.map(|state| dims::expect(state, cell.this, &[("size", cell.size)], place));
    let combine = |kind, a, b| record::binary(kind, a, b, place);
    let weighted = |x, weights: Tensor<E>| record::product(x, weights.to_value(), Product::Matrix, place);
    let sums = combine(Binary::Add, weighted(x, cell.w), cell.b.to_value());
    let sums = combine(Binary::Add, sums, weighted(h, cell.v));
    let gate = |k: usize, function| record::unary(function, part(sums, k..k + 1, cell.size, place), place);
    let added = combine(Binary::Mul, gate(0, Unary::Sigmoid), gate(2, Unary::Tanh));
    let memory = combine(Binary::Add, combine(Binary::Mul, gate(1, Unary::Sigmoid), c), added);
    let curved = record::unary(Unary::Tanh, memory, place);
    [combine(Binary::Mul, gate(3, Unary::Sigmoid), curved), memory]
}

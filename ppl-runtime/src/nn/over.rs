//! Recurrent cells over sequences.

use crate::element::Element;
use crate::kernel::recurrence::CellKind;
use crate::program::markov::Lengths;
use crate::program::module::ThisModule;
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::Shape;
use crate::tape::node::NodeId;
use crate::tape::ops::recurrence::RecurrenceOperands;
use crate::tape::walk::Extent;
use crate::value::{Discrete, Handle, Tensor, Value};
use std::panic::Location;

/// Where sequences end, of a cell's inputs or of keys: [`lengths`] or [`every_step`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::nn;
///
/// assert_eq!(format!("{:?}", nn::lengths(3)), "RowEnds(Some(Discrete(3)))");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RowEnds(pub(super) Option<Discrete>);

/// Returns that sequences have so many steps: a plain number, or integers of data, of which each element of the plates has its own.
///
/// # Shapes
///
/// One number, or `[..]` as the dimensions before `[steps, inputs]`.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// let of = |f: fn(nn::Gru) -> Tensor| show(|| f(module(Name::new("cell"), nn::gru(3, 2))));
/// fn xs() -> Tensor {
///     Tensor::stack(&[vector(), vector() * f64::NAN])
/// }
/// // What comes after the end is not read.
/// let last = of(|cell| cell.over(xs(), cell.zeros(), nn::lengths(1)).last());
/// assert!(last.iter().all(|h| h.is_finite()));
/// ```
pub fn lengths(n: impl Lengths) -> RowEnds {
    RowEnds(n.lengths())
}

/// Returns that all sequences have all the steps.
///
/// # Examples
///
/// ```
/// use ppl_runtime::nn;
///
/// assert_eq!(format!("{:?}", nn::every_step()), "RowEnds(None)");
/// ```
pub fn every_step() -> RowEnds {
    RowEnds(None)
}

/// The states of a recurrent cell over sequences.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// let of = |f: fn(nn::Gru) -> Tensor| show(|| f(module(Name::new("cell"), nn::gru(3, 2))));
/// fn xs() -> Tensor {
///     Tensor::stack(&[vector(), vector() * 0.5])
/// }
/// let states = of(|cell| cell.over(xs(), cell.zeros(), nn::every_step()).states());
/// assert_eq!(states[2..], of(|cell| cell.over(xs(), cell.zeros(), nn::every_step()).last()));
/// // A backward cell ends at the first input.
/// let states = of(|cell| cell.backward().over(xs(), cell.zeros(), nn::every_step()).states());
/// assert_eq!(states[..2], of(|cell| cell.backward().over(xs(), cell.zeros(), nn::every_step()).last()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct States<S, E: Element = f64> {
    states: Tensor<E>,
    last: S,
}

impl<S: Copy, E: Element> States<S, E> {
    pub(super) fn of(states: Value<E>, last: S) -> States<S, E> {
        States { states: Tensor::from_value(states), last }
    }

    /// Returns the states after all steps, `[.., steps, size]`.
    pub fn states(&self) -> Tensor<E> {
        self.states
    }

    /// Returns the state after each sequence's last step: what `step` returns.
    ///
    /// # Shapes
    ///
    /// `[.., size]`.
    pub fn last(&self) -> S {
        self.last
    }
}

/// A recurrent cell: [`Gru`](super::Gru) or [`Lstm`](super::Lstm).
///
/// # Examples
///
/// ```
/// use ppl_runtime::nn::{Cell, Gru, Lstm};
///
/// fn is_cell<C: Cell>() -> bool {
///     true
/// }
/// assert!(is_cell::<Gru>() && is_cell::<Lstm>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a recurrent cell",
    label = "expected `nn::gru(..)` or `nn::lstm(..)`",
    note = "a cell of one's own is run by `step` in a loop"
)]
pub trait Cell: Copy {
    /// The number type of its parameters.
    type Element: Element;

    /// A state, as `step` returns it.
    type State: Copy;

    #[doc(hidden)]
    fn turned(self) -> Self;

    #[doc(hidden)]
    fn first_state(&self) -> Self::State;

    #[doc(hidden)]
    #[track_caller]
    fn run(
        &self,
        xs: Value<Self::Element>,
        first: Self::State,
        ends: RowEnds,
    ) -> States<Self::State, Self::Element>;

    /// Returns the part of a state that others see.
    #[doc(hidden)]
    fn shown(state: Self::State) -> Tensor<Self::Element>;
}

/// A recurrent cell as data.
#[derive(Clone, Copy, Debug)]
pub struct AnyCell<E: Element> {
    pub(crate) kind: CellKind,
    /// Those of the inputs and of the state, and what is added to both.
    pub(crate) weights: [Option<Tensor<E>>; 4],
    pub(crate) inputs: usize,
    pub(crate) size: usize,
    pub(crate) backwards: bool,
    pub(crate) this: ThisModule,
}

/// Records a cell's states over sequences: all of them, and the last states and memories.
pub(crate) fn run_over<E: Element>(
    cell: &AnyCell<E>,
    xs: Value<E>,
    first: [Value<E>; 2],
    ends: RowEnds,
    place: &'static Location<'static>,
) -> [Value<E>; 3] {
    slot::with(|run: &mut Run<E>| {
        run.run_cell(cell, xs, first, ends, place).map(|id| Value::of_node(id, &run.tape))
    })
    .unwrap_or_else(|| [Value::orphan(); 3])
}

impl<E: Element> Run<E> {
    fn run_cell(
        &mut self,
        cell: &AnyCell<E>,
        xs: Value<E>,
        first: [Value<E>; 2],
        RowEnds(ends): RowEnds,
        place: &'static Location<'static>,
    ) -> [NodeId; 3] {
        let lift = |run: &mut Run<E>, value: Value<E>| {
            let arg = run.tape.lift(value, place);
            run.tape.materialise(arg)
        };
        let inputs = lift(self, xs);
        let has_memory = cell.kind.states() == 2;
        let states = [lift(self, first[0]), if has_memory { lift(self, first[1]) } else { NodeId::NONE }];
        let mut weights = [NodeId::NONE; 4];
        for (id, weight) in weights.iter_mut().zip(cell.weights) {
            if let Some(weight) = weight {
                *id = lift(self, weight.to_value());
            }
        }
        let lengths = ends.map_or(NodeId::NONE, |n| lift(self, Handle::<E>::to_value(n)));
        let operands = RecurrenceOperands {
            cell: cell.kind,
            backwards: cell.backwards,
            inputs,
            first: states,
            weights,
            lengths,
        };
        let done = match self.misshapen(cell, &operands) {
            Some(detail) => Err(detail),
            None => self.tape.recur(operands).ok_or_else(|| self.unlike_leading(&operands)),
        };
        match done {
            Ok(ids) => {
                let shape = self.tape.node(inputs).shape;
                let steps = shape.dim(shape.rank() - 2);
                let wrong = lengths.is_some().then(|| self.wrong_length(lengths, steps)).flatten();
                if let Some(detail) = wrong {
                    self.fail_in_module(cell.this, place, "over", detail);
                }
                ids
            }
            Err(detail) => {
                self.fail_in_module(cell.this, place, "over", detail);
                let axes = self.tape.node(inputs).axes;
                let [all, last] = [Shape::matrix(1, cell.size), Shape::vector(cell.size)]
                    .map(|shape| self.tape.placeholder(Extent { axes, shape }));
                [all, last, last]
            }
        }
    }
}

//! Two recurrent cells over the same sequences, from both ends.

use super::of_library;
use super::over::{Cell, RowEnds, States};
use crate::element::Element;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::module;
use crate::value::{Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// Two recurrent cells: one runs from the beginning of each sequence to its end, the other from its end to its beginning.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("both", nn::bidirectional(nn::gru(3, 2), nn::lstm(3, 4)))`.
/// type Both = nn::Bidirectional<nn::Gru, nn::Lstm>;
/// let both = || nn::bidirectional(nn::gru(3, 2), nn::lstm(3, 4));
/// let of = |f: fn(Both) -> Tensor| show(|| f(module(Name::new("both"), both())));
/// fn xs() -> Tensor {
///     Tensor::stack(&[vector(), vector() * 0.5])
/// }
/// assert_eq!(of(|cells| cells.over(xs(), cells.zeros(), nn::every_step()).states()).len(), 2 * 6);
/// assert_eq!(of(|cells| cells.over(xs(), cells.zeros(), nn::every_step()).last()).len(), 6);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bidirectional<F, B> {
    /// The cell that begins at the beginning.
    pub forward: F,
    /// The cell that begins at the end.
    pub backward: B,
}

/// Returns two recurrent cells over the same sequences, the modules `forward` and `backward`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::bidirectional(nn::gru(3, 5), nn::gru(3, 5))).contains("ppl::nn::bidirectional"));
/// ```
///
/// # References
///
/// Schuster and Paliwal (1997), [Bidirectional recurrent neural networks](https://doi.org/10.1109/78.650093).
pub fn bidirectional<E, F, B>(
    forward: impl Module<Element = E, Output = F>,
    backward: impl Module<Element = E, Output = B>,
) -> impl Module<Element = E, Output = Bidirectional<F, B>>
where
    E: Element,
    F: Cell<Element = E>,
    B: Cell<Element = E>,
{
    of_library!("bidirectional", move || Bidirectional {
        forward: module(Name::new("forward"), forward),
        backward: module(Name::new("backward"), backward).turned(),
    })
}

impl<E: Element, F: Cell<Element = E>, B: Cell<Element = E>> Bidirectional<F, B> {
    /// Returns first states of zeros of both cells.
    #[track_caller]
    pub fn zeros(&self) -> (F::State, B::State) {
        (self.forward.first_state(), self.backward.first_state())
    }

    /// Returns the states of both cells over sequences of inputs.
    ///
    /// # Shapes
    ///
    /// Inputs `[.., steps, inputs]` and lengths `[..]` give states `[.., steps, size]`, where the size is that of both states together.
    ///
    /// # Errors
    ///
    /// As of [`Gru::over`](super::Gru::over).
    #[track_caller]
    pub fn over(
        &self,
        xs: impl IntoValue<E>,
        (forward, backward): (F::State, B::State),
        ends: RowEnds,
    ) -> BothStates<F, B> {
        let xs = xs.into_value();
        BothStates {
            forward: self.forward.run(xs, forward, ends),
            backward: self.backward.run(xs, backward, ends),
        }
    }
}

/// The states of two recurrent cells over the same sequences.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// type Both = nn::Bidirectional<nn::Gru, nn::Gru>;
/// let both = || nn::bidirectional(nn::gru(3, 2), nn::gru(3, 2));
/// let of = |f: fn(nn::BothStates<nn::Gru, nn::Gru>) -> Tensor| {
///     show(|| {
///         let cells: Both = module(Name::new("both"), both());
///         f(cells.over(Tensor::stack(&[vector(), vector() * 0.5]), cells.zeros(), nn::every_step()))
///     })
/// };
/// // Beside the forward cell's state after the second input stands the backward cell's after the same one.
/// let second = of(|states| states.states().at(1));
/// assert_eq!(second[..2], of(|states| states.forward.last()));
/// assert_eq!(second[2..], of(|states| states.backward.states().at(1)));
/// assert_eq!(of(|states| states.last())[2..], of(|states| states.backward.states().at(0)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BothStates<F: Cell, B: Cell> {
    /// Those of the cell that begins at the beginning.
    pub forward: States<F::State, F::Element>,
    /// Those of the cell that begins at the end.
    pub backward: States<B::State, B::Element>,
}

impl<E: Element, F: Cell<Element = E>, B: Cell<Element = E>> BothStates<F, B> {
    /// Returns the states of both cells beside each other: at each step what has been read up to it, and what has been read from it on.
    ///
    /// # Shapes
    ///
    /// `[.., steps, size]`, the forward cell's numbers first.
    #[track_caller]
    pub fn states(&self) -> Tensor<E> {
        let parts = [self.forward.states(), self.backward.states()].map(Handle::to_value);
        beside(parts, Location::caller())
    }

    /// Returns the last states of both cells beside each other: each has read the whole sequence. Of a long short-term memory the state is meant without its memory.
    ///
    /// # Shapes
    ///
    /// `[.., size]`, the forward cell's numbers first.
    #[track_caller]
    pub fn last(&self) -> Tensor<E> {
        let parts = [F::shown(self.forward.last()), B::shown(self.backward.last())].map(Handle::to_value);
        beside(parts, Location::caller())
    }
}

/// Returns arrays one after the other along their last dimension.
fn beside<E: Element>(parts: [Value<E>; 2], place: &'static Location<'static>) -> Tensor<E> {
    let last = E::shape_of(parts[0], place).rank().saturating_sub(1);
    Tensor::from_value(E::join(&mut parts.into_iter(), last, "bidirectional", false, place))
}

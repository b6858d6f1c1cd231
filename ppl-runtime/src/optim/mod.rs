//! Optimisers: rules that turn gradients into steps of the unconstrained parameters.

use crate::element::Element;
use crate::state::Visitor;

mod blocks;
pub(crate) mod groups;
#[macro_use]
mod options;
mod rows;
mod schedule;

mod adam;
mod adam_w;
mod clipped_adam;
mod rms_prop;
mod sgd;

mod average;
#[cfg(test)]
mod laws;

pub use adam::Adam;
pub use adam_w::AdamW;
pub use average::IterateAverage;
pub use clipped_adam::ClippedAdam;
pub use groups::Group;
pub use rms_prop::RmsProp;
pub use rows::Rows;
pub use schedule::Schedule;
pub use sgd::Sgd;

pub use crate::program::free_bits::FreeBits;
pub use crate::program::weight::Weight;

/// A rule that minimises a loss, one gradient at a time.
///
/// The parameters are one flat vector. An update touches the elements of some disjoint [`Rows`] of it and no others;
/// each of them carries the number of its own updates, so that the rows of a subsampled plate are corrected for their
/// own age. The learning rate follows the number of calls of `update`, which is the session's.
///
/// Laws:
/// - an update of some rows gives them what the same update of a vector of only those elements would;
/// - elements of no row, and their state, stay as they are;
/// - after [`resize`](Optimiser::resize) to the vector's length an update allocates nothing;
/// - the result does not depend on the processor's vector width;
/// - with the state that another one of the same hyper-parameters has shown, it goes on as that one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{Optimiser, Rows, Sgd};
///
/// let mut sgd: Sgd = Sgd::new(0.5);
/// let mut values = [1.0, -2.0];
/// let gradient = [1.0, 4.0];
/// sgd.resize(2);
/// sgd.update(&[Rows::new(0..2, 1)], &gradient, &mut values);
/// assert_eq!(values, [0.5, -4.0]);
/// ```
pub trait Optimiser<E: Element> {
    /// Refuses hyper-parameters that the rule cannot take.
    ///
    /// # Errors
    ///
    /// A sentence with the name, the requirement and the value: `the learning rate must be positive, got -1`.
    fn check(&self) -> Result<(), String>;

    /// Returns the groups of parameters that have learning rates of their own: none by default.
    ///
    /// Rows of an update carry the number of the last group whose pattern their parameter matches. A rule that holds another one
    /// returns the groups of that one; without them the other's groups have no parameters.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Adam, Optimiser};
    ///
    /// let adam: Adam = Adam::new(1e-3).group("baseline/*", 1e-2);
    /// assert_eq!(adam.groups().len(), 1);
    /// assert!(adam.groups()[0].has("baseline/level"));
    /// ```
    fn groups(&self) -> &[Group] {
        &[]
    }

    /// Makes room for `n` parameters; the state of those that were there before stays.
    fn resize(&mut self, n: usize);

    /// Moves the elements of `rows` by one step.
    ///
    /// `gradient` and `values` are the whole vectors. The gradient must be finite (it is a session's task to refuse
    /// any other one before the state is touched).
    ///
    /// # Panics
    ///
    /// If a row lies outside the vectors: a mistake of the caller's program, not of its data.
    fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]);

    /// Shows a visitor everything that a later update depends on but the hyper-parameters, so that a session with this
    /// optimiser can be saved and loaded; see [`Visitor`] for an example.
    ///
    /// In loading, a visit may leave other values in the place of those that it showed. They are those of a saved
    /// optimiser of the same kind, unless somebody made the file by hand.
    ///
    /// # Errors
    ///
    /// If the values are no state that the rule can have. An optimiser without this method refuses to be saved, because
    /// it would lose its state.
    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        let _ = visitor;
        Err("this optimiser does not show its state, so that a session with it can be neither saved nor loaded; give it the \
             method `Optimiser::state`"
            .to_owned())
    }

    /// Returns the rule without its type.
    #[doc(hidden)]
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E>
    where
        Self: Sized,
    {
        self
    }
}

/// Returns a rule of this crate without its type.
pub(crate) fn as_dyn<E: Element, P: Optimiser<E>>(rule: &mut P) -> &mut dyn Optimiser<E> {
    rule
}

//! The contract between a distribution and a run.

use super::law::HasLaw;
use crate::element::Element;
use crate::random::Streams;
use crate::support::Support;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::walk::Extent;
use crate::value::{Handle, Value};
use std::panic::Location;

/// The place of a statement, for errors.
pub type Caller = &'static Location<'static>;

/// A distribution that a program can sample from and observe, in a program of element `E`.
///
/// A distribution whose parameters are arrays is independent over the event shape (elementwise families), or has one
/// value of an event shape that its parameters give (a simplex, a vector, a matrix), or an array of these, independent, where its
/// parameters have more dimensions; either way it has one log-density, summed over the event.
///
/// The trait is sealed: a distribution of one's own is a [`CustomFamily`](crate::family::custom::CustomFamily).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a distribution in a program of `{E}`",
    label = "expected a distribution over `{E}`",
    note = "the distributions are in `ppl::dist`"
)]
pub trait Distribution<E: Element>: HasLaw<E> {
    /// Where its values lie.
    type Support: Support;
    /// The handle of a value.
    type Value: Handle<E>;
    /// Whether the density has a total: [`Proper`] or [`Improper`].
    #[doc(hidden)]
    type Propriety;
    /// Its name in explanations, where that is not the type's.
    #[doc(hidden)]
    const NAMED: Option<&'static str> = None;
}

/// A density with a total, which is one: values can be drawn.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Proper {}

/// A density without a total: no value can be drawn.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Improper {}

/// What a distribution has to be so that a guide can propose values from it.
#[diagnostic::on_unimplemented(
    message = "`Flat` is improper, so that no value can be drawn from it",
    label = "it cannot be drawn from",
    note = "`Flat` is a prior of a model's latent sites; a guide proposes from a distribution with a total, like `Normal`"
)]
#[doc(hidden)]
pub trait CanBeDrawn {}

impl CanBeDrawn for Proper {}

/// What a distribution's parameters reach.
#[derive(Clone, Copy, Debug, Default)]
#[doc(hidden)]
pub struct Operands {
    pub(crate) axes: AxisSet,
    pub(crate) deps: Deps,
    /// Whether a gradient flows to one of them.
    pub(crate) has_gradient: bool,
}

impl Operands {
    pub(crate) fn of<E: Element>(tape: &mut Tape<E>, place: Caller, values: &[Value<E>]) -> Operands {
        let mut operands = Operands::default();
        for value in values {
            let arg = tape.lift_waiting(*value, place);
            operands.axes = operands.axes.union(tape.extent(&arg).axes);
            operands.deps = operands.deps.union(tape.deps(&arg));
            operands.has_gradient |= tape.has_gradient(&arg);
        }
        operands
    }

    pub(crate) fn union(self, other: Operands) -> Operands {
        Operands {
            axes: self.axes.union(other.axes),
            deps: self.deps.union(other.deps),
            has_gradient: self.has_gradient | other.has_gradient,
        }
    }
}

/// What a draw is asked for.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Request {
    pub(crate) streams: Streams,
    pub(crate) extent: Extent,
    pub(crate) pathwise: bool,
    pub(crate) deps: Deps,
}

/// An element that a distribution cannot have, or a parameter that it cannot.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct Trouble {
    /// The position among the axes of the operands and the value, and in the event, flat.
    pub(crate) axes: AxisSet,
    pub(crate) row: usize,
    pub(crate) event: Option<usize>,
    /// Whether the log-density is finite all the same, so that no loss shows it.
    pub(crate) silent: bool,
    pub(crate) fault: Fault,
    pub(crate) detail: String,
}

/// What is at fault at an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Fault {
    /// A parameter that the family does not have.
    Parameter,
    /// A value outside the support.
    Value,
    /// What a user's family gives is no number.
    Answer,
    /// A log-density beyond the number type.
    Density {
        /// Whether it is `-inf`, which may be no fault where other outcomes of a site are possible.
        is_possible: bool,
    },
}

/// What is looked for in the elements of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Wanted {
    /// Parameters outside the family and values outside the support.
    Faults,
    /// Log-densities that overflow where there is no such fault.
    Overflows,
}

//! The contract between a distribution and a run.

use super::form::Form;
use crate::element::Element;
use crate::program::run::Run;
use crate::random::Streams;
use crate::support::Support;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use crate::value::{Handle, Value};
use std::panic::Location;

/// The place of a statement, for errors.
pub type Caller = &'static Location<'static>;

/// A distribution that a program can sample from and observe, in a program of element `E`.
///
/// A distribution whose parameters are arrays is independent over the event shape (elementwise families), or has one
/// value of an event shape that its parameters give (a simplex, a vector, a matrix); either way it has one log-density,
/// summed over the event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a distribution in a program of `{E}`",
    label = "expected a distribution over `{E}`",
    note = "the distributions are in `ppl::dist`"
)]
pub trait Distribution<E: Element> {
    /// Where its values lie.
    type Support: Support;
    /// The handle of a value.
    type Value: Handle<E>;
    /// Whether draws can be differentiated by the parameters.
    const PATHWISE: bool;
    /// Whether it is independent over the elements of an array, so that scalar parameters fit data of any shape.
    const ELEMENTWISE: bool;

    /// Returns the dependencies of those parameters that move a jump of the density of a latent (or observed) value.
    ///
    /// A pathwise gradient does not see the jump, so these parameters may not depend on a pathwise site.
    #[doc(hidden)]
    #[inline(always)]
    fn jump_deps(&self, run: &mut Run<E>, place: Caller, observed: bool) -> Deps {
        let _ = (run, place, observed);
        Deps::NONE
    }

    /// Returns the parameters, if its statements can be compared by them with those of another run.
    #[doc(hidden)]
    #[inline(always)]
    fn compared_by(&self) -> Option<&[Value<E>]> {
        None
    }

    /// Returns the axes and dependencies of the parameters.
    #[doc(hidden)]
    fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands;

    /// Returns the event shape of a value.
    ///
    /// # Errors
    ///
    /// A sentence with the shapes that do not fit.
    #[doc(hidden)]
    fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String>;

    /// Returns the operands and the event shape in one pass.
    #[doc(hidden)]
    #[inline]
    fn describe(&self, run: &mut Run<E>, place: Caller) -> (Operands, Result<Shape, String>) {
        (self.operands(run, place), self.event_shape(run, place))
    }

    /// Records a draw.
    #[doc(hidden)]
    fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId;

    /// Records the log-density of a value, summed over its event.
    #[doc(hidden)]
    fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId;

    /// Returns the family and its operands, where closed divergences are known.
    #[doc(hidden)]
    fn form(&self, run: &mut Run<E>, place: Caller) -> Option<Form<E>> {
        let _ = (run, place);
        None
    }

    /// Returns the number `n` of values, if they are the integers `0..n`, or why these values cannot be listed.
    #[doc(hidden)]
    fn listed(&self, run: &mut Run<E>, place: Caller) -> Option<Result<usize, String>> {
        let _ = (run, place);
        None
    }

    /// Records the log-probability of each of `outcomes`, which lie along `axis`.
    #[doc(hidden)]
    fn log_probabilities(&self, run: &mut Run<E>, place: Caller, outcomes: NodeId, axis: Axis) -> NodeId {
        let _ = axis;
        self.log_density(run, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
    }

    /// Finds the first element whose parameters are outside the family, or whose value is outside the support.
    #[doc(hidden)]
    fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble>;
}

/// What a distribution's parameters reach.
#[derive(Clone, Copy, Debug, Default)]
#[doc(hidden)]
pub struct Operands {
    pub(crate) axes: AxisSet,
    pub(crate) deps: Deps,
}

impl Operands {
    pub(crate) fn of<E: Element>(run: &mut Run<E>, place: Caller, values: &[Value<E>]) -> Operands {
        let mut operands = Operands::default();
        for value in values {
            let arg = run.lift_waiting_at(*value, place);
            operands.axes = operands.axes.union(run.tape.extent(&arg).axes);
            operands.deps = operands.deps.union(run.tape.deps(&arg));
        }
        operands
    }

    pub(crate) fn union(self, other: Operands) -> Operands {
        Operands { axes: self.axes.union(other.axes), deps: self.deps.union(other.deps) }
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
    pub(crate) detail: String,
}

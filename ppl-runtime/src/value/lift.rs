//! Operands of handles: what a program holds becomes what an operation takes.

use super::Value;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::Tape;
use crate::tape::node::Arg;
use std::panic::Location;

impl<E: Element> Tape<E> {
    /// Returns the operand of a handle, reported at `place` if it belongs to another run.
    #[inline(always)]
    pub(crate) fn lift(&mut self, value: Value<E>, place: &'static Location<'static>) -> Arg<E> {
        let arg = self.lift_waiting(value, place);
        self.compute_waiting(arg.id);
        arg
    }

    /// Returns the operand of a handle, which may wait to be computed: its extent and its dependencies are known, its elements are
    /// not.
    #[inline(always)]
    pub(crate) fn lift_waiting(&mut self, value: Value<E>, place: &'static Location<'static>) -> Arg<E> {
        let arg = value.arg();
        if arg.id.is_some() {
            if value.generation() != self.generation {
                self.stale(place);
                return Arg::constant(E::nan());
            }
            if self.lifts_constants {
                self.compute_waiting(arg.id);
                return Arg { id: self.stop_gradient(arg.id), value: arg.value };
            }
        }
        arg
    }

    #[cold]
    pub(crate) fn stale(&mut self, place: &'static Location<'static>) {
        let detail = "a value is used after the run that it belongs to".to_owned();
        self.fail(Error::Scope { place: Place(place), detail });
    }
}

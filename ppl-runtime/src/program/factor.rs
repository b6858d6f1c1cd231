//! Factors: log-weights that a model states itself.

use super::address::{Name, Subject};
use super::notes::Described;
use super::pass::{Latents, Observations};
use super::retrace::{Statement, What};
use super::run::Run;
use super::slot;
use super::trace::Part;
use crate::dist::Operands;
use crate::element::Element;
use crate::error::Place;
use crate::tape::node::NodeId;
use crate::value::{IntoValue, Real, Value};
use std::panic::Location;

/// What may be the log-weight of a factor in a program of element `E`: one number, in every plate around it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Real, program::factor::LogWeight};
///
/// fn is_log_weight<W: LogWeight<f64>>(_: W) -> bool {
///     true
/// }
/// assert!(is_log_weight(-0.5) && is_log_weight(Real::<f64>::from(0.3).ln()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no log-weight",
    label = "a log-weight is one real number",
    note = "a factor has one number, and one for each element of the plates around it; sum an array, or write the factor in a plate"
)]
pub trait LogWeight<E: Element> {
    #[doc(hidden)]
    fn log_weight(self) -> Value<E>;
}

impl<E: Element> LogWeight<E> for f64 {
    fn log_weight(self) -> Value<E> {
        self.into_value()
    }
}

#[cfg(feature = "f32")]
impl LogWeight<f32> for f32 {
    fn log_weight(self) -> Value<f32> {
        self.into_value()
    }
}

impl<E: Element> LogWeight<E> for Real<E> {
    fn log_weight(self) -> Value<E> {
        self.into_value()
    }
}

/// Adds a log-weight to the log joint: the body of `factor!`.
#[doc(hidden)]
#[track_caller]
pub fn factor<E: Element, W: LogWeight<E>>(name: Name, weight: W) {
    E::take_factor(name, weight.log_weight(), Location::caller());
}

/// Takes the statement in the run in progress, if there is one.
pub(crate) fn take<E: Element>(name: Name, weight: Value<E>, place: &'static Location<'static>) {
    slot::with_compared(|run: &mut Run<E>| {
        let statement = Statement::new(What::factor(), place, &[]).of(weight).named(name);
        if run.follow(&statement).is_none() {
            let mark = run.mark_noted();
            run.factor(name, weight, Place(place));
            run.note(statement, mark, NodeId::NONE.0);
        }
    });
}

impl<E: Element> Run<E> {
    #[inline(never)]
    fn factor(&mut self, name: Name, weight: Value<E>, place: Place) {
        let site = self.session.addresses.resolve(Subject::Observation, name);
        let weight = self.tape.lift(weight, place.0);
        let extent = self.tape.extent(&weight);
        if !self.is_in_reach(Subject::Observation, site, ("the log-weight", extent.axes), place) {
            return;
        }
        if self.pass.is_explained() {
            self.trace.notes.described = Described::factor();
            let operands = Operands { axes: extent.axes, deps: self.tape.deps(&weight) };
            self.note_statement(Subject::Observation, site, (extent.shape, operands), place);
        }
        if self.pass.observations == Observations::Simulated {
            // Given the values of the guide, data do not depend on a factor; what a model draws by itself does.
            if self.pass.latents == Latents::Drawn {
                let detail = "is a factor, so that draws of the model's own sites one after another are no draws \
                              from the model; fit a guide, and draw from that";
                self.fail_at(Subject::Observation, site, place, detail.to_owned());
            }
            return;
        }
        if self.pass.has_terms() {
            let weight = self.tape.materialise(weight);
            // A node of its own: what is noted of the term is not true of the value.
            let term = self.tape.affine(weight, E::one(), E::zero());
            self.add_term(term, Part::Factor, site, extent.axes, place);
        }
    }
}

//! Terms that a program states itself: the log-weights of factors, and penalties.

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
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId};
use crate::value::{IntoValue, Real, Value};
use std::panic::Location;

/// What may be a factor or a penalty in a program of element `E`: one number, in every plate around it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one real number",
    label = "a factor or a penalty is one real number",
    note = "it is one number for each element of the plates around it; sum an array, or write the statement in a plate"
)]
pub trait OneNumber<E: Element> {
    #[doc(hidden)]
    fn number(self) -> Value<E>;
}

impl<E: Element> OneNumber<E> for f64 {
    fn number(self) -> Value<E> {
        self.into_value()
    }
}

#[cfg(feature = "f32")]
impl OneNumber<f32> for f32 {
    fn number(self) -> Value<f32> {
        self.into_value()
    }
}

impl<E: Element> OneNumber<E> for Real<E> {
    fn number(self) -> Value<E> {
        self.into_value()
    }
}

/// Adds a log-weight to the log joint: the body of `factor!`.
#[doc(hidden)]
#[track_caller]
pub fn factor<E: Element, W: OneNumber<E>>(name: Name, log_weight: W) {
    E::take_factor(name, log_weight.number(), Location::caller());
}

/// Adds to what is minimised: the body of `penalty!`.
#[doc(hidden)]
#[track_caller]
pub fn penalty<E: Element, W: OneNumber<E>>(name: Name, value: W) {
    E::take_penalty(name, value.number(), Location::caller());
}

/// Takes the statement of a factor in the run in progress, if there is one.
pub(crate) fn take_factor<E: Element>(name: Name, log_weight: Value<E>, place: &'static Location<'static>) {
    take(Part::Factor, name, log_weight, place);
}

/// Takes the statement of a penalty in the run in progress, if there is one.
pub(crate) fn take_penalty<E: Element>(name: Name, value: Value<E>, place: &'static Location<'static>) {
    take(Part::Penalty, name, value, place);
}

fn take<E: Element>(part: Part, name: Name, value: Value<E>, place: &'static Location<'static>) {
    slot::with_compared(|run: &mut Run<E>| {
        let statement = Statement::new(What::stated(part), place, &[]).of(value).named(name);
        if run.follow(&statement).is_none() {
            let mark = run.mark_noted();
            match part {
                Part::Penalty => run.penalty(name, value, Place(place)),
                _ => run.factor(name, value, Place(place)),
            }
            run.note(statement, mark, NodeId::NONE.0);
        }
    });
}

impl<E: Element> Run<E> {
    #[inline(never)]
    fn factor(&mut self, name: Name, log_weight: Value<E>, place: Place) {
        let number = self.session.addresses.resolve(Subject::Observation, name);
        let weight = self.tape.lift(log_weight, place.0);
        let extent = self.tape.extent(&weight);
        if !self.is_in_reach(Subject::Observation, number, ("the log-weight", extent.axes), place) {
            return;
        }
        if self.pass.is_explained() {
            self.trace.notes.described = Described::factor();
            let operands =
                Operands { axes: extent.axes, deps: self.tape.deps(&weight), ..Operands::default() };
            self.note_statement(Subject::Observation, number, (extent.shape, operands), place);
        }
        if self.pass.observations == Observations::Simulated {
            // Given the values of the guide, data do not depend on a factor; what a model draws by itself does.
            if self.pass.latents == Latents::Drawn {
                let detail = "is a factor, so that draws of the model's own sites one after another are no draws \
                              from the model; fit a guide, and draw from that";
                self.fail_at(Subject::Observation, number, place, detail.to_owned());
            } else if !self.session.unweighed.contains(&number) {
                self.session.unweighed.push(number);
            }
            return;
        }
        if self.pass.has_terms() {
            self.add_stated(weight, Part::Factor, number, extent.axes, place);
        }
    }

    /// Says of each factor that predictions have passed over that they did.
    pub(crate) fn notes_of_factors(&self) -> Vec<String> {
        let note = |&number: &u32| {
            let name = self.session.addresses.text(Subject::Observation, number);
            format!(
                "`{name}` is a factor of the model, by which these predictions from the guide's draws are not weighed"
            )
        };
        self.session.unweighed.iter().map(note).collect()
    }

    #[inline(never)]
    fn penalty(&mut self, name: Name, value: Value<E>, place: Place) {
        let number = self.session.addresses.resolve(Subject::Penalty, name);
        let penalty = self.tape.lift(value, place.0);
        let extent = self.tape.extent(&penalty);
        let axes = extent.axes;
        if !self.is_in_reach(Subject::Penalty, number, ("the penalty", axes), place) {
            return;
        }
        if self.pass.is_explained() {
            self.trace.notes.described = Described::penalty();
            let operands = Operands { axes, deps: self.tape.deps(&penalty), ..Operands::default() };
            self.note_statement(Subject::Penalty, number, (extent.shape, operands), place);
        }
        if let Some(axis) = axes.intersection(self.trace.summed()).innermost() {
            let site = self.trace.enumerated(axis).map_or("", |e| self.session.site_name(e.site));
            let detail = format!(
                "is a penalty that depends on `{site}`, which the model sums out: what is minimised is no average over its values; \
                 let it depend on `{site}` in a `factor!`, or propose `{site}` in the guide"
            );
            return self.fail_at(Subject::Penalty, number, place, detail);
        }
        if self.pass.penalised && self.pass.has_terms() {
            self.add_stated(penalty, Part::Penalty, number, axes, place);
        }
    }

    /// Adds a stated number as a term.
    fn add_stated(&mut self, number: Arg<E>, part: Part, site: u32, axes: AxisSet, place: Place) {
        let stated = self.tape.materialise(number);
        // A node of its own: what is noted of the term is not true of the value.
        let term = self.tape.affine(stated, E::one(), E::zero());
        self.add_term(term, part, site, axes, place);
    }
}

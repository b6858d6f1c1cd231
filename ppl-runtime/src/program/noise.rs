//! Noise: random numbers that are no sites.

use super::address::{Name, Subject};
use super::notes::Described;
use super::pass::{Latents, Noise};
use super::run::Run;
use super::slot;
use super::trace::{Entry, Proposal};
use crate::dist::law::Law;
use crate::dist::{CanBeDrawn, Distribution, Request};
use crate::element::Element;
use crate::error::Place;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::walk::Extent;
use crate::value::{Handle, Value};
use std::panic::Location;

/// A statement about noise, without types.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct NoiseStatement<'a, E: Element> {
    name: Name,
    law: Law<'a, E>,
    /// Every element's value where nothing is learnt.
    evaluation: Option<f64>,
    place: Place,
    described: fn() -> Described,
}

/// Draws a random number that is no site: the body of `noise!`.
#[doc(hidden)]
#[track_caller]
pub fn noise<E, D>(name: Name, dist: D, evaluation: Option<f64>) -> D::Value
where
    E: Element,
    D: Distribution<E>,
    D::Propriety: CanBeDrawn,
{
    let statement = NoiseStatement::of(name, &dist, evaluation, Place(Location::caller()));
    Handle::from_value(E::take_noise(&statement))
}

impl<'a, E: Element> NoiseStatement<'a, E> {
    /// Returns the statement about a distribution.
    pub(crate) fn of<D: Distribution<E>>(
        name: Name,
        dist: &'a D,
        evaluation: Option<f64>,
        place: Place,
    ) -> Self {
        NoiseStatement { name, law: dist.law(), evaluation, place, described: || Described::of::<E, D>(None) }
    }

    /// Takes the statement in the run in progress; returns an orphan where none runs.
    pub(crate) fn take(&self) -> Value<E> {
        let value = slot::with(|run: &mut Run<E>| {
            let law = self.law.with_all_digits(&mut run.tape, self.place.0);
            let id = run.noise(&NoiseStatement { law, ..*self });
            Value::of_node(id, &run.tape)
        });
        value.unwrap_or_else(Value::orphan)
    }
}

impl<E: Element> Run<E> {
    fn noise(&mut self, statement: &NoiseStatement<'_, E>) -> NodeId {
        let &NoiseStatement { name, ref law, evaluation, place, described } = statement;
        let site = self.session.addresses.resolve(Subject::Site, name);
        if self.trace.entry(site).stamp == self.tape.recording {
            let detail = "is drawn twice in this run; give it an index, or another name in the other program";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
        }
        let operands = law.operands(&mut self.tape, place.0);
        if !self.is_in_reach(Subject::Site, site, ("a parameter", operands.axes), place) {
            return self.undrawable(site, place);
        }
        let shape = match law.event_shape(&mut self.tape, place.0) {
            Ok(shape) => shape,
            Err(detail) => {
                self.fail_at(Subject::Site, site, place, detail);
                return self.undrawable(site, place);
            }
        };
        if self.pass.is_explained() {
            self.trace.notes.described = described();
            self.note_statement(Subject::Site, site, (shape, operands), place);
        }
        if let (Some(value), false) = (evaluation, self.pass.noise == Noise::Drawn) {
            let extent = Extent { axes: AxisSet::EMPTY, shape };
            return self.tape.leaf(extent, Deps::NONE, |out| out.fill(E::of(value)));
        }
        if self.pass.latents == Latents::Given || self.pass.noise == Noise::Refused {
            let detail = "is noise, and what is asked for has none; say its value there: `evaluation(0.0)`";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
            return self.undrawable(site, place);
        }
        if operands.has_gradient && !law.is_pathwise() {
            let detail = "is noise whose parameters are learnt, but its draws are no differentiable function of them, so that \
                          their gradient would be missing; make it a site of the guide";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
        }
        let bit = Deps::bit(site as usize);
        let axes = self.scope.axes.union(operands.axes.intersection(AxisSet::OUTCOMES));
        self.tape.place_site(axes, bit);
        let deps = self.deps_of_draw(bit, operands.deps);
        let hash = self.session.addresses.entry(Subject::Site, site).hash;
        let (extent, pathwise) = (Extent { axes, shape }, law.is_pathwise());
        if let Some(instead) = self.tape.refuse_large(extent) {
            return instead;
        }
        let request = Request { streams: self.streams(hash), extent, pathwise, deps };
        let value = law.draw(&mut self.tape, place.0, request);
        self.diagnose(Subject::Site, site, law, Arg { id: value, value: E::zero() }, place);
        let (stamp, axes, scale) = (self.tape.recording, self.scope.axes, self.scope.scale);
        let proposal = Proposal::Noise;
        *self.trace.entry(site) =
            Entry { stamp, value, proposal, answered: true, axes, scale, place: Some(place), ..Entry::EMPTY };
        self.trace.noises.push(site);
        value
    }
}

//! Concrete sites: their values are plain numbers, on which a program may branch.
//!
//! A program with such a site takes a way of its own for each particle, so that each is run apart. What a statement does
//! after a concrete site depends on it, whether a handle shows it or not; so every later draw and term is marked as
//! crossed-dependent on the sites that *control* the program. In the model these are the sites that it reads itself: what
//! the guide did is seen through the values that it proposed, which carry the guide's own control.

use super::address::Subject;
use super::pass::Coverage;
use super::run::Run;
use super::session::Session;
use super::site::{PlainReading, PlainValue};
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::Place;
use crate::random::{Key, Streams, mix};
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId};

impl<E: Element> Run<E> {
    /// Returns the random streams of a site or observation with this hash, for the particle in progress.
    pub(crate) fn streams(&self, hash: u64) -> Streams {
        // Particles that share a recording lie along an axis; those run apart differ by their key.
        let streams = self
            .session
            .key()
            .of_particle(self.session.apart.particle)
            .streams(hash)
            .starting_at(self.session.occasion.particle);
        match self.pass.coverage {
            Coverage::ByElement(block) => {
                streams.by_element(block.and_then(|block| self.visited_rows(block)))
            }
            _ => streams,
        }
    }

    /// Returns the plain value of a site, on which the program depends from here on.
    pub(super) fn make_plain(
        &mut self,
        site: u32,
        value: NodeId,
        law: &Law<'_, E>,
        reading: PlainReading,
        place: Place,
    ) -> PlainValue {
        self.session.apart.needed = true;
        let goes_too_far = self.count_concrete(site, place);
        let coin = mix(self.trace.concrete_sites as u64) & 1 == 1;
        if goes_too_far {
            // What the distributions would give may be what keeps the program going.
            return PlainValue::Arbitrary(coin);
        }
        if let Some(detail) = self.refuse_plain(value) {
            self.fail_at(Subject::Site, site, place, detail);
        }
        self.scope.control |= self.tape.node(value).deps.all();
        if self.pass.is_explained() {
            self.note_concrete(site);
        }
        let number = self.tape.value(value).first().map_or(f64::NAN, |v| v.as_f64());
        if (reading.accepts)(number) {
            return PlainValue::Number(number);
        }
        if self.tape.error.is_none() {
            // Parameters that are not numbers are the likeliest cause, and are named first.
            let value = Arg { id: value, value: E::zero() };
            self.report_trouble(Subject::Site, site, law, value, place, false);
            let detail = format!("the value is {number}, expected {}", (reading.expected)());
            self.fail_at(Subject::Site, site, place, detail);
        }
        PlainValue::Arbitrary(coin)
    }

    /// Says why a value cannot be read as one number, if it cannot.
    fn refuse_plain(&self, value: NodeId) -> Option<String> {
        let node = self.tape.node(value);
        if node.shape.rank() != 0 {
            return Some(format!("has the shape {}; a `concrete` site is one number", node.shape));
        }
        let plates = node.axes.union(self.scope.axes).intersection(AxisSet::PLATES);
        if !plates.is_empty() {
            return Some(format!(
                "has a value for each element of the {}; a `concrete` site is one number",
                self.plate_names(plates)
            ));
        }
        if let Some(axis) = node.axes.intersection(AxisSet::OUTCOMES).innermost() {
            return Some(match self.trace.enumerated(axis) {
                Some(own) if own.outcomes == value => {
                    "the guide tries every value of this site in one run; make it `concrete` there too"
                        .to_owned()
                }
                _ => self.depends_on_outcomes(axis),
            });
        }
        if node.has_gradient() && self.pass.has_terms() {
            let detail = "the model may branch on the value, which the guide differentiates through its draw; make the \
                          guide's site `concrete`, or give it the estimator `Score`";
            return Some(detail.to_owned());
        }
        None
    }
}

impl<E: Element> Session<E> {
    /// Returns what the random streams of this run are made from.
    pub(crate) fn key(&self) -> Key {
        Key::new(self.seed, self.occasion)
    }
}

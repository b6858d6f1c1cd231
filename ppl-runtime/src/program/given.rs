//! Sites that are known here and there: `given(..)` in a model and in its guide.
//!
//! Of the elements that have a label nothing is proposed: both programs leave them out of the site as a mask does, and the model
//! observes their labels instead. The value of the site is the label where there is one, else the draw.

use super::address::Subject;
use super::pass::{Latents, Observations};
use super::run::Run;
use super::site::{Role, SiteStatement};
use crate::element::Element;
use crate::error::Place;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::value::Value;

/// What becomes of the labels of the site in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Labelling {
    /// It has none.
    None,
    /// The guide has put them in.
    ByGuide,
    /// A handler gave the value, into which they are still to be put.
    OfHandler,
    /// A handler set the site to a value everywhere.
    Overruled,
}

impl Labelling {
    /// Says that a handler gives the value.
    pub(super) fn take_from_handler(&mut self) {
        if *self == Labelling::ByGuide {
            *self = Labelling::OfHandler;
        }
    }
}

/// The labels of a site on the tape, where what is missing is no number, and which of them are there.
#[derive(Clone, Copy)]
struct Labels {
    values: NodeId,
    known: NodeId,
    missing: NodeId,
}

impl<E: Element> Run<E> {
    /// Draws or meets a site some of whose elements are known.
    pub(super) fn site_with_labels(&mut self, statement: &SiteStatement<'_, E>, label: Value<E>) -> NodeId {
        // A simulation draws every element.
        if matches!(self.pass.latents, Latents::Drawn | Latents::Dreamt) {
            return self.whole_site(statement);
        }
        let &SiteStatement { name, place, .. } = statement;
        let site = self.session.addresses.resolve(Subject::Site, name);
        let Some(labels) = self.read_labels(site, label, place) else {
            return self.undrawable(site, place);
        };
        self.push_mask(labels.missing);
        self.scope.labelling = Labelling::ByGuide;
        let drawn = self.whole_site(statement);
        let labelling = std::mem::replace(&mut self.scope.labelling, Labelling::None);
        self.scope.masks.pop();
        if labelling == Labelling::Overruled || self.tape.error.is_some() {
            return drawn;
        }
        match statement.role {
            Role::Model => {
                let value = match labelling {
                    Labelling::OfHandler => self.put_labels(site, drawn, &labels, place),
                    // A guide that leaves the site to the library has the labels of the model.
                    _ if self.leaves_sites().is_some() && self.trace.entry(site).labels.is_none() => {
                        self.put_labels(site, drawn, &labels, place)
                    }
                    _ => self.meet_labels(site, drawn, &labels, place),
                };
                self.observe_labels(statement, &labels);
                value
            }
            Role::Guide | Role::Auxiliary => {
                let value = self.put_labels(site, drawn, &labels, place);
                self.trace.entry(site).labels = Some(labels.values);
                value
            }
        }
    }

    /// Returns the labels, which are data of the plates around the statement.
    fn read_labels(&mut self, site: u32, label: Value<E>, place: Place) -> Option<Labels> {
        let values = self.label_of_each_element(site, label, "value", place)?;
        let node = self.tape.node(values);
        let (extent, deps) = (node.extent(), node.deps);
        if deps.all() != 0 {
            let detail = "the label depends on a site that is drawn; labels are data";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
            return None;
        }
        let mut mask = |of_known: bool| {
            self.tape.derived([values], extent, Deps::NONE, |[values], out| {
                for (out, value) in out.iter_mut().zip(values) {
                    *out = if value.is_nan() == of_known { E::zero() } else { E::one() };
                }
            })
        };
        Some(Labels { values, known: mask(true), missing: mask(false) })
    }

    /// Returns a label on the tape, which has to be one `what` for each element of the plates around the statement.
    pub(super) fn label_of_each_element(
        &mut self,
        site: u32,
        label: Value<E>,
        what: &str,
        place: Place,
    ) -> Option<NodeId> {
        let label = self.tape.lift(label, place.0);
        let label = self.tape.materialise(label);
        let extent = self.tape.node(label).extent();
        if extent.shape.rank() != 0 || !self.scope.reach().covers(extent.axes) {
            let detail =
                format!("the label must be one {what}, or none, for each element of the plates around it");
            self.fail_at(Subject::Site, site, place, detail);
            return None;
        }
        Some(label)
    }

    /// Reports a site of arrays that has labels, which are numbers; returns whether it is one.
    pub(super) fn refuse_label_of_array(&mut self, site: u32, value: NodeId, place: Place) -> bool {
        let shape = self.tape.node(value).shape;
        if shape.rank() == 0 {
            return false;
        }
        let detail = format!("has the shape {shape}; a label is one number, so draw it in a plate");
        self.fail_at(Subject::Site, site, place, detail);
        true
    }

    /// Gives a site its labels where they are known; returns its value.
    fn put_labels(&mut self, site: u32, drawn: NodeId, labels: &Labels, place: Place) -> NodeId {
        if self.refuse_label_of_array(site, drawn, place) {
            return drawn;
        }
        let value = self.tape.held(labels.values, drawn, labels.known);
        let recording = self.tape.recording;
        let entry = self.trace.entry(site);
        if entry.stamp == recording && entry.value == drawn {
            entry.value = value;
        }
        value
    }

    /// Returns the value of a site in which the guide has put the labels; they have to be those of the model.
    fn meet_labels(&mut self, site: u32, value: NodeId, labels: &Labels, place: Place) -> NodeId {
        match self.trace.entry(site).labels {
            Some(of_guide) => self.compare_labels(site, labels.values, of_guide, place),
            None => {
                let detail = "has labels in the model and none in the guide; say `given(..)` there too";
                self.fail_at(Subject::Site, site, place, detail.to_owned());
            }
        }
        value
    }

    /// Adds the log-density of the labels.
    fn observe_labels(&mut self, statement: &SiteStatement<'_, E>, labels: &Labels) {
        if self.pass.observations == Observations::Scored {
            self.push_mask(labels.known);
            let observed = Value::of_node(labels.values, &self.tape);
            self.observe(statement.name, &statement.law, observed, statement.place);
            self.scope.masks.pop();
        }
    }

    /// Reports labels of the model that are not those of the guide.
    fn compare_labels(&mut self, site: u32, model: NodeId, guide: NodeId, place: Place) {
        let [ours, theirs] = [model, guide].map(|id| self.tape.node(id).extent());
        if ours != theirs {
            let [ours, theirs] = [ours, theirs].map(|extent| self.plate_names(extent.axes));
            let detail = format!("has labels in {ours} in the model, and in {theirs} in the guide");
            return self.fail_at(Subject::Site, site, place, detail);
        }
        let [ours, theirs] = [model, guide].map(|id| self.tape.value(id));
        let mut pairs = ours.iter().zip(theirs);
        let differs =
            |(a, b): (&E, &E)| a.as_f64().to_bits() != b.as_f64().to_bits() && !(a.is_nan() && b.is_nan());
        if let Some(at) = pairs.position(differs) {
            let [ours, theirs] = [ours[at], theirs[at]].map(|label| match label.is_nan() {
                true => "none".to_owned(),
                false => label.to_string(),
            });
            let detail =
                format!("the label of element {at} is {ours} in the model, and {theirs} in the guide");
            self.fail_at(Subject::Site, site, place, detail);
        }
    }

    /// Reports a site with labels in the guide of which the model has none.
    #[cold]
    pub(super) fn refuse_labels_of_guide(&mut self, site: u32, place: Place) {
        let detail = "has labels in the guide and none in the model; say `given(..)` there too";
        self.fail_at(Subject::Site, site, place, detail.to_owned());
    }
}

//! Discrete sites that are tried at every value: summed out in a model, averaged over in a guide.

use super::address::{Name, Subject};
use super::joint;
use super::overlay::Meeting;
use super::pass::{Latents, Probes};
use super::run::Run;
use super::session::Session;
use super::trace::{Part, Proposal};
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::Place;
use crate::estimator::Draft;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet, PARTICLES};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;

/// A site with an axis of its own: that of its outcomes, or of the values that its gradient estimator needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enumeration {
    pub(crate) axis: Axis,
    pub(crate) site: u32,
    /// The site's values along the axis.
    pub(crate) outcomes: NodeId,
    /// Whether these are all outcomes `0..n` in their order.
    pub(crate) in_order: bool,
    /// The plates whose elements have values of their own along the axis, and which it cannot leave.
    pub(crate) plates: AxisSet,
    /// The logarithm of the values' weights, for a site of the guide; a model's site is summed out.
    pub(crate) log_weight: Option<NodeId>,
    /// A factor of zero whose adjoint is the posterior of the site, where that is asked for.
    pub(crate) probe: Option<NodeId>,
    /// What a mask leaves of a site that is summed out.
    pub(crate) mask: Option<NodeId>,
    /// Which rows are there, in a step of a chain that has ended in some and runs step by step.
    pub(crate) running: Option<NodeId>,
    /// Whether it belongs to the state of a chain, which is contracted as a whole.
    pub(crate) chained: bool,
}

impl<E> super::trace::Trace<E> {
    /// Returns the axes of the sites that are summed out.
    pub(crate) fn summed(&self) -> AxisSet {
        self.axes_of(|e| e.log_weight.is_none())
    }

    /// Returns the axes of the sites that are averaged over.
    pub(crate) fn averaged(&self) -> AxisSet {
        self.axes_of(|e| e.log_weight.is_some())
    }

    fn axes_of(&self, which: impl Fn(&Enumeration) -> bool) -> AxisSet {
        let chosen = self.enumerations.iter().filter(|e| which(e));
        chosen.fold(AxisSet::EMPTY, |set, e| set.union(AxisSet::of(e.axis)))
    }

    /// Returns the site whose outcomes lie along an axis.
    pub(crate) fn enumerated(&self, axis: Axis) -> Option<&Enumeration> {
        self.enumerations.iter().find(|e| e.axis == axis)
    }
}

impl<E: Element> Run<E> {
    /// Says why a value with these axes may not leave the plate that has closed.
    pub(crate) fn escapes(&self, axes: AxisSet) -> Option<String> {
        let axis = axes.intersection(AxisSet::OUTCOMES).minus(self.scope.live).innermost()?;
        let found = self.trace.enumerated(axis)?;
        let site = self.session.site_name(found.site);
        let plates = self.plate_names(found.plates.minus(self.scope.axes));
        let tried = match found.in_order {
            true => "is tried at every value",
            false => "has a gradient estimator that moves one element at a time",
        };
        Some(format!(
            "a value that depends on `{site}`, which {tried}, cannot leave the {plates}: it would need \
             every combination of the plate's elements"
        ))
    }

    /// Gives a site an axis for its outcomes, which are recorded with these dependencies; their number and the axis are checked.
    fn open_outcomes(
        &mut self,
        site: u32,
        dist: &Law<'_, E>,
        (shape, deps): (Shape, Deps),
        place: Place,
    ) -> Option<(Axis, NodeId)> {
        let counted = dist.outcomes(&mut self.tape, place.0);
        let counted = counted.and_then(|each| joint::count(each, shape).map(|joint| (each, joint)));
        match counted {
            Ok((each, joint)) => {
                let axis = self.next_axis(site, joint, place)?;
                let outcomes = match shape.rank() {
                    0 => self.tape.outcomes_node(axis, deps),
                    _ => self.tape.joint_outcomes(axis, each, shape, deps),
                };
                Some((axis, outcomes))
            }
            Err(detail) => {
                self.fail_at(Subject::Site, site, place, detail);
                None
            }
        }
    }

    /// Records the log-probability of each of `outcomes`, which lie along `axis`.
    fn log_probabilities_of(
        &mut self,
        dist: &Law<'_, E>,
        place: Place,
        outcomes: NodeId,
        axis: Axis,
    ) -> NodeId {
        if self.scope.masks.is_empty() && self.tape.node(outcomes).shape.rank() == 0 {
            return dist.log_probabilities(&mut self.tape, place.0, outcomes, axis);
        }
        // What a mask leaves out may not be a number, which a density keeps to its own element.
        self.log_density(dist, outcomes, Use::Seeded, place)
    }

    /// Meets a site of the model that is summed out.
    pub(crate) fn sum_out(
        &mut self,
        name: Name,
        dist: &Law<'_, E>,
        label: Option<Value<E>>,
        place: Place,
    ) -> NodeId {
        let site = self.session.addresses.resolve(Subject::Site, name);
        let Some((shape, axes, deps)) = self.describe(Subject::Site, site, dist, place) else {
            return self.undrawable(site, place);
        };
        if !self.trace.overlays.is_empty() {
            let (concrete, from_standard) = (false, false);
            let mut meeting = Meeting { site, name, dist, shape, axes, deps, place, concrete, from_standard };
            if let Some(value) = self.overlaid(&mut meeting) {
                return value;
            }
            self.refuse_noncentered(&meeting);
        }
        if self.trace.entry(site).stamp == self.tape.recording {
            let detail = "the model sums this site out, so that the guide must not propose it".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
            return self.trace.entry(site).value;
        }
        if self.pass.draws_from_model() {
            return self.draw_from_model(site, dist, shape, (axes, deps), place);
        }
        if let Some(again) = self.trace.enumerations.iter().find(|e| e.site == site) {
            let value = again.outcomes;
            self.fail_at(
                Subject::Site,
                site,
                place,
                "is drawn twice in this model; give it an index".to_owned(),
            );
            return value;
        }
        let Some((axis, outcomes)) = self.open_outcomes(site, dist, (shape, Deps::NONE), place) else {
            return self.undrawable(site, place);
        };
        let plates = self.scope.axes.minus(AxisSet::of(PARTICLES));
        self.trace.enumerations.push(Enumeration {
            axis,
            site,
            outcomes,
            in_order: true,
            plates,
            log_weight: None,
            probe: None,
            mask: self.scope.mask(),
            running: self.scope.running,
            chained: false,
        });
        let value = Arg { id: outcomes, value: E::zero() };
        self.diagnose(Subject::Site, site, dist, value, place);
        if self.pass.has_terms() {
            let axes = axes.union(AxisSet::of(axis));
            let node = self.log_probabilities_of(dist, place, outcomes, axis);
            let (node, axes) = self.mask_term(node, axes, self.tape.left_out_outcome(axis));
            self.note_left_out(site, dist, node, axis);
            self.add_whole_term(node, Part::Prior, site, axes, place);
            if let Some(label) = label {
                self.hold_to_label(site, (axis, outcomes), label, place);
            }
            match self.pass.probes() {
                Some(Probes::Sites | Probes::Factors) => {
                    let probe = self.probe(site, self.scope.axes.union(AxisSet::of(axis)), place);
                    if let Some(last) = self.trace.enumerations.last_mut() {
                        last.probe = probe;
                    }
                }
                Some(Probes::Pairs) => self.probe_with_last(site, axis, place),
                None => {}
            }
        }
        outcomes
    }

    /// Adds a term of zero along these axes, whose adjoint is the posterior there.
    pub(crate) fn probe(&mut self, site: u32, axes: AxisSet, place: Place) -> Option<NodeId> {
        let extent = Extent { axes, shape: Shape::SCALAR };
        if self.tape.refuse_large(extent).is_some() {
            return None;
        }
        let node = self.tape.leaf(extent, Deps::NONE, |out| out.fill(E::zero()));
        self.tape.mark_probe(node);
        self.add_whole_term(node, Part::Prior, site, axes, place);
        Some(node)
    }

    /// Adds a term that leaves only the outcome of the label, where there is one.
    fn hold_to_label(&mut self, site: u32, (axis, tried): (Axis, NodeId), label: Value<E>, place: Place) {
        if self.refuse_label_of_array(site, tried, place) {
            return;
        }
        let Some(label) = self.label_of_each_element(site, label, "integer", place) else { return };
        let (extent, outcomes) = (self.tape.node(label).extent(), self.tape.sizes[axis.0 as usize] as usize);
        let known = |v: E| !v.is_nan();
        let labels = self.tape.value(label);
        if let Some(bad) =
            labels.iter().position(|&v| known(v) && !(v >= E::zero() && v.as_f64() < outcomes as f64))
        {
            let detail =
                format!("the label of element {bad} is {}, expected one of 0..{outcomes}", labels[bad]);
            return self.fail_at(Subject::Site, site, place, detail);
        }
        let axes = extent.axes.union(AxisSet::of(axis));
        let domain = Extent { axes, shape: Shape::SCALAR };
        let len = self.tape.len_of(domain);
        // The outcomes lie outside of the plates, and inside of the particles, which labels do not have.
        let node = self.tape.derived([label], domain, Deps::NONE, |[labels], out| {
            for (at, out) in out.iter_mut().enumerate() {
                let label = labels[at % labels.len()];
                let outcome = E::of((at / (len / outcomes)) as f64);
                *out = if known(label) && label != outcome { E::neg_infinity() } else { E::zero() };
            }
        });
        self.add_term(node, Part::Likelihood, site, axes, place);
    }

    /// Tries every value of a site that the guide would draw, if that is asked for and its values can be listed.
    pub(crate) fn try_outcomes(&mut self, draft: Draft<'_, E>) -> Option<NodeId> {
        let Draft { name, dist, auxiliary, place } = draft;
        if self.pass.latents != Latents::TriedByGuide
            || !matches!(dist.listed(&mut self.tape, place.0), Some(Ok(_)))
        {
            return None;
        }
        let one = matches!(dist.event_shape(&mut self.tape, place.0), Ok(shape) if shape.rank() == 0);
        one.then(|| self.average_over(name, dist, auxiliary, place))
    }

    /// Proposes every value of a site, each weighed by its probability.
    pub(crate) fn average_over(
        &mut self,
        name: Name,
        dist: &Law<'_, E>,
        auxiliary: bool,
        place: Place,
    ) -> NodeId {
        if self.pass.draws_once() {
            return self.propose(name, dist, None, auxiliary, place);
        }
        let site = self.session.addresses.resolve(Subject::Site, name);
        if self.trace.entry(site).stamp == self.tape.recording {
            let detail = "is drawn twice in this run; give it an index".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
        }
        let Some((shape, _, deps)) = self.describe(Subject::Site, site, dist, place) else {
            return self.undrawable(site, place);
        };
        let bit = Deps::bit(site as usize);
        let deps = deps.union(Deps { aligned: bit, crossed: self.scope.control });
        let Some((axis, value)) = self.open_outcomes(site, dist, (shape, deps), place) else {
            return self.undrawable(site, place);
        };
        self.trace.score_bits |= bit;
        self.tape.place_site(self.scope.axes, bit);
        let arg = Arg { id: value, value: E::zero() };
        self.diagnose(Subject::Site, site, dist, arg, place);
        let log_density = self.log_probabilities_of(dist, place, value, axis);
        let (log_weight, _) = self.mask_term(log_density, AxisSet::EMPTY, self.tape.left_out_outcome(axis));
        let plates = self.scope.axes.minus(AxisSet::of(PARTICLES));
        self.trace.enumerations.push(Enumeration {
            axis,
            site,
            outcomes: value,
            in_order: true,
            plates,
            log_weight: Some(log_weight),
            probe: None,
            mask: None,
            running: None,
            chained: false,
        });
        let proposal =
            Proposal::Pending { form: dist.form(&mut self.tape, place.0), node: Some(log_density) };
        self.enter_site(site, (value, self.scope.mask()), proposal, auxiliary, place);
        value
    }
}

impl<E: Element> Session<E> {
    /// Returns the name of an enumerated site, for messages; the state before a chain's step has none yet.
    pub(crate) fn site_name(&self, site: u32) -> &str {
        if site == u32::MAX { "the state before" } else { self.addresses.text(Subject::Site, site) }
    }
}

impl<E: Element> Tape<E> {
    /// Returns the outcomes of a site in their order, along its axis.
    pub(crate) fn outcomes_node(&mut self, axis: Axis, deps: Deps) -> NodeId {
        let outcomes = self.numbers_along(axis, deps, |k| k as f64);
        self.listed.push((axis, outcomes));
        outcomes
    }
}

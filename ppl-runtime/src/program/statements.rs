//! What sites do in a run: they are proposed, met or observed.

use super::address::{Name, Subject};
use super::free_bits::Pair;
use super::given::Labelling;
use super::no_density::NotedProposal;
use super::overlay::Meeting;
use super::pass::{Divergences, Gradient, Latents, Listener, Observations};
use super::run::Run;
use super::trace::{Entry, Part, Proposal};
use crate::dist::Request;
use crate::dist::form::Form;
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::Place;
use crate::estimator::rule::ScoreSite;
use crate::estimator::{Baseline, Draft};
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;

impl<E: Element> Run<E> {
    /// Returns the event shape and the operands of a site's distribution, or `None` if they cannot be used here, which
    /// is then reported; nothing may be computed from such a distribution.
    pub(crate) fn describe(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        place: Place,
    ) -> Option<(Shape, AxisSet, Deps)> {
        let (operands, shape) = dist.describe(&mut self.tape, place.0);
        if !self.is_in_reach(subject, site, ("a parameter", operands.axes), place) {
            return None;
        }
        match shape {
            Ok(shape) => {
                if self.pass.is_explained() {
                    self.note_statement(subject, site, (shape, operands), place);
                }
                Some((shape, operands.axes, operands.deps))
            }
            Err(detail) => {
                let detail = detail + &self.in_plates(self.scope.axes);
                self.fail_at(subject, site, place, detail);
                None
            }
        }
    }

    /// Returns whether a value with these axes may be used by the statement in progress, and reports it if not.
    #[inline(always)]
    pub(crate) fn is_in_reach(
        &mut self,
        subject: Subject,
        site: u32,
        (what, axes): (&str, AxisSet),
        place: Place,
    ) -> bool {
        let in_reach = self.scope.reach().covers(axes);
        if !in_reach {
            self.report_out_of_reach(subject, site, (what, axes), place);
        }
        in_reach
    }

    #[cold]
    fn report_out_of_reach(
        &mut self,
        subject: Subject,
        site: u32,
        (what, axes): (&str, AxisSet),
        place: Place,
    ) {
        let detail = self.escapes(axes).unwrap_or_else(|| {
            let plates = self.plate_names(axes.minus(self.scope.reach()));
            format!("{what} belongs to the {plates}, which is not open here")
        });
        self.fail_at(subject, site, place, detail);
    }

    /// Reports a density whose jump moves with a site that is differentiated through its draws.
    #[inline(always)]
    fn refuse_moving_jump(&mut self, subject: Subject, site: u32, dist: &Law<'_, E>, place: Place) {
        let moving = dist.jump_deps(&mut self.tape, place.0, subject == Subject::Observation).all()
            & !self.trace.score_bits;
        let differentiates = self.tape.differentiates && self.pass.gradient == Gradient::Pathwise;
        if moving != 0 && self.pass.has_terms() && differentiates {
            let detail = "the density jumps at a place that depends on a site with a pathwise gradient, which would miss \
                          the jump; give that site the estimator `Score`";
            self.fail_at(subject, site, place, detail.to_owned());
        }
    }

    /// Reports a site of the guide whose gradient is estimated by the score function although its support moves with a parameter.
    pub(crate) fn refuse_moving_support(&mut self, site: u32, dist: &Law<'_, E>, place: Place) {
        let differentiates = self.tape.differentiates && self.pass.gradient == Gradient::Pathwise;
        if self.pass.has_terms() && differentiates && dist.has_moving_jump(&mut self.tape, place.0) {
            let detail = "the support moves with a parameter, which the score function does not see; give the site the \
                          estimator `Pathwise`, or bounds that are numbers";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
        }
    }

    /// Draws a site of the guide and records its proposal: with the score function and this baseline, or the estimator that the
    /// distribution has by itself.
    pub(crate) fn propose(
        &mut self,
        name: Name,
        dist: &Law<'_, E>,
        baseline: Option<Baseline>,
        auxiliary: bool,
        place: Place,
    ) -> NodeId {
        if let Some(tried) = self.try_outcomes(Draft { name, dist, auxiliary, place }) {
            return tried;
        }
        let site = self.session.addresses.resolve(Subject::Site, name);
        if self.trace.entry(site).stamp == self.tape.recording {
            self.fail_at(
                Subject::Site,
                site,
                place,
                "is drawn twice in this run; give it an index".to_owned(),
            );
        }
        self.propose_at(site, name, dist, baseline, auxiliary, place)
    }

    /// Draws a site of the guide by its number.
    pub(crate) fn propose_at(
        &mut self,
        site: u32,
        name: Name,
        dist: &Law<'_, E>,
        baseline: Option<Baseline>,
        auxiliary: bool,
        place: Place,
    ) -> NodeId {
        let Some((shape, operand_axes, operand_deps)) = self.describe(Subject::Site, site, dist, place)
        else {
            return self.undrawable(site, place);
        };
        if self.pass.listener == Listener::RowParameters {
            self.refuse_taught_rows(site, baseline, place);
        }
        let score = baseline.is_some() || !dist.is_pathwise();
        if score {
            self.refuse_moving_support(site, dist, place);
        }
        let (value, deps) = if self.pass.latents == Latents::Dreamt {
            let (axes, deps, concrete, from_standard) = (operand_axes, operand_deps, false, false);
            let meeting = Meeting { site, name, dist, shape, axes, deps, place, concrete, from_standard };
            (self.recall(&meeting), operand_deps)
        } else {
            self.draw(site, dist, shape, (operand_axes, operand_deps), !score, place)
        };
        let mut proposal = Proposal::Settled;
        self.diagnose(Subject::Site, site, dist, Arg { id: value, value: E::zero() }, place);
        if self.pass.is_checked() && !self.trace.notes.of_guide {
            let is_certain = dist.is_certain();
            let proposal = NotedProposal { site, value, place, is_certain, auxiliary };
            self.trace.notes.proposals.push(proposal);
        }
        if self.pass.has_terms() {
            let form = dist.form(&mut self.tape, place.0);
            let mut node = None;
            if score {
                self.trace.score_bits |= Deps::bit(site as usize);
                let log_proposal = self.log_density(dist, value, Use::Seeded, place);
                let axes = self.tape.node(log_proposal).axes;
                let control = self.control(site, baseline.unwrap_or_default(), axes, place);
                self.trace.scores.push(ScoreSite::new(site, log_proposal, control));
                node = Some(log_proposal);
            } else if form.is_none() {
                self.tape.lifts_constants = self.pass.divergences == Divergences::LandingStuck;
                let axes = self.tape.node(value).axes;
                node = Some(self.log_density(dist, value, self.usage(deps, axes), place));
                self.tape.lifts_constants = false;
            }
            proposal = Proposal::Pending { form, node };
        }
        // In a dream there is no model to answer it.
        let answered = auxiliary || self.pass.latents == Latents::Dreamt;
        self.enter_site(site, (value, self.scope.mask()), proposal, answered, place);
        value
    }

    pub(crate) fn log_density(
        &mut self,
        dist: &Law<'_, E>,
        value: NodeId,
        usage: Use,
        place: Place,
    ) -> NodeId {
        dist.log_density(&mut self.tape, place.0, Arg { id: value, value: E::zero() }, usage)
    }

    /// Draws a value for a site along the open axes.
    pub(crate) fn draw(
        &mut self,
        site: u32,
        dist: &Law<'_, E>,
        shape: Shape,
        (operand_axes, operand_deps): (AxisSet, Deps),
        pathwise: bool,
        place: Place,
    ) -> (NodeId, Deps) {
        // A site that depends on one tried at every value is drawn anew for each of them.
        let axes = self.scope.axes.union(operand_axes.intersection(AxisSet::OUTCOMES));
        let bit = Deps::bit(site as usize);
        self.tape.place_site(axes, bit);
        let deps = self.deps_of_draw(bit, operand_deps);
        let hash = self.session.addresses.entry(Subject::Site, site).hash;
        let request = Request {
            streams: self.streams(hash),
            extent: Extent { axes, shape },
            pathwise: pathwise && self.pass.gradient == Gradient::Pathwise,
            deps,
        };
        if let Some(instead) = self.tape.refuse_large(request.extent) {
            return (instead, deps);
        }
        let value = dist.draw(&mut self.tape, place.0, request);
        self.check_draw(Subject::Site, site, dist, value, place);
        (value, deps)
    }

    /// Meets a latent site of the model: takes the value that was proposed and adds its terms.
    pub(crate) fn meet(&mut self, name: Name, dist: &Law<'_, E>, concrete: bool, place: Place) -> NodeId {
        let site = self.session.addresses.resolve(Subject::Site, name);
        let Some((shape, axes, operand_deps)) = self.describe(Subject::Site, site, dist, place) else {
            return self.undrawable(site, place);
        };
        let (deps, from_standard) = (operand_deps, false);
        let mut meeting = Meeting { site, name, dist, shape, axes, deps, place, concrete, from_standard };
        let is_new = self.trace.entry(site).stamp != self.tape.recording;
        let left = self.leaves_sites().filter(|_| is_new);
        if !self.trace.overlays.is_empty()
            && let Some(value) = self.overlaid(&mut meeting)
        {
            self.refuse_moving_jump(Subject::Site, site, dist, place);
            return value;
        }
        match left {
            // Between bounds that move it moves with them.
            Some(how) => self.propose_own(how, &meeting),
            None => self.refuse_moving_jump(Subject::Site, site, dist, place),
        }
        let entry = *self.trace.entry(site);
        if meeting.from_standard
            && left.is_none()
            && entry.stamp == self.tape.recording
            && self.pass.has_terms()
        {
            let detail = "is `noncentered` in the model, but a written guide proposes it in its own scale; leave it to an \
                          automatic guide, or take the handler away";
            self.fail_at(Subject::Site, site, place, detail.to_owned());
            return entry.value;
        }
        if entry.stamp != self.tape.recording {
            if left.is_some() {
                return self.undrawable(site, place);
            }
            if self.pass.latents != Latents::Drawn {
                self.miss(site);
            }
            return self.draw_from_model(site, dist, shape, (axes, operand_deps), place);
        }
        // Where the guide tries every value of a site, the model may use it along the same axis.
        self.scope.live =
            self.scope.live.union(self.tape.node(entry.value).axes.intersection(AxisSet::OUTCOMES));
        if entry.answered {
            let detail = "is drawn twice in this model; give it an index".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
            return entry.value;
        }
        if entry.labels.is_some() && self.scope.labelling == Labelling::None {
            self.refuse_labels_of_guide(site, place);
            return entry.value;
        }
        // The handlers around the model scale the guide's term with its own.
        let (scale, weight) = (self.scope.scale, self.scope.weight);
        let met = self.trace.entry(site);
        (met.answered, met.scale, met.weight) = (true, scale, weight);
        if self.tape.node(entry.value).shape != shape {
            let found = self.tape.node(entry.value).shape;
            let plates = self.in_plates(self.scope.axes);
            let detail = format!(
                "the model draws a value of shape {shape}{plates}, the guide proposes one of shape {found}"
            );
            self.fail_at(Subject::Site, site, place, detail);
            return entry.value;
        }
        if entry.axes != self.scope.axes {
            let (ours, theirs) = (self.plate_names(self.scope.axes), self.plate_names(entry.axes));
            let detail = format!("stands in {ours} in the model, and in {theirs} in the guide");
            self.fail_at(Subject::Site, site, place, detail);
            return entry.value;
        }
        let value = Arg { id: entry.value, value: E::zero() };
        self.diagnose(Subject::Site, site, dist, value, place);
        if self.pass.has_terms() && !self.meet_in_closed_form(site, &entry, dist, shape, place) {
            if self.scope.free_bits.is_some() && self.pass.penalised {
                self.refuse_free_bits(site, place);
            }
            self.settle(site);
            let deps = operand_deps.union(self.tape.node(entry.value).deps);
            let axes = axes.union(self.tape.node(entry.value).axes);
            let usage = self.usage(deps, axes);
            let node = dist.log_density(&mut self.tape, place.0, value, usage);
            self.add_term(node, Part::Prior, site, axes, place);
        }
        self.leave_out_of_entry(site);
        entry.value
    }

    /// Adds the closed divergence of proposal and prior, if there is one and it is the same in expectation.
    fn meet_in_closed_form(
        &mut self,
        site: u32,
        entry: &Entry<E>,
        dist: &Law<'_, E>,
        shape: Shape,
        place: Place,
    ) -> bool {
        let Proposal::Pending { form: Some(q), .. } = entry.proposal else { return false };
        if self.pass.divergences != Divergences::Closed || self.session.paths.sums() {
            // Within a sum over paths the prior is a factor, which its logarithm alone may enter.
            return false;
        }
        if entry.mask.is_some() && !self.same_mask(entry.mask, self.scope.mask()) {
            // Of an element that only one of the programs has there is no divergence.
            return false;
        }
        if self.trace.scores.of(site).is_some_and(ScoreSite::is_standardised) {
            // The costs of the site have a factor that the divergence would lack.
            return false;
        }
        let Some(p) = dist.form(&mut self.tape, place.0) else { return false };
        let deps = q.deps(&self.tape).union(p.deps(&self.tape));
        if (deps.all() | self.scope.control) & Deps::bit(site as usize) != 0 {
            // The parameters depend on the site itself: the integral over it is another one.
            return false;
        }
        let axes = q.axes(&self.tape).union(p.axes(&self.tape));
        if !axes.intersection(self.trace.summed()).is_empty() {
            // The prior is a factor of a sum over the model's own sites, which its logarithm alone may enter.
            return false;
        }
        // A floor is one of each row.
        let usage = if self.scope.free_bits.is_some() { Use::Seeded } else { self.usage(deps, axes) };
        let Some(node) = Form::divergence(&q, &p, &mut self.tape, shape, usage) else { return false };
        self.trace.entry(site).proposal = Proposal::Settled;
        // The proposal's parameters may be plain numbers that the guide chose by a branch, which only the draw tells.
        let crossed = self.tape.node(entry.value).deps.crossed;
        if crossed != 0 {
            self.tape.cross(node, crossed);
        }
        self.add_term(node, Part::Divergence, site, axes, place);
        if let Some(floor) = self.scope.free_bits.filter(|_| self.pass.penalised) {
            let pair = Pair { q: &q, p: &p, shape, divergence: node };
            self.add_floor(floor, &pair, site, axes, place);
        }
        true
    }

    /// Adds the term of a proposal that no closed divergence replaces.
    pub(crate) fn settle(&mut self, site: u32) {
        let entry = self.trace.entry(site);
        let Proposal::Pending { form, node } = entry.proposal else { return };
        entry.proposal = Proposal::Settled;
        let entry = *entry;
        let Some(place) = entry.place else { return };
        let node = match (node, form) {
            (Some(node), _) => node,
            (None, Some(form)) => {
                let form = if self.pass.divergences == Divergences::LandingStuck {
                    form.stopped(&mut self.tape)
                } else {
                    form
                };
                let value = Arg { id: entry.value, value: E::zero() };
                let deps = form.deps(&self.tape).union(self.tape.node(entry.value).deps);
                let shape = self.tape.node(entry.value).shape;
                let axes = form.axes(&self.tape).union(self.tape.node(entry.value).axes);
                let usage = if entry.mask.is_some() { Use::Seeded } else { self.usage(deps, axes) };
                form.log_density(&mut self.tape, value, shape, usage)
            }
            (None, None) => return,
        };
        // A draw has every axis that was open, so nothing is left unspelt; one of a site that is tried at every value
        // may lack plates, in which its elements are alike.
        let node = match entry.mask {
            None => node,
            Some(mask) => self.tape.masked(node, mask, E::zero()),
        };
        let spelt = self.tape.node(entry.value).axes.union(self.tape.node(node).axes);
        let (node, spelt) = self.mask_term(node, spelt, E::zero());
        self.trace.terms.push(super::trace::Term {
            node,
            part: Part::Proposal,
            site,
            scale: entry.scale * self.tape.elements_of(entry.axes.minus(spelt)),
            weight: entry.weight,
            open: entry.axes,
            outcomes: None,
            place,
        });
    }

    /// Draws a latent site from the model itself.
    pub(crate) fn draw_from_model(
        &mut self,
        site: u32,
        dist: &Law<'_, E>,
        shape: Shape,
        operands: (AxisSet, Deps),
        place: Place,
    ) -> NodeId {
        if self.refuse_improper(Subject::Site, site, dist, place) {
            return self.undrawable(site, place);
        }
        let (value, _) = self.draw(site, dist, shape, operands, false, place);
        self.enter_site(site, (value, None), Proposal::Settled, true, place);
        value
    }

    /// Meets an observed site: adds its log-likelihood, or draws it anew.
    pub(crate) fn observe(&mut self, name: Name, dist: &Law<'_, E>, value: Value<E>, place: Place) {
        let site = self.session.addresses.resolve(Subject::Observation, name);
        if !self.trace.overlays.is_empty() {
            self.mark_known(Subject::Observation, site);
        }
        let Some((shape, axes, operand_deps)) = self.describe(Subject::Observation, site, dist, place) else {
            return;
        };
        self.refuse_moving_jump(Subject::Observation, site, dist, place);
        let mut value = self.tape.lift(value, place.0);
        let mut extent = self.tape.extent(&value);
        if !self.trace.overlays.is_empty()
            && let Some(other) = self.other_data(site, extent.shape, place)
        {
            value = Arg { id: other, value: E::zero() };
            extent = self.tape.extent(&value);
        }
        if !self.is_in_reach(Subject::Observation, site, ("the observed value", extent.axes), place) {
            return;
        }
        let spreads = dist.is_elementwise() && shape.rank() == 0;
        if extent.shape != shape && !spreads {
            let ours = self.shape_in_plates(Extent { axes: self.scope.axes, shape });
            let data = self.shape_in_plates(extent);
            let detail = format!("the distribution has values of shape {ours}, the data have {data}");
            return self.fail_at(Subject::Observation, site, place, detail);
        }
        if self.pass.observations == Observations::Simulated {
            if self.refuse_improper(Subject::Observation, site, dist, place) {
                return;
            }
            let hash = self.session.addresses.entry(Subject::Observation, site).hash;
            let request = Request {
                streams: self.streams(hash),
                extent: Extent { axes: self.scope.axes, shape: extent.shape },
                pathwise: false,
                deps: operand_deps,
            };
            let drawn = dist.draw(&mut self.tape, place.0, request);
            self.check_draw(Subject::Observation, site, dist, drawn, place);
            self.trace.observations.push((site, drawn));
            return;
        }
        self.diagnose(Subject::Observation, site, dist, value, place);
        if self.pass.has_terms() {
            let deps = operand_deps.union(self.tape.deps(&value));
            let axes = axes.union(extent.axes);
            let usage = self.usage(deps, axes);
            let node = dist.log_density(&mut self.tape, place.0, value, usage);
            self.add_term(node, Part::Likelihood, site, axes, place);
        }
    }
}

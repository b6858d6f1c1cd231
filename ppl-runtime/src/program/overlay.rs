//! Overlays: what handlers lay over the latent sites of the model that they wrap.

use super::address::{Name, Path, Subject};
use super::given::Labelling;
use super::pass::Latents;
use super::run::Run;
use super::trace::{Entry, Part, Proposal};
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::estimator::Baseline;
use crate::estimator::rule::ScoreSite;
use crate::shape::Shape;
use crate::tape::axes::{AxisSet, MAX_NESTING, PARTICLES};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::values::Values;
use ndarray::ArrayD;
use std::sync::Arc;

/// What a handler does to the sites that it names.
#[derive(Debug)]
pub enum Action {
    /// They are observed at these values.
    Condition(Values),
    /// They are held at these values, without a density.
    Intervene(Values),
    /// They have these values, and stay latent.
    Replay(Values),
    /// They are drawn from the model, without terms.
    Block(Vec<String>),
    /// An automatic guide proposes the standard members of their families.
    Noncentered(Vec<String>),
    /// Observed sites read these values in the place of their data.
    Data(Values),
}

impl Action {
    fn position(&self, site: &str) -> Option<usize> {
        match self {
            Action::Condition(values)
            | Action::Intervene(values)
            | Action::Replay(values)
            | Action::Data(values) => values.place(site),
            Action::Block(names) | Action::Noncentered(names) => names.iter().position(|name| name == site),
        }
    }

    fn name(&self, k: usize) -> &str {
        match self {
            Action::Condition(values)
            | Action::Intervene(values)
            | Action::Replay(values)
            | Action::Data(values) => &values.entries[k].0,
            Action::Block(names) | Action::Noncentered(names) => &names[k],
        }
    }

    fn len(&self) -> usize {
        match self {
            Action::Condition(values)
            | Action::Intervene(values)
            | Action::Replay(values)
            | Action::Data(values) => values.entries.len(),
            Action::Block(names) | Action::Noncentered(names) => names.len(),
        }
    }
}

/// A handler around the program in progress.
#[derive(Debug)]
pub(crate) struct Overlay {
    action: Arc<Action>,
    /// The calls around the model that the handler wraps: its names begin behind them.
    path: Path,
    /// Where its names begin among the overlays' marks.
    marks: usize,
    /// Whether the run that it was laid in followed the one before, which has looked for its names.
    followed: bool,
}

/// The handlers around the program in progress, the outermost first.
#[derive(Debug, Default)]
pub(crate) struct Overlays {
    stack: Vec<Overlay>,
    /// For each name of each handler, whether the model has met it.
    met: Vec<bool>,
}

impl Overlays {
    pub(crate) fn clear(&mut self) {
        self.stack.clear();
        self.met.clear();
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }
}

/// A latent site of the model as `sample!` meets it.
pub(crate) struct Meeting<'a, E: Element> {
    pub(crate) site: u32,
    pub(crate) name: Name,
    pub(crate) dist: &'a Law<'a, E>,
    pub(crate) shape: Shape,
    /// The axes and dependencies of the distribution's parameters.
    pub(crate) axes: AxisSet,
    pub(crate) deps: Deps,
    pub(crate) place: Place,
    /// Whether the program may branch on the value.
    pub(crate) concrete: bool,
    /// Whether an automatic guide proposes the standard member of its family.
    pub(crate) from_standard: bool,
}

impl<E: Element> Run<E> {
    /// Lays a handler over the model that runs next.
    pub(crate) fn lay(&mut self, action: &Arc<Action>) {
        let marks = self.trace.overlays.met.len();
        self.trace.overlays.met.resize(marks + action.len(), false);
        let (path, followed) = (self.session.addresses.path, self.is_following());
        let overlay = Overlay { action: Arc::clone(action), path, marks, followed };
        self.trace.overlays.stack.push(overlay);
    }

    /// Takes the last handler away, and reports a name of it that the model does not have.
    pub(crate) fn lift_overlay(&mut self) {
        let Some(overlay) = self.trace.overlays.stack.pop() else { return };
        let unmet = self.trace.overlays.met[overlay.marks..].iter().position(|&met| !met);
        if let Some(k) = unmet
            && !overlay.followed
            && self.tape.error.is_none()
        {
            let name = overlay.action.name(k);
            let addresses = &self.session.addresses;
            let (subject, what) = match &*overlay.action {
                Action::Data(_) => (Subject::Observation, "observed site"),
                _ => (Subject::Site, "latent site"),
            };
            let sites = addresses.all(subject).filter_map(|(_, text)| addresses.within(overlay.path, text));
            let error = Error::unknown(what, "in the model", name, sites.filter(|s| *s != name));
            self.tape.fail(error);
        }
        self.trace.overlays.met.truncate(overlay.marks);
    }

    /// Marks an observed site or a quantity as known to the handlers that replay draws of it.
    pub(crate) fn mark_known(&mut self, subject: Subject, number: u32) {
        for overlay in &self.trace.overlays.stack {
            if let Action::Replay(_) = &*overlay.action
                && let Some(local) = self.session.addresses.text_within(overlay.path, subject, number)
                && let Some(at) = overlay.action.position(local)
            {
                self.trace.overlays.met[overlay.marks + at] = true;
            }
        }
    }

    /// Meets a latent site as the handlers ask, if one of them names it.
    ///
    /// The innermost one that makes the site other than latent decides, and the ones outside of it never see the site;
    /// a replayed site stays latent, so that a handler further out may still take it, and so does one that is not centred.
    pub(crate) fn overlaid(&mut self, meeting: &mut Meeting<'_, E>) -> Option<NodeId> {
        let mut replay = None;
        let mut decided: Option<(usize, usize)> = None;
        for k in (0..self.trace.overlays.stack.len()).rev() {
            let overlay = &self.trace.overlays.stack[k];
            let replays = matches!(&*overlay.action, Action::Replay(_));
            if matches!(&*overlay.action, Action::Data(_)) || decided.is_some() && !replays {
                continue;
            }
            let Some(at) = self.named_by(overlay, Subject::Site, meeting.site) else { continue };
            self.trace.overlays.met[overlay.marks + at] = true;
            match &*overlay.action {
                Action::Noncentered(_) => meeting.from_standard = true,
                Action::Replay(_) => replay = replay.or(Some((k, at))),
                _ => decided = Some((k, at)),
            }
        }
        let (k, at) = decided.or(replay)?;
        self.scope.labelling.take_from_handler();
        let action = Arc::clone(&self.trace.overlays.stack[k].action);
        let step = |run: &Run<E>, values: &Values, draws: Option<usize>| {
            run.step_of(Subject::Site, meeting.site, &values.entries[at], draws.is_some())
        };
        Some(match &*action {
            Action::Condition(values) => {
                let part = step(self, values, None);
                self.condition(meeting, part.as_ref().unwrap_or(&values.entries[at].1))
            }
            Action::Intervene(values) => {
                let part = step(self, values, None);
                // What a site is set to it is everywhere.
                self.scope.labelling = Labelling::Overruled;
                self.give(meeting, part.as_ref().unwrap_or(&values.entries[at].1), None)
            }
            Action::Replay(values) => {
                let part = step(self, values, values.draws);
                self.replay(meeting, part.as_ref().unwrap_or(&values.entries[at].1), values.draws)
            }
            Action::Block(_) => self.hide(meeting),
            // They decide nothing.
            Action::Noncentered(_) | Action::Data(_) => return None,
        })
    }

    /// Returns the place of a site among the names of a handler: by its own name, or by that of the chain of which it is a step.
    fn named_by(&self, overlay: &Overlay, subject: Subject, site: u32) -> Option<usize> {
        let addresses = &self.session.addresses;
        let local = addresses.text_within(overlay.path, subject, site)?;
        let series = addresses.entry(subject, site).series.as_ref();
        let whole = series.and_then(|(text, _)| addresses.within(overlay.path, text));
        overlay.action.position(local).or_else(|| overlay.action.position(whole?))
    }

    /// Returns what an observed site reads in the place of its data, which are of this event shape, if a handler says so.
    pub(crate) fn other_data(&mut self, site: u32, shape: Shape, place: Place) -> Option<NodeId> {
        for k in 0..self.trace.overlays.stack.len() {
            let overlay = &self.trace.overlays.stack[k];
            let Action::Data(values) = &*overlay.action else { continue };
            let Some(at) = self.named_by(overlay, Subject::Observation, site) else { continue };
            let part = self.step_of(Subject::Observation, site, &values.entries[at], false);
            self.trace.overlays.met[overlay.marks + at] = true;
            let action = Arc::clone(&self.trace.overlays.stack[k].action);
            let Action::Data(values) = &*action else { continue };
            let value = part.as_ref().unwrap_or(&values.entries[at].1);
            return Some(self.give_at((Subject::Observation, site), (shape, place), value, None));
        }
        None
    }

    /// Returns the part of a chain's values that belongs to the step in progress, if they are given as one stack.
    fn step_of(
        &self,
        subject: Subject,
        site: u32,
        (name, value): &(String, ArrayD<f64>),
        draws: bool,
    ) -> Option<ArrayD<f64>> {
        let (whole, step) = self.session.addresses.entry(subject, site).series.as_ref()?;
        let text = self.session.addresses.text(subject, site);
        if !whole.ends_with(name.as_str()) || text.ends_with(name.as_str()) {
            return None;
        }
        let plates = self.scope.axes.minus(AxisSet::of(PARTICLES)).count();
        let time = plates + usize::from(draws);
        let fits = time < value.ndim() && (*step as usize) < value.len_of(ndarray::Axis(time));
        fits.then(|| value.index_axis(ndarray::Axis(time), *step as usize).as_standard_layout().into_owned())
    }

    /// Observes a latent site at a given value.
    fn condition(&mut self, meeting: &Meeting<'_, E>, value: &ArrayD<f64>) -> NodeId {
        let site = self.session.addresses.resolve(Subject::Observation, meeting.name);
        let id = self.give(meeting, value, None);
        let value = Arg { id, value: E::zero() };
        self.diagnose(Subject::Observation, site, meeting.dist, value, meeting.place);
        if self.pass.has_terms() && self.tape.error.is_none() {
            let axes = meeting.axes.union(self.tape.node(id).axes);
            let usage = self.usage(meeting.deps, axes);
            let node = meeting.dist.log_density(&mut self.tape, meeting.place.0, value, usage);
            self.add_term(node, Part::Likelihood, site, axes, meeting.place);
        }
        id
    }

    /// Meets a latent site at a given value, with its density.
    fn replay(&mut self, meeting: &Meeting<'_, E>, value: &ArrayD<f64>, draws: Option<usize>) -> NodeId {
        let id = self.give(meeting, value, draws);
        if !self.answer_without_proposal(meeting, id, true) {
            self.settle(meeting.site);
        }
        let value = Arg { id, value: E::zero() };
        self.diagnose(Subject::Site, meeting.site, meeting.dist, value, meeting.place);
        if self.pass.has_terms() && self.tape.error.is_none() {
            let axes = meeting.axes.union(self.tape.node(id).axes);
            let usage = self.usage(meeting.deps, axes);
            let node = meeting.dist.log_density(&mut self.tape, meeting.place.0, value, usage);
            self.add_term(node, Part::Prior, meeting.site, axes, meeting.place);
        }
        id
    }

    /// Draws a site from the model, which has no terms of its own: the objective is an expectation over it.
    fn hide(&mut self, meeting: &Meeting<'_, E>) -> NodeId {
        let &Meeting { site, dist, shape, place, .. } = meeting;
        if self.pass.latents == Latents::Given {
            let detail = "is hidden, so that the density would have to be integrated over it".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
        }
        let pathwise = dist.is_pathwise() && !meeting.concrete;
        let (value, _) = self.draw(site, dist, shape, (meeting.axes, meeting.deps), pathwise, place);
        // A proposal of the guide stays unanswered, which is reported when the run ends.
        if self.trace.entry(site).stamp != self.tape.recording {
            self.answer_without_proposal(meeting, value, false);
        }
        if self.pass.has_terms() && !pathwise {
            // Parameters of the model's own draw have a gradient too, which the score function gives.
            self.trace.score_bits |= Deps::bit(site as usize);
            let log_proposal =
                dist.log_density(&mut self.tape, place.0, Arg { id: value, value: E::zero() }, Use::Seeded);
            let axes = self.tape.node(log_proposal).axes;
            let control = self.control(site, Baseline::Default, axes, place);
            self.trace.scores.push(ScoreSite::new(site, log_proposal, control));
        }
        value
    }

    /// Answers a site with a value that the guide did not propose; returns whether there was no proposal of it.
    fn answer_without_proposal(&mut self, meeting: &Meeting<'_, E>, value: NodeId, listed: bool) -> bool {
        let &Meeting { site, place, .. } = meeting;
        let (stamp, axes, scale) = (self.tape.recording, self.scope.axes, self.scope.scale);
        let entry = self.trace.entry(site);
        if entry.stamp == stamp {
            let twice = entry.answered;
            entry.answered = true;
            entry.scale = scale;
            if twice {
                let detail = "is drawn twice in this model; give it an index".to_owned();
                self.fail_at(Subject::Site, site, place, detail);
            }
            return false;
        }
        *entry = Entry {
            stamp,
            value,
            proposal: Proposal::Settled,
            answered: true,
            axes,
            scale,
            weight: 1.0,
            mask: None,
            labels: None,
            place: Some(place),
        };
        if listed {
            self.trace.order.push(site);
        }
        true
    }

    /// Records a given value of a site as a constant: of all elements of the plates around it, those that the step visits.
    fn give(&mut self, meeting: &Meeting<'_, E>, value: &ArrayD<f64>, draws: Option<usize>) -> NodeId {
        let &Meeting { site, shape, place, .. } = meeting;
        self.give_at((Subject::Site, site), (shape, place), value, draws)
    }

    fn give_at(
        &mut self,
        (subject, site): (Subject, u32),
        (shape, place): (Shape, Place),
        value: &ArrayD<f64>,
        draws: Option<usize>,
    ) -> NodeId {
        if draws.is_some_and(|n| n != 1 && n == self.session.apart.particles) {
            // Of particles that are run apart, each has its own draw.
            let own = value.index_axis(ndarray::Axis(0), self.session.apart.particle).to_owned();
            return self.give_at((subject, site), (shape, place), &own, None);
        }
        let plates = self.scope.axes.minus(AxisSet::of(PARTICLES));
        let particles = self.tape.sizes[PARTICLES.0 as usize] as usize;
        // One draw stands for every particle.
        let along = draws.filter(|&n| n != 1);
        let axes = if along.is_some() { plates.union(AxisSet::of(PARTICLES)) } else { plates };
        let extent = Extent { axes, shape };
        let expected = || {
            let along =
                plates.iter().filter_map(|axis| self.session.plates.by_axis(axis)).map(|(_, p)| p.size);
            let event = shape.dims().iter().map(|&d| d as usize);
            draws.map(|_| if along_any(draws) { particles } else { 1 }).into_iter().chain(along).chain(event)
        };
        if !expected().eq(value.shape().iter().copied()) {
            let sizes: Vec<usize> = expected().collect();
            let detail = format!(
                "expected a value of shape {sizes:?}{}, got {:?}",
                self.dimension_names(plates, draws.is_some()),
                value.shape()
            );
            self.fail_at(subject, site, place, detail);
            return self.tape.placeholder(extent);
        }
        let Some(source) = value.as_slice() else {
            let detail = "expected a value in the standard layout".to_owned();
            self.fail_at(subject, site, place, detail);
            return self.tape.placeholder(extent);
        };
        let (tape, open) = (&mut self.tape, &self.session.plates);
        // The dimensions outside of the event: how many elements are visited, and of how many.
        let mut dims = [(0_u32, 1_usize, 1_usize); MAX_NESTING + 1];
        let mut rank = 0;
        if along.is_some() {
            dims[0] = (u32::MAX, particles, particles);
            rank = 1;
        }
        for axis in plates.iter() {
            if let Some((number, plate)) = open.by_axis(axis) {
                dims[rank] = (number, plate.visited(), plate.size);
                rank += 1;
            }
        }
        let width = shape.len();
        let given = tape.leaf(extent, Deps::NONE, |out| {
            for (k, to) in out.chunks_exact_mut(width.max(1)).enumerate() {
                let (mut rest, mut row, mut stride) = (k, 0, 1);
                for &(number, visited, size) in dims[..rank].iter().rev() {
                    let at = rest % visited.max(1);
                    rest /= visited.max(1);
                    row += stride * if number == u32::MAX { at } else { open.row(number, at) };
                    stride *= size;
                }
                for (to, &from) in to.iter_mut().zip(&source[row * width..]) {
                    *to = E::of(from);
                }
            }
        });
        self.without_ended(given)
    }

    /// Returns the value of a site of the guide in the dream at hand.
    pub(crate) fn recall(&mut self, meeting: &Meeting<'_, E>) -> NodeId {
        let address = self.session.addresses.entry(Subject::Site, meeting.site);
        let whole = address.series.as_ref().map(|(whole, _)| whole.as_str());
        let text = self.session.addresses.text(Subject::Site, meeting.site);
        let dream = std::mem::take(&mut self.session.dream);
        let known = [Some(text), whole].into_iter().flatten().filter_map(|name| dream.place(name)).min();
        let id = match known.map(|at| &dream.entries[at]) {
            Some(entry) => {
                let part = self.step_of(Subject::Site, meeting.site, entry, false);
                self.give(meeting, part.as_ref().unwrap_or(&entry.1), None)
            }
            None => {
                let detail =
                    "has no value in the dream; a sleep phase needs a guide whose sites are all the model's";
                self.fail_at(Subject::Site, meeting.site, meeting.place, detail.to_owned());
                let axes = self.scope.axes;
                self.tape.placeholder(Extent { axes, shape: meeting.shape })
            }
        };
        self.session.dream = dream;
        id
    }

    /// Returns the names of the first dimensions of a value, for messages.
    fn dimension_names(&self, plates: AxisSet, draws: bool) -> String {
        let names: Vec<&str> = draws
            .then_some("draws")
            .into_iter()
            .chain(
                plates
                    .iter()
                    .filter_map(|axis| self.session.plates.by_axis(axis))
                    .map(|(plate, _)| self.session.addresses.text(Subject::Plate, plate)),
            )
            .collect();
        if names.is_empty() { String::new() } else { format!(" (first {})", names.join(", ")) }
    }
}

/// Returns whether values come from several draws, one for each particle.
fn along_any(draws: Option<usize>) -> bool {
    draws.is_some_and(|n| n != 1)
}

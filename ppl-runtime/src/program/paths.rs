//! Paths: the sequences of outcomes of sites that are concrete and tried at every value.
//!
//! A path is walked by running the programs with its outcomes; where they meet a site that the path has no outcome for,
//! the path grows by the site's first outcome. The next path has the next outcome of the last site that has one left, so
//! that all are walked depth first, and paths may differ in length and in their sites.

use super::address::Subject;
use super::enumerate::Enumeration;
use super::overlay::Meeting;
use super::run::Run;
use super::session::Session;
use super::trace::{Entry, Part, Proposal};
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::address::Name;
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;

/// The most paths that one particle may have.
pub(crate) const MOST_PATHS: usize = 100_000;

/// The most sites that one path may have.
const LONGEST_PATH: usize = 1_000;

/// The sites that an error names before it counts the rest.
const NAMED: usize = 8;

/// The outcome of one site on the path in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathChoice {
    pub(crate) site: u32,
    outcome: u32,
    /// The number of outcomes up to the last that can be, and of all.
    outcomes: u32,
    of: u32,
    /// Whether the site is the model's, which sums over its outcomes; a guide averages over them.
    summed: bool,
    /// The logarithm of its probability in this run.
    pub(crate) log_probability: NodeId,
}

/// The path in progress.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    pub(crate) choices: Vec<PathChoice>,
    /// How many of them the run has met.
    met: usize,
}

impl Paths {
    /// Begins with the first path.
    pub(crate) fn reset(&mut self) {
        self.choices.clear();
        self.met = 0;
    }

    /// Begins a run along the path.
    pub(crate) fn begin(&mut self) {
        self.met = 0;
    }

    /// Returns the choices of the guide on this path, or of the model.
    pub(crate) fn of(&self, summed: bool) -> impl Iterator<Item = &PathChoice> {
        self.choices.iter().filter(move |choice| choice.summed == summed)
    }

    /// Returns whether the run in progress has met a site whose outcomes the model sums over.
    pub(crate) fn sums(&self) -> bool {
        self.choices[..self.met].iter().any(|choice| choice.summed)
    }

    /// Goes on to the model's next path under the same path of the guide; returns whether there is one.
    pub(crate) fn next_of_model(&mut self) -> bool {
        self.advance(true)
    }

    /// Goes on to the guide's next path; returns whether there is one.
    pub(crate) fn next_of_guide(&mut self) -> bool {
        self.rewind_model();
        self.advance(false)
    }

    /// Goes back to the model's first path under the same path of the guide.
    pub(crate) fn rewind_model(&mut self) {
        self.choices.retain(|choice| !choice.summed);
    }

    fn advance(&mut self, summed: bool) -> bool {
        // What the last run did not meet is not a part of the path.
        self.choices.truncate(self.met);
        while let Some(last) = self.choices.last_mut()
            && last.summed == summed
        {
            if last.outcome + 1 < last.outcomes {
                last.outcome += 1;
                return true;
            }
            self.choices.pop();
        }
        false
    }
}

impl<E: Element> Run<E> {
    /// Returns the probability of the guide's choices on the path that was run.
    pub(crate) fn path_probability(&self) -> f64 {
        let log = |choice: &PathChoice| self.tape.value(choice.log_probability)[0].as_f64();
        self.session.paths.of(false).map(log).sum::<f64>().exp()
    }

    /// Adds to the adjoints of the guide's choices what the loss of their path changes with its probability.
    pub(crate) fn seed_path(&mut self, loss: f64) {
        let (paths, tape) = (&mut self.session.paths, &mut self.tape);
        for choice in paths.of(false) {
            if tape.node(choice.log_probability).has_gradient() {
                tape.adjoint_mut(choice.log_probability)[0] += E::of(loss);
            }
        }
    }

    /// Returns the error for a program with too many paths.
    #[cold]
    pub(crate) fn too_many_paths(&self) -> Error {
        let what = format!(
            "the programs have more than {MOST_PATHS} paths, one of them along {}; sample some of these sites, which needs \
             no sum: remove `enumerate` and keep `concrete`",
            self.session.path_names()
        );
        Error::Setup { what }
    }

    /// Returns the outcome of a site on the path, with a node of its value and its log-probability.
    ///
    /// Outcomes that cannot be, of probability zero, are passed over, so that a loop which ends for certain has paths that
    /// end.
    fn choose(
        &mut self,
        site: u32,
        dist: &Law<'_, E>,
        (summed, usage): (bool, Use),
        deps: Deps,
        place: Place,
    ) -> Result<(NodeId, NodeId), String> {
        let mut outcomes = dist.outcomes(&mut self.tape, place.0)?;
        if outcomes == 0 {
            return Err("has no outcomes".to_owned());
        }
        if self.session.paths.met >= LONGEST_PATH {
            return Err(format!(
                "the path is longer than {LONGEST_PATH} sites: {}; bound the loop, or sample these sites: remove \
                 `enumerate` and keep `concrete`",
                self.session.path_names()
            ));
        }
        let at = self.session.paths.met;
        let known = self.session.paths.choices.get(at).copied();
        if let Some(choice) = known
            && (choice.site != site || choice.of != outcomes as u32 || choice.summed != summed)
        {
            let expected = self.session.addresses.text(Subject::Site, choice.site);
            return Err(format!(
                "stands where an earlier run of the same path had `{expected}` with {} outcomes; a program may depend on \
                 its arguments and sites alone",
                choice.of
            ));
        }
        let of = outcomes as u32;
        let impossible =
            |run: &Run<E>, log: NodeId| run.tape.value(log).iter().all(|&v| v == E::neg_infinity());
        match known {
            Some(choice) => outcomes = choice.outcomes as usize,
            None => {
                // Outcomes behind the last one that can be are never tried.
                while outcomes > 1 {
                    let (_, log) = self.try_outcome(dist, outcomes as u32 - 1, usage, deps, place);
                    if !impossible(self, log) {
                        break;
                    }
                    outcomes -= 1;
                }
            }
        }
        let mut outcome = known.map_or(0, |choice| choice.outcome);
        let (mut value, mut log) = self.try_outcome(dist, outcome, usage, deps, place);
        while impossible(self, log) && (outcome as usize) + 1 < outcomes {
            outcome += 1;
            (value, log) = self.try_outcome(dist, outcome, usage, deps, place);
        }
        let choice =
            PathChoice { site, outcome, outcomes: outcomes as u32, of, summed, log_probability: log };
        match self.session.paths.choices.get_mut(at) {
            Some(known) => *known = choice,
            None => self.session.paths.choices.push(choice),
        }
        self.session.paths.met += 1;
        Ok((value, log))
    }

    fn try_outcome(
        &mut self,
        dist: &Law<'_, E>,
        outcome: u32,
        usage: Use,
        deps: Deps,
        place: Place,
    ) -> (NodeId, NodeId) {
        let value = self.tape.leaf(Extent::SCALAR, deps, |out| out.fill(E::of(f64::from(outcome))));
        (value, self.log_density(dist, value, usage, place))
    }

    /// Says why a site cannot be tried by running the programs again, if it cannot.
    fn refuse_path(&self, shape: Shape) -> Option<String> {
        if shape.rank() != 0 {
            return Some(format!("has the shape {shape}; a `concrete` site is one number"));
        }
        let plates = self.scope.axes.intersection(AxisSet::PLATES);
        if !plates.is_empty() {
            return Some(format!(
                "stands in the {}, whose body is run once for all elements; a `concrete` site cannot stand there",
                self.plate_names(plates)
            ));
        }
        None
    }

    /// Proposes the outcome of the path at a site of the guide.
    pub(crate) fn propose_path(
        &mut self,
        name: Name,
        dist: &Law<'_, E>,
        auxiliary: bool,
        place: Place,
    ) -> (u32, NodeId) {
        let site = self.session.addresses.resolve(Subject::Site, name);
        self.session.apart.needed = true;
        if self.pass.draws_once() || self.particles() != 1 {
            // Without an objective one path is drawn, and in a dream it is given.
            return (site, self.propose(name, dist, Some(Default::default()), auxiliary, place));
        }
        if self.trace.entry(site).stamp == self.tape.recording {
            let detail = "is drawn twice in this run; give it an index".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
        }
        let Some((shape, axes, deps)) = self.describe(Subject::Site, site, dist, place) else {
            return (site, self.undrawable(site, place));
        };
        if let Some(detail) = self.refuse_path(shape).or_else(|| self.weighed_by_outcomes(axes)) {
            self.fail_at(Subject::Site, site, place, detail);
            return (site, self.undrawable(site, place));
        }
        let bit = Deps::bit(site as usize);
        let deps = deps.union(Deps { aligned: bit, crossed: self.scope.control });
        let (value, log) = match self.choose(site, dist, (false, Use::Seeded), deps, place) {
            Ok(chosen) => chosen,
            Err(detail) => {
                self.fail_at(Subject::Site, site, place, detail);
                return (site, self.undrawable(site, place));
            }
        };
        self.diagnose(Subject::Site, site, dist, Arg { id: value, value: E::zero() }, place);
        let proposal = Proposal::Pending { form: dist.form(&mut self.tape, place.0), node: Some(log) };
        self.enter_site(site, (value, self.scope.mask()), proposal, auxiliary, place);
        (site, value)
    }

    /// Says why a site of the guide may not depend on one that is tried at every value in one run.
    #[inline]
    fn weighed_by_outcomes(&self, axes: AxisSet) -> Option<String> {
        let axis = axes.intersection(AxisSet::OUTCOMES).innermost()?;
        Some(self.depends_on_outcomes(axis))
    }

    #[cold]
    pub(crate) fn depends_on_outcomes(&self, axis: crate::tape::axes::Axis) -> String {
        let name = self.session.site_name(self.trace.enumerated(axis).map_or(u32::MAX, |e| e.site));
        format!(
            "depends on `{name}`, which is tried at every value in one run, so that it has no single value; make `{name}` \
             `concrete` too"
        )
    }

    /// Meets a site of the model over whose outcomes the density is summed, one path after the other.
    pub(crate) fn sum_paths(&mut self, name: Name, dist: &Law<'_, E>, place: Place) -> (u32, NodeId) {
        let site = self.session.addresses.resolve(Subject::Site, name);
        self.session.apart.needed = true;
        let Some((shape, axes, deps)) = self.describe(Subject::Site, site, dist, place) else {
            return (site, self.undrawable(site, place));
        };
        if !self.trace.overlays.is_empty() {
            let (concrete, from_standard) = (true, false);
            let mut meeting = Meeting { site, name, dist, shape, axes, deps, place, concrete, from_standard };
            if let Some(value) = self.overlaid(&mut meeting) {
                return (site, value);
            }
            self.refuse_noncentered(&meeting);
        }
        if self.trace.entry(site).stamp == self.tape.recording {
            let proposed = self.trace.order.contains(&site) && !self.trace.entry(site).answered;
            let detail = match proposed {
                true => "the model sums this site out, so that the guide must not propose it",
                false => "is drawn twice in this model; give it an index",
            };
            self.fail_at(Subject::Site, site, place, detail.to_owned());
            return (site, self.trace.entry(site).value);
        }
        if self.pass.draws_from_model() || self.particles() != 1 {
            return (site, self.draw_from_model(site, dist, shape, (axes, deps), place));
        }
        if let Some(detail) = self.refuse_path(shape).or_else(|| self.refuse_sum()) {
            self.fail_at(Subject::Site, site, place, detail);
            return (site, self.undrawable(site, place));
        }
        let usage = self.usage(deps, axes);
        let (value, log) = match self.choose(site, dist, (true, usage), Deps::NONE, place) {
            Ok(chosen) => chosen,
            Err(detail) => {
                self.fail_at(Subject::Site, site, place, detail);
                return (site, self.undrawable(site, place));
            }
        };
        self.diagnose(Subject::Site, site, dist, Arg { id: value, value: E::zero() }, place);
        if self.pass.has_terms() {
            self.add_term(log, Part::Prior, site, axes, place);
        }
        let (stamp, axes, scale) = (self.tape.recording, self.scope.axes, self.scope.scale);
        let proposal = Proposal::Settled;
        *self.trace.entry(site) = Entry {
            stamp,
            value,
            proposal,
            answered: true,
            axes,
            scale,
            weight: 1.0,
            mask: None,
            labels: None,
            place: Some(place),
        };
        (site, value)
    }

    /// Says why the model may not sum over paths here, if it may not.
    fn refuse_sum(&self) -> Option<String> {
        if self.pass.probes().is_some() {
            let detail = "is summed over by running the model again, so that its posterior, and that of the sites summed \
                          out beside it, is not known from one run; draw it with a guide";
            return Some(detail.to_owned());
        }
        if self.scope.scale != 1.0 {
            return Some("its paths cannot be summed over under `scale`".to_owned());
        }
        if !self.scope.masks.is_empty() {
            return Some("its paths cannot be summed over under a `mask`".to_owned());
        }
        let inside = |e: &&Enumeration| e.log_weight.is_some();
        let averaged = self.trace.enumerations.iter().find(inside)?;
        let name = self.session.site_name(averaged.site);
        Some(format!(
            "the model sums over its paths for each value of the guide, which tries those of `{name}` in one run; make \
             `{name}` `concrete` too"
        ))
    }
}

impl<E: Element> Session<E> {
    /// Returns the sites of the path with the numbers of their outcomes.
    fn path_names(&self) -> String {
        let name = |choice: &PathChoice| {
            format!("`{}` ({} outcomes)", self.addresses.text(Subject::Site, choice.site), choice.of)
        };
        let mut names: Vec<String> = self.paths.choices.iter().take(NAMED).map(name).collect();
        let rest = self.paths.choices.len().saturating_sub(NAMED);
        if rest > 0 {
            names.push(format!("{rest} more"));
        }
        names.join(", ")
    }
}

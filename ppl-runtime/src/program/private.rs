//! Sites with an axis of their own: several values of one site, each with its costs.

use super::address::Subject;
use super::enumerate::Enumeration;
use super::run::Run;
use super::trace::Proposal;
use crate::dist::Request;
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::Place;
use crate::estimator::Draft;
use crate::estimator::rule::{Control, ScoreSite, Seed};
use crate::random::Streams;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet, FIRST_PLATE, PARTICLES};
use crate::tape::blocks::Blocks;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;
use rand::RngExt;

/// How the elements of the plates around a site go from one value along its axis to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// All together: the axis lies outside of the plates.
    Jointly,
    /// Each for itself, as if the others stayed: the axis belongs to the plates, and what depends on it cannot leave them.
    ByElement,
}

/// What combines the costs along the axis.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// The sum of `weight (cost - control) grad log q`.
    Score { weight: NodeId, control: Control },
    /// Sums of weighted costs, as derivatives by operands.
    Weighted([Option<Seed>; 2]),
}

/// A site before its values are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drafted {
    pub(crate) site: u32,
    pub(crate) shape: Shape,
    /// The axes of one draw.
    pub(crate) axes: AxisSet,
    /// What a value depends on, itself among it.
    pub(crate) deps: Deps,
    pub(crate) place: Place,
    axis: Option<(Axis, Moves)>,
}

/// A parameter of a site's distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    /// Where its derivative goes.
    pub(crate) target: NodeId,
    /// Its value for each element of one draw, through which no derivative flows.
    pub(crate) spread: NodeId,
}

impl Drafted {
    /// Returns the number of elements inside of the axes of discrete sites: those of the plates and of the event.
    pub(crate) fn inner<E: Element>(&self, run: &Run<E>) -> usize {
        let plates = self.axes.intersection(AxisSet::PLATES);
        run.tape.len_of(Extent { axes: plates, shape: self.shape }).max(1)
    }

    /// Returns the extent of one draw.
    pub(crate) fn of_one(&self) -> Extent {
        Extent { axes: self.axes, shape: self.shape }
    }

    /// Returns the random streams of the site.
    pub(crate) fn streams<E: Element>(&self, run: &Run<E>) -> Streams {
        run.streams(run.session.addresses.entry(Subject::Site, self.site).hash)
    }
}

impl<E: Element> Run<E> {
    /// Proposes a site with the values and the rule that `make` gives it, or draws it if no objective is recorded. `make`
    /// returns the values, the logarithm of their weights in the objective, and the rule; or nothing, having reported why.
    pub(crate) fn propose_along(
        &mut self,
        draft: Draft<'_, E>,
        make: impl FnOnce(&mut Run<E>, &mut Drafted) -> Option<(NodeId, NodeId, Rule)>,
    ) -> NodeId {
        if let Some(tried) = self.try_outcomes(draft) {
            return tried;
        }
        let Draft { name, dist, auxiliary, place } = draft;
        if self.pass.draws_once() {
            return self.propose(name, dist, None, auxiliary, place);
        }
        let site = self.session.addresses.resolve(Subject::Site, name);
        if self.trace.entry(site).stamp == self.tape.recording {
            let detail = "is drawn twice in this run; give it an index".to_owned();
            self.fail_at(Subject::Site, site, place, detail);
        }
        let Some((shape, operand_axes, deps)) = self.describe(Subject::Site, site, dist, place) else {
            return self.undrawable(site, place);
        };
        self.refuse_moving_support(site, dist, place);
        let masked_by = self.scope.masks.last().map_or(AxisSet::EMPTY, |&mask| self.tape.node(mask).axes);
        let axes = self.scope.axes.union(operand_axes.union(masked_by).intersection(AxisSet::OUTCOMES));
        let bit = Deps::bit(site as usize);
        let deps = deps.union(Deps { aligned: bit, crossed: self.scope.control });
        let mut drafted = Drafted { site, shape, axes, deps, place, axis: None };
        let made = make(self, &mut drafted);
        let (Some((value, log_weight, rule)), Some((axis, moves))) = (made, drafted.axis) else {
            return self.undrawable(site, place);
        };
        self.trace.score_bits |= bit;
        self.tape.place_site(axes, bit);
        let (plates, log_weight) = match moves {
            // Such weights are numbers that do not depend on the element.
            Moves::Jointly => (AxisSet::EMPTY, log_weight),
            Moves::ByElement => {
                // Of an element that is left out they may be no numbers, but a sum over them must be one.
                let left_out = self.tape.left_out_outcome(axis);
                let (masked, _) = self.mask_term(log_weight, AxisSet::EMPTY, left_out);
                (self.scope.axes.minus(AxisSet::of(PARTICLES)), masked)
            }
        };
        self.trace.enumerations.push(Enumeration {
            axis,
            site,
            outcomes: value,
            in_order: false,
            plates,
            log_weight: Some(log_weight),
            probe: None,
            mask: None,
            running: None,
            chained: false,
        });
        self.diagnose(Subject::Site, site, dist, Arg { id: value, value: E::zero() }, place);
        let log_proposal = self.log_density(dist, value, Use::Seeded, place);
        let (seeds, control) = match rule {
            Rule::Score { weight, control } => ([Some(Seed { target: log_proposal, weight }), None], control),
            Rule::Weighted(seeds) => (seeds, Control::Nothing),
        };
        self.trace.scores.push(ScoreSite {
            site,
            log_proposal,
            axis: Some(axis),
            predicted: None,
            control,
            seeds,
        });
        let proposal =
            Proposal::Pending { form: dist.form(&mut self.tape, place.0), node: Some(log_proposal) };
        self.enter_site(site, (value, self.scope.mask()), proposal, auxiliary, place);
        value
    }

    /// Opens an axis of this many values for a site.
    pub(crate) fn open_axis(&mut self, site: &mut Drafted, width: usize, moves: Moves) -> Option<Axis> {
        let axis = self.next_axis(site.site, width, site.place)?;
        if self.tape.refuse_large(self.along(site, axis)).is_some() {
            return None;
        }
        site.axis = Some((axis, moves));
        Some(axis)
    }

    /// Gives a site the next axis, with this many values.
    pub(crate) fn next_axis(&mut self, site: u32, width: usize, place: Place) -> Option<Axis> {
        let axis = Axis(self.trace.enumerations.len() as u8 + 1);
        if axis >= FIRST_PLATE {
            let most = FIRST_PLATE.0 - 1;
            let detail = format!(
                "a run can have at most {most} sites that are enumerated or have an estimator with several evaluations; \
                 write a chain with `markov!`"
            );
            self.fail_at(Subject::Site, site, place, detail);
            return None;
        }
        self.tape.sizes[axis.0 as usize] = width as u32;
        self.scope.live = self.scope.live.union(AxisSet::of(axis));
        Some(axis)
    }

    /// Returns the extent of a site's values along its axis.
    pub(crate) fn along(&self, site: &Drafted, axis: Axis) -> Extent {
        Extent { axes: site.axes.union(AxisSet::of(axis)), shape: site.shape }
    }

    /// Draws a site anew for each value along its axis.
    pub(crate) fn draw_along(&mut self, site: &Drafted, dist: &Law<'_, E>, axis: Axis) -> NodeId {
        let extent = self.along(site, axis);
        let request = Request { streams: site.streams(self), extent, pathwise: false, deps: site.deps };
        dist.draw(&mut self.tape, site.place.0, request)
    }

    /// Returns a uniform number in [0, 1) for each element of `extent`.
    pub(crate) fn uniforms(&mut self, site: &Drafted, extent: Extent) -> NodeId {
        let streams = site.streams(self);
        let blocks = Blocks::of_numbers(extent, &self.tape.sizes, &streams);
        self.tape.leaf(extent, Deps::NONE, |out| {
            blocks.each(&streams, out.len(), |rng, block| {
                for element in &mut out[block] {
                    let u: f64 = rng.random();
                    *element = E::of(u);
                }
            });
        })
    }

    /// Returns a parameter of a site's distribution for each element of one draw.
    pub(crate) fn operand(&mut self, site: &Drafted, value: Value<E>) -> Operand {
        let arg = self.tape.lift(value, site.place.0);
        let target = self.tape.materialise(arg);
        let stopped = self.tape.stop_gradient(target);
        let filled = self.tape.fill(Arg { id: stopped, value: arg.value }, site.shape);
        Operand { target, spread: self.tape.spread(filled.id, site.axes) }
    }

    /// Refuses a site that its estimator cannot draw.
    pub(crate) fn refuse_draft(&mut self, site: &Drafted, detail: String) {
        self.fail_at(Subject::Site, site.site, site.place, detail);
    }

    /// Refuses an array where the values along an axis are those of one number.
    pub(crate) fn one_number(&mut self, site: &Drafted) -> Option<()> {
        if site.shape.rank() == 0 {
            return Some(());
        }
        let detail = format!(
            "has the shape {}; its gradient estimator moves one number at a time, so draw it in a plate",
            site.shape
        );
        self.fail_at(Subject::Site, site.site, site.place, detail);
        None
    }

    /// Returns the number of outcomes of a site, which is one number.
    pub(crate) fn count_outcomes(&mut self, site: &Drafted, dist: &Law<'_, E>) -> Option<usize> {
        self.one_number(site)?;
        match dist.outcomes(&mut self.tape, site.place.0) {
            Ok(outcomes) => Some(outcomes.max(1)),
            Err(detail) => {
                self.fail_at(Subject::Site, site.site, site.place, detail);
                None
            }
        }
    }

    /// Returns the logarithms of the probabilities of all outcomes, along the axis that the site will have; no derivative
    /// flows to it, and the axis must be given its size anew afterwards.
    pub(crate) fn log_probabilities(
        &mut self,
        site: &Drafted,
        dist: &Law<'_, E>,
        outcomes: usize,
    ) -> Option<NodeId> {
        let axis = self.next_axis(site.site, outcomes, site.place)?;
        let every = self.tape.constant_along(axis, |k| k as f64);
        let lifts = std::mem::replace(&mut self.tape.lifts_constants, true);
        let logs = self.log_density(dist, every, Use::Seeded, site.place);
        self.tape.lifts_constants = lifts;
        Some(self.tape.spread(logs, site.axes))
    }

    /// Draws a site once.
    pub(crate) fn draw_one(&mut self, site: &Drafted, dist: &Law<'_, E>) -> NodeId {
        let extent = site.of_one();
        let request = Request { streams: site.streams(self), extent, pathwise: false, deps: site.deps };
        dist.draw(&mut self.tape, site.place.0, request)
    }
}

impl<E: Element> Tape<E> {
    /// Returns numbers along an axis alone.
    pub(crate) fn constant_along(&mut self, axis: Axis, number: impl Fn(usize) -> f64) -> NodeId {
        self.numbers_along(axis, Deps::NONE, number)
    }

    /// Returns numbers along an axis alone, with these dependencies.
    pub(crate) fn numbers_along(&mut self, axis: Axis, deps: Deps, number: impl Fn(usize) -> f64) -> NodeId {
        let extent = Extent { axes: AxisSet::of(axis), shape: Shape::SCALAR };
        self.leaf(extent, deps, |out| {
            for (k, out) in out.iter_mut().enumerate() {
                *out = E::of(number(k));
            }
        })
    }
}

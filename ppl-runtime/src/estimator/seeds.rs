//! Sites without a pathwise gradient: from the cost of each and its baseline to the seeds of its derivatives.

use super::apart::Noted;
use super::cost::Cost;
use super::moving::MovingAverages;
use crate::element::Element;
use crate::estimator::rule::{Control, Predicted, ScoreSite, Seed};
use crate::kernel::long_sums::add_each;
use crate::program::run::Run;
use crate::program::trace::{Part, Term, Trace};
use crate::shape::Shape;
use crate::state::Visitor;
use crate::tape::axes::{Axis, AxisSet, PARTICLES};
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};

/// The state of the estimators of a session: the baselines, by site.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scores {
    pub(crate) averages: MovingAverages,
    pub(crate) cost: Cost,
    /// The costs of the recordings of a step that has several.
    pub(crate) noted: Noted,
}

impl<E> Trace<E> {
    /// Returns whether a term is the log-density of a proposal whose gradient is estimated from costs.
    ///
    /// Its own derivative has expectation zero, so it gets no seed but that of the estimator.
    pub(crate) fn is_score_proposal(&self, term: &Term) -> bool {
        // An expectation over other sites' axes is a function of their weights as well, which have a derivative.
        term.part == Part::Proposal && term.outcomes.is_none() && self.scores.of(term.site).is_some()
    }
}

impl Scores {
    /// Shows what later steps read: of a step's own costs nothing is kept.
    pub(crate) fn state<E: Element>(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        self.averages.state(visitor)
    }

    /// Adds to the adjoints that each site's rule names the weighted costs less their control.
    ///
    /// It is not inlined, for the sake of programs without such sites.
    #[inline(never)]
    pub(crate) fn seed<E: Element>(&mut self, run: &mut Run<E>) {
        let particles = run.particles();
        self.cost.begin();
        for k in 0..run.trace.scores.len() {
            let score = run.trace.scores[k];
            let axes = run.tape.node(score.log_proposal).axes;
            self.cost.gather(run, &score, axes);
            match run.session.apart.on {
                true => self.subtract_apart(run, &score, axes),
                false => self.subtract(run, &score, axes, particles),
            }
            self.add_seeds(run, &score, axes, run.share() * run.weight_of_element(axes));
        }
    }

    /// Adds to the adjoints that a site's rule names `share` times costs that `fill` writes for each element of its axes, less
    /// their control if it is `controlled`.
    pub(crate) fn seed_costs<E: Element>(
        &mut self,
        run: &mut Run<E>,
        score: &ScoreSite,
        (particles, share, controlled): (usize, f64, bool),
        fill: impl FnOnce(&Run<E>, &mut Vec<f64>),
    ) {
        let axes = run.tape.node(score.log_proposal).axes;
        self.cost.weights.clear();
        fill(run, &mut self.cost.elements);
        if controlled {
            self.subtract(run, score, axes, particles);
        }
        self.add_seeds(run, score, axes, share);
    }

    /// Subtracts from the costs what was predicted of them, and then their control.
    pub(crate) fn subtract<E: Element>(
        &mut self,
        run: &mut Run<E>,
        score: &ScoreSite,
        axes: AxisSet,
        particles: usize,
    ) {
        self.subtract_prediction(run, score, axes);
        let deviation = self.subtract_control(run, score, axes, particles);
        self.settle(run, score, axes, deviation);
    }

    /// Subtracts the control from the costs; returns by what they are to be divided.
    pub(super) fn subtract_control<E: Element>(
        &mut self,
        run: &Run<E>,
        score: &ScoreSite,
        axes: AxisSet,
        particles: usize,
    ) -> f64 {
        let cost = &mut self.cost.elements;
        match score.control {
            Control::Nothing => {}
            Control::Average { decay, standardised } => {
                return self.averages.subtract(score.site as usize, cost, particles, decay, standardised);
            }
            Control::Particles => subtract_others(cost, lines(run, axes, PARTICLES)),
            Control::Others => {
                if let Some(axis) = score.axis {
                    subtract_others(cost, lines(run, axes, axis));
                }
            }
            Control::Last => {
                if let Some(axis) = score.axis {
                    subtract_last(cost, lines(run, axes, axis));
                }
            }
            Control::Listed => {
                if let (Some(axis), Some(Seed { weight, .. })) = (score.axis, score.seeds[0]) {
                    subtract_listed(cost, run.tape.value(weight), lines(run, axes, axis));
                }
            }
        }
        1.0
    }

    /// Teaches a prediction what is left of the costs, and divides them by their deviation.
    pub(super) fn settle<E: Element>(
        &mut self,
        run: &mut Run<E>,
        score: &ScoreSite,
        axes: AxisSet,
        deviation: f64,
    ) {
        if let Some(Predicted { value, learns: true }) = score.predicted {
            self.teach(run, score, value, axes);
        }
        if deviation != 1.0 {
            self.cost.elements.iter_mut().for_each(|cost| *cost /= deviation);
        }
    }

    /// Subtracts from the costs what was predicted of them, if that was asked for.
    pub(super) fn subtract_prediction<E: Element>(&mut self, run: &Run<E>, score: &ScoreSite, axes: AxisSet) {
        let Some(Predicted { value: prediction, .. }) = score.predicted else { return };
        let domain = Extent { axes, shape: Shape::SCALAR };
        let (from, values) = (run.tape.node(prediction).extent(), run.tape.value(prediction));
        let cost = &mut self.cost.elements;
        Walk::new(&run.tape.sizes, domain, &[domain, from]).rows(|offset, n, stride| {
            for i in 0..n {
                cost[offset[0] + i * stride[0]] -= values[offset[1] + i * stride[1]].as_f64();
            }
        });
    }

    /// Seeds a prediction with the derivative of the mean square of what it leaves of the costs, over the elements that are there.
    fn teach<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, prediction: NodeId, axes: AxisSet) {
        if !run.tape.node(prediction).has_gradient() {
            return;
        }
        let kept = self.cost.leave_out(run, score, axes);
        let domain = Extent { axes, shape: Shape::SCALAR };
        let into = run.tape.node(prediction).extent();
        // Values along the axes of other sites count by their weights, which sum to one.
        let counted = kept * run.tape.elements_of(axes.minus(AxisSet::OUTCOMES));
        let share = run.share() * run.particles() as f64;
        let Cost { elements, weights, .. } = &self.cost;
        let sizes = run.tape.sizes;
        let adjoint = run.tape.adjoint_mut(prediction);
        Walk::new(&sizes, domain, &[domain, into]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = offset[0] + i * stride[0];
                let weight = if weights.is_empty() { 1.0 } else { weights[at] };
                if elements[at] == 0.0 {
                    continue;
                }
                adjoint[offset[1] + i * stride[1]] -= E::of(2.0 * share / counted * weight * elements[at]);
            }
        });
    }

    /// Adds `share` times the weighted costs to the adjoints that a site's rule names. Of an element that is left out there is
    /// no cost, whatever was subtracted from it.
    fn add_seeds<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, axes: AxisSet, share: f64) {
        self.cost.leave_out(run, score, axes);
        for seed in score.seeds.into_iter().flatten() {
            self.add_seed(run, seed, axes, share);
        }
    }

    /// Adds `share` times the weighted costs to the adjoint of a rule's target.
    fn add_seed<E: Element>(&self, run: &mut Run<E>, seed: Seed, axes: AxisSet, share: f64) {
        if !run.tape.node(seed.target).has_gradient() {
            return;
        }
        let Cost { elements, weights: reached, .. } = &self.cost;
        let weighs = |at: usize| if reached.is_empty() { 1.0 } else { reached[at] };
        let into = run.tape.node(seed.target).extent();
        let domain = Extent { axes, shape: into.shape };
        if !seed.weight.is_some() {
            // The score of a site without an axis of its own, which has the axes of its costs.
            let adjoint = run.tape.adjoint_mut(seed.target);
            for (at, (d, &cost)) in adjoint.iter_mut().zip(elements).enumerate() {
                if cost != 0.0 {
                    *d += E::of(share * weighs(at) * cost);
                }
            }
            return;
        }
        let of_cost = Extent { axes, shape: Shape::SCALAR };
        let by = run.tape.node(seed.weight).extent();
        let domain = if domain.shape.rank() == 0 { Extent { axes, shape: by.shape } } else { domain };
        let sizes = run.tape.sizes;
        let len = domain.len(&sizes);
        let (factors, mut adjoint) = run.tape.value_and_sums(seed.weight, seed.target, len);
        Walk::new(&sizes, domain, &[into, by, of_cost]).rows(|offset, n, stride| {
            add_each(adjoint.row(offset[0], n, stride[0]), n, |i| {
                let (factor, at) = (factors[offset[1] + i * stride[1]], offset[2] + i * stride[2]);
                // What has no weight counts for nothing, even if its cost is infinite; nor does what has no cost, even if its
                // weight is not a number.
                let counts = factor != E::zero() && elements[at] != 0.0;
                E::of(if counts { share * weighs(at) * factor.as_f64() * elements[at] } else { 0.0 })
            });
        });
    }
}

/// How an array is made of lines along one of its axes: how many lie outside of one another, their length, and the step
/// from one entry to the next.
#[derive(Clone, Copy, Debug)]
struct Lines {
    outer: usize,
    count: usize,
    inner: usize,
}

impl Lines {
    /// Calls `line` with the first position of each.
    fn each(self, mut line: impl FnMut(usize)) {
        for o in 0..self.outer {
            for i in 0..self.inner {
                line(o * self.count * self.inner + i);
            }
        }
    }
}

fn lines<E: Element>(run: &Run<E>, axes: AxisSet, axis: Axis) -> Lines {
    let size = |axes: AxisSet| axes.iter().map(|a| run.tape.sizes[a.0 as usize] as usize).product();
    let inside = axes.inside(axis);
    Lines {
        outer: size(axes.minus(inside).minus(AxisSet::of(axis))),
        count: size(AxisSet::of(axis)),
        inner: size(inside),
    }
}

/// Subtracts from each entry of a line the mean of the others.
fn subtract_others(cost: &mut [f64], lines: Lines) {
    let Lines { count, inner, .. } = lines;
    lines.each(|first| {
        let total: f64 = (0..count).map(|k| cost[first + k * inner]).sum();
        for k in 0..count {
            let own = cost[first + k * inner];
            cost[first + k * inner] = own - (total - own) / (count - 1) as f64;
        }
    });
}

/// Subtracts from each entry of a line the last one.
fn subtract_last(cost: &mut [f64], lines: Lines) {
    let Lines { count, inner, .. } = lines;
    lines.each(|first| {
        let last = cost[first + (count - 1) * inner];
        (0..count).for_each(|k| cost[first + k * inner] -= last);
    });
}

/// Subtracts from each entry of a line the weighted mean of all but the last.
fn subtract_listed<E: Element>(cost: &mut [f64], weights: &[E], lines: Lines) {
    let Lines { count, inner, .. } = lines;
    lines.each(|first| {
        let (mut total, mut weight) = (0.0, 0.0);
        for at in (0..count - 1).map(|k| first + k * inner).filter(|&at| weights[at] > E::zero()) {
            total += weights[at].as_f64() * cost[at];
            weight += weights[at].as_f64();
        }
        if weight > 0.0 {
            (0..count).for_each(|k| cost[first + k * inner] -= total / weight);
        }
    });
}

//! Objectives that are a power mean of importance weights, with their gradient by particles.

use super::log_weights::{LogWeights, varies};
use super::power_mean::PowerMean;
use super::{BoundRows, Elbo, Objective, Step};
use crate::element::Element;
use crate::error::Error;
use crate::estimator::rule::Control;
use crate::estimator::seeds::Scores;
use crate::program::address::Subject;
use crate::program::pass::{Divergences, Pass, Terms};
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::state::Visitor;
use crate::tape::deps::Deps;

/// The logarithm of a power mean of the particles' weights, summed over the elements of plates that may be split.
///
/// The gradient of `B = (1/p) log(1/K sum_k w_k^p)` has two parts. The direct one weighs the derivative of each log-weight by
/// `v_k`, which is proportional to `w_k^p`; it includes that of `log q` by its own parameters. The other is for sites
/// without a pathwise gradient: `(B - b_k)` times the score of every such site of particle `k`. Every log-weight is in `B`, so
/// that no term may be dropped from this cost.
#[derive(Clone, Debug)]
pub(super) struct Weighted {
    particles: usize,
    pub(super) mean: PowerMean,
    pub(super) logs: LogWeights,
    /// The logarithms of the means, of shape `[elements]`.
    bounds: Vec<f64>,
    /// Their derivatives by the log-weights, of shape `[particles, elements]`.
    pub(super) weights: Vec<f64>,
    /// The cost of the sites at hand, of shape `[particles, elements]`.
    signal: Vec<f64>,
    scores: Scores,
    /// The loss without its parts that belong to a site.
    remainder: f64,
}

impl Weighted {
    pub(super) fn new(particles: usize, power: f64) -> Weighted {
        Weighted {
            particles,
            mean: PowerMean::new(power),
            logs: LogWeights::default(),
            bounds: Vec::new(),
            weights: Vec::new(),
            signal: Vec::new(),
            scores: Scores::default(),
            remainder: 0.0,
        }
    }

    pub(super) fn particles(&self) -> usize {
        self.particles
    }

    pub(super) fn pass(&self) -> Pass {
        Pass { divergences: Divergences::Estimated, terms: Terms::Elements, ..Pass::OBJECTIVE }
    }

    /// Computes the bound and the weights.
    pub(super) fn value<E: Element>(&mut self, run: &Run<E>) -> Result<Step, Error> {
        refuse_expectations(run)?;
        refuse_weights(run)?;
        self.logs.gather(run, self.particles)?;
        let Weighted { mean, logs, bounds, weights, .. } = self;
        mean.means_into(&logs.logs, bounds, weights, logs.elements);
        let mut loss = -logs.scale * bounds.iter().sum::<f64>();
        let (mut log_likelihood, mut of_sites, mut penalties) = (0.0, 0.0, 0.0);
        for term in &run.trace.terms {
            let contribution = self.share(run, term);
            of_sites += contribution;
            if !varies(run, term) {
                loss += contribution;
            }
            match term.part {
                Part::Penalty => penalties += contribution,
                Part::Likelihood | Part::Factor | Part::Evidence => log_likelihood -= contribution,
                _ => {}
            }
        }
        self.remainder = loss - of_sites;
        Ok(Step::of_bound(loss, log_likelihood, penalties))
    }

    /// Seeds the direct part of the gradient; `sign` says how a part enters.
    pub(super) fn seed_direct<E: Element>(&self, run: &mut Run<E>, sign: impl Fn(Part) -> f64) {
        for k in 0..run.trace.terms.len() {
            let term = run.trace.terms[k];
            if !run.tape.node(term.node).has_gradient() {
                continue;
            }
            if varies(run, &term) {
                let factor = -self.logs.scale * sign(term.part) * self.logs.factor(run, &term);
                self.logs.seed(run, term.node, &self.weights, factor);
            } else {
                let seed = E::of(-sign(term.part) * term.scale / self.particles as f64);
                run.tape.adjoint_mut(term.node).iter_mut().for_each(|adjoint| *adjoint += seed);
            }
        }
    }

    /// Seeds the scores of the sites without a pathwise gradient.
    fn seed_scores<E: Element>(&mut self, run: &mut Run<E>, leaves_one_out: bool) {
        let Weighted { particles, mean, logs, bounds, signal, scores, .. } = self;
        for k in 0..run.trace.scores.len() {
            let score = run.trace.scores[k];
            signal.clear();
            for _ in 0..*particles {
                signal.extend_from_slice(bounds);
            }
            let others = leaves_one_out || matches!(score.control, Control::Particles);
            if others {
                mean.leave_one_out(&logs.logs, signal, logs.elements);
            }
            for term in run.trace.terms.iter().filter(|term| term.part == Part::Penalty) {
                if run.tape.node(term.node).deps.all() & Deps::bit(score.site as usize) != 0 {
                    logs.subtract_penalty(run, term, signal);
                }
            }
            scores.seed_costs(run, &score, (*particles, logs.scale, !others), |run, costs| {
                logs.spread_into(run, score.log_proposal, signal, costs);
                // What is minimised is the bound's negative.
                costs.iter_mut().for_each(|cost| *cost = -*cost);
            });
        }
    }

    pub(super) fn seed<E: Element>(&mut self, run: &mut Run<E>, leaves_one_out: bool) -> Result<Step, Error> {
        run.tape.clear_adjoints();
        let step = self.value(run)?;
        // If it is not finite the step fails, and the baselines must not learn from it.
        if step.loss.is_finite() {
            self.seed_direct(run, Part::sign);
            self.seed_scores(run, leaves_one_out);
        }
        Ok(step)
    }

    /// Returns the contribution of a term to the loss, with the weights of the last recording.
    fn share<E: Element>(&self, run: &Run<E>, term: &Term) -> f64 {
        if varies(run, term) {
            return -term.part.sign() * self.logs.weighed(run, term, &self.weights);
        }
        -run.tape.weigh(term) / self.particles as f64
    }

    pub(super) fn contribution<E: Element>(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        self.logs.are_of(run).then(|| self.share(run, term))
    }

    /// Adds what the elements of plates have of the bound.
    pub(super) fn add_rows<E: Element>(&self, run: &Run<E>, share: f64, rows: &mut BoundRows) {
        rows.add_bounds(run, &self.logs, &self.bounds, share);
        let constant = run.trace.terms.iter().filter(|term| !varies(run, term));
        constant.for_each(|term| rows.add_term(run, term, share / self.particles as f64));
    }

    pub(super) fn state<E: Element>(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        self.scores.state(visitor)
    }

    pub(super) fn remainder<E: Element>(&self, run: &Run<E>) -> Option<f64> {
        self.logs.are_of(run).then_some(self.remainder)
    }
}

/// Refuses sites of the guide that have several values in one particle: a bound that is not linear in the log-weights would need every
/// combination of the particles' values.
fn refuse_expectations<E: Element>(run: &Run<E>) -> Result<(), Error> {
    let Some(found) = run.trace.enumerations.iter().find(|e| e.log_weight.is_some()) else { return Ok(()) };
    let site = run.session.addresses.text(Subject::Site, found.site);
    Err(Error::Setup {
        what: format!(
            "the guide gives `{site}` several values in one particle, but a bound by weights of particles is no expectation over \
             the values of one; draw it with `Score`, or let the model sum it out"
        ),
    })
}

/// Refuses terms that the model weighs: what stands for the weight of a draw is no sum in which they could.
fn refuse_weights<E: Element>(run: &Run<E>) -> Result<(), Error> {
    let Some(term) = run.trace.terms.iter().find(|term| term.weight != 1.0) else { return Ok(()) };
    let site = run.part_name(term.part.subject(), term.site);
    Err(Error::Setup {
        what: format!(
            "the model weighs the term of `{site}`, which a bound by weights of particles cannot; use `Elbo`"
        ),
    })
}

/// A power mean, or the evidence lower bound where it is one.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// A mean of log-weights: costs are sums of just the terms that depend on a site, and rows may be a part of a plate.
    Linear(Box<Elbo>),
    /// A mean that is not linear in the log-weights, and whether the particles' scores must have the others as baseline.
    Weighted(Box<Weighted>, bool),
}

impl Bound {
    pub(super) fn new(particles: usize, power: f64, leaves_one_out: bool) -> Bound {
        if particles == 1 || power == 0.0 {
            Bound::Linear(Box::new(Elbo::default().particles(particles).closed_kl(false)))
        } else {
            Bound::Weighted(Box::new(Weighted::new(particles, power)), leaves_one_out)
        }
    }

    pub(super) fn particles<E: Element>(&self) -> usize {
        match self {
            Bound::Linear(elbo) => Objective::<E>::particles(&**elbo),
            Bound::Weighted(weighted, _) => weighted.particles(),
        }
    }

    pub(super) fn replaces_baselines(&self) -> bool {
        matches!(self, Bound::Weighted(_, true))
    }

    pub(super) fn pass<E: Element>(&self) -> Pass {
        match self {
            Bound::Linear(elbo) => Objective::<E>::pass(&**elbo),
            Bound::Weighted(weighted, _) => weighted.pass(),
        }
    }

    pub(super) fn seed<E: Element>(&mut self, run: &mut Run<E>) -> Result<Step, Error> {
        match self {
            Bound::Linear(elbo) => elbo.seed(run),
            Bound::Weighted(weighted, leaves_one_out) => weighted.seed(run, *leaves_one_out),
        }
    }

    pub(super) fn value<E: Element>(&mut self, run: &Run<E>) -> Result<Step, Error> {
        match self {
            Bound::Linear(elbo) => elbo.value(run),
            Bound::Weighted(weighted, _) => weighted.value(run),
        }
    }

    pub(super) fn contribution<E: Element>(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        match self {
            Bound::Linear(elbo) => elbo.contribution(run, term),
            Bound::Weighted(weighted, _) => weighted.contribution(run, term),
        }
    }

    /// Adds what the elements of plates have of the bound.
    pub(super) fn add_rows<E: Element>(&self, run: &Run<E>, share: f64, rows: &mut BoundRows) {
        match self {
            Bound::Linear(elbo) => elbo.add_rows(run, share, rows),
            Bound::Weighted(weighted, _) => weighted.add_rows(run, share, rows),
        }
    }

    /// Shows the state of the estimators, which both forms have.
    pub(super) fn state<E: Element>(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        match self {
            Bound::Linear(elbo) => elbo.scores.state(visitor),
            Bound::Weighted(weighted, _) => weighted.state(visitor),
        }
    }

    pub(super) fn remainder<E: Element>(&self, run: &Run<E>) -> Option<f64> {
        match self {
            Bound::Linear(_) => None,
            Bound::Weighted(weighted, _) => weighted.remainder(run),
        }
    }
}

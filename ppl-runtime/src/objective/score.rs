//! The score function: for each site without a pathwise gradient, its cost, its baseline, and the seeds of its `log q`.

use crate::element::Element;
use crate::estimator::Baseline;
use crate::program::run::Run;
use crate::program::trace::{Part, Term, Trace};
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::shape::Shape;
use crate::tape::walk::{Extent, Walk};

/// The decay of the default baseline.
const DECAY: f64 = 0.9;

/// The state of the score-function estimators of a session: the baselines, by site.
#[derive(Clone, Debug, Default)]
pub(super) struct Scores {
    averages: Vec<Average>,
    cost: Vec<f64>,
    /// The probability of the outcomes that each element of the cost is drawn for.
    weights: Vec<f64>,
    sums: Vec<f64>,
}

/// A decaying average of costs, corrected for its start at zero.
#[derive(Clone, Debug, Default)]
struct Average {
    /// The weight that the average has gathered, 1 minus a power of the decay.
    weight: f64,
    sums: Vec<f64>,
}

impl<E> Trace<E> {
    /// Returns whether a term is the log-density of a proposal whose gradient is its score.
    ///
    /// Its own derivative has expectation zero, so it gets no seed but that of the score.
    pub(crate) fn is_score_proposal(&self, term: &Term) -> bool {
        term.part == Part::Proposal && self.scores.iter().any(|s| s.site == term.site)
    }
}

impl Scores {
    /// Adds to the adjoint of each score site's `log q` the cost minus the baseline.
    pub(super) fn seed<E: Element>(&mut self, run: &mut Run<E>, particles: usize) {
        for k in 0..run.trace.scores.len() {
            let score = run.trace.scores[k];
            let axes = run.tape.node(score.log_proposal).axes;
            let weight = self.gather_cost(run, score.site, axes);
            let share = -1.0 / particles as f64;
            match resolve(score.baseline, particles) {
                Baseline::LeaveOneOut => subtract_others(&mut self.cost, particles),
                Baseline::Decaying(average) => {
                    self.subtract_average(score.site as usize, average.decay, particles)
                }
                Baseline::None | Baseline::Default => {}
            }
            if run.tape.node(score.log_proposal).has_gradient() {
                let adjoint = run.tape.adjoint_mut(score.log_proposal);
                match weight {
                    None => adjoint.iter_mut().zip(&self.cost).for_each(|(d, &c)| *d += E::of(share * c)),
                    Some(_) => {
                        let weighed = self.cost.iter().zip(&self.weights).map(|(c, w)| c * w);
                        adjoint.iter_mut().zip(weighed).for_each(|(d, c)| *d += E::of(share * c));
                    }
                }
            }
        }
    }

    /// Sums into `cost`, element by element of the site's axes, the terms of the bound that depend on the site.
    ///
    /// A site that is drawn for each outcome of others has a cost for each, and `weights` then hold their probabilities,
    /// by which its gradient is weighed; the axes of these others are returned.
    fn gather_cost<E: Element>(&mut self, run: &mut Run<E>, site: u32, axes: AxisSet) -> Option<AxisSet> {
        let bit = Deps::bit(site as usize);
        let domain = Extent { axes, shape: Shape::SCALAR };
        let outcomes = axes.intersection(run.trace.averaged());
        let site_weight = if outcomes.is_empty() { None } else { run.log_weight(outcomes) };
        let sizes = &run.tape.sizes;
        self.cost.clear();
        self.cost.resize(domain.len(sizes), 0.0);
        for term in &run.trace.terms {
            let node = run.tape.node(term.node);
            if node.deps.all() & bit == 0 {
                continue;
            }
            let factor = term.part.sign() * term.scale;
            // A crossed term reaches every element of the site, but never another particle or outcome.
            let apart = axes.minus(AxisSet::PLATES);
            let shared = if node.deps.crossed & bit != 0 { apart } else { axes };
            let (raw, log_weight) = match term.outcomes {
                Some((raw, log_weight)) if site_weight.is_some() => (raw, Some(log_weight)),
                _ => (term.node, None),
            };
            let (raw, values) = (run.tape.node(raw).extent(), run.tape.value(raw));
            if log_weight.is_none() && raw.axes == axes && shared == axes {
                for (c, v) in self.cost.iter_mut().zip(values) {
                    *c += factor * v.as_f64();
                }
                continue;
            }
            let (by, weights) = match log_weight {
                None => (Extent::SCALAR, None),
                Some(id) => (run.tape.node(id).extent(), Some(run.tape.value(id))),
            };
            let all = Extent { axes: raw.axes.union(by.axes), shape: Shape::SCALAR };
            let reached = Extent { axes: all.axes.intersection(shared), shape: Shape::SCALAR };
            // Sum the term over what the site does not share, then hand the sum to every element that it reaches.
            let sums = &mut self.sums;
            sums.clear();
            sums.resize(reached.len(sizes), 0.0);
            Walk::new(sizes, all, &[reached, raw, by]).rows(|offset, n, stride| {
                for i in 0..n {
                    let weight = weights.map_or(1.0, |w| w[offset[2] + i * stride[2]].as_f64().exp());
                    if weight != 0.0 {
                        let value = values[offset[1] + i * stride[1]].as_f64();
                        sums[offset[0] + i * stride[0]] += weight * value;
                    }
                }
            });
            let cost = &mut self.cost;
            Walk::new(sizes, domain, &[domain, reached]).rows(|offset, n, stride| {
                for i in 0..n {
                    cost[offset[0] + i * stride[0]] += factor * sums[offset[1] + i * stride[1]];
                }
            });
        }
        let log_weight = site_weight?;
        let (by, log) = (run.tape.node(log_weight).extent(), run.tape.value(log_weight));
        self.weights.clear();
        self.weights.resize(self.cost.len(), 0.0);
        let Scores { cost, weights, .. } = self;
        Walk::new(sizes, domain, &[domain, by]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = offset[0] + i * stride[0];
                weights[at] = log[offset[1] + i * stride[1]].as_f64().exp();
                cost[at] = if weights[at] > 0.0 { cost[at] / weights[at] } else { 0.0 };
            }
        });
        Some(outcomes)
    }

    /// Subtracts the average of earlier steps, then adds this step's costs to it.
    fn subtract_average(&mut self, site: usize, decay: f64, particles: usize) {
        if site >= self.averages.len() {
            self.averages.resize(site + 1, Average::default());
        }
        let average = &mut self.averages[site];
        let width = self.cost.len() / particles.max(1);
        if average.sums.len() != width {
            *average = Average { weight: 0.0, sums: vec![0.0; width] };
        }
        let before = average.weight;
        average.weight = decay * before + (1.0 - decay);
        for k in 0..width {
            let mean = (0..particles).map(|p| self.cost[p * width + k]).sum::<f64>() / particles as f64;
            let baseline = if before > 0.0 { average.sums[k] / before } else { 0.0 };
            average.sums[k] = decay * average.sums[k] + (1.0 - decay) * mean;
            for p in 0..particles {
                self.cost[p * width + k] -= baseline;
            }
        }
    }
}

/// Returns the baseline that is meant for this number of particles.
fn resolve(baseline: Baseline, particles: usize) -> Baseline {
    match baseline {
        Baseline::Default if particles > 1 => Baseline::LeaveOneOut,
        Baseline::Default => Baseline::Decaying(crate::estimator::DecayingAverage::new(DECAY)),
        // With one particle there is no other to take the mean of.
        Baseline::LeaveOneOut if particles == 1 => Baseline::None,
        other => other,
    }
}

/// Subtracts from each particle's cost the mean of the others'; the particles are the outermost axis.
fn subtract_others(cost: &mut [f64], particles: usize) {
    let width = cost.len() / particles;
    for k in 0..width {
        let total: f64 = (0..particles).map(|p| cost[p * width + k]).sum();
        for p in 0..particles {
            let own = cost[p * width + k];
            cost[p * width + k] = own - (total - own) / (particles - 1) as f64;
        }
    }
}

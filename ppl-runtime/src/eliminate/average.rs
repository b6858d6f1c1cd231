//! Expectations over the sites of a guide that have an axis of their own: those that are tried at every value, and those
//! whose gradient estimator evaluates several.

use crate::element::Element;
use crate::program::run::Run;
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::Binary;

/// The joint weights of sets of sites, as far as a run has asked for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    known: Vec<(Joint, NodeId)>,
    factors: Vec<NodeId>,
    joined: Vec<NodeId>,
}

/// Which joint weight is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Joint {
    sites: AxisSet,
    /// Sites whose own factor is left out.
    without: AxisSet,
    differentiable: bool,
}

impl<E: Element> Run<E> {
    /// Replaces the terms along the guide's outcomes by their expectations.
    pub(crate) fn average(&mut self) {
        let averaged = self.trace.averaged();
        self.trace.weights.known.clear();
        if averaged.is_empty() || self.tape.error.is_some() || self.trace.stopped {
            return;
        }
        for k in 0..self.trace.terms.len() {
            let term = self.trace.terms[k];
            let axes = self.tape.node(term.node).axes;
            let sites = axes.intersection(averaged);
            if sites.is_empty() {
                continue;
            }
            let Some(log_weight) = self.log_weight(sites) else { continue };
            // The score of a sampled site has expectation zero, so that only the weights are differentiated.
            let x = match self.trace.is_score_proposal(&term) {
                true => self.tape.stop_gradient(term.node),
                false => term.node,
            };
            let node = self.tape.expectation(x, log_weight, sites);
            // The weights may spell out plates that the term did not.
            let spelt = self.tape.node(node).axes.minus(axes);
            let term = &mut self.trace.terms[k];
            term.outcomes = Some((term.node, log_weight));
            term.node = node;
            let repeated: f64 = spelt.iter().map(|a| f64::from(self.tape.sizes[a.0 as usize])).product();
            term.scale /= repeated;
        }
    }

    /// Returns the logarithm of the joint weight of sites of the guide, along their axes.
    pub(crate) fn log_weight(&mut self, sites: AxisSet) -> Option<NodeId> {
        self.joint_weight(Joint { sites, without: AxisSet::EMPTY, differentiable: true })
    }

    /// Returns the logarithm of the joint weight of sites, given those in `without` (which are among them): a number through
    /// which no derivative flows. Nothing stands for a weight of one.
    pub(crate) fn log_weight_given(&mut self, sites: AxisSet, without: AxisSet) -> Option<NodeId> {
        self.joint_weight(Joint { sites, without, differentiable: false })
    }

    fn joint_weight(&mut self, asked: Joint) -> Option<NodeId> {
        if asked.sites.minus(asked.without).is_empty() {
            return None;
        }
        if let Some(&(_, node)) = self.trace.weights.known.iter().find(|(joint, _)| *joint == asked) {
            return Some(node);
        }
        let sites = asked.sites;
        let mut weights = std::mem::take(&mut self.trace.weights);
        weights.factors.clear();
        // The sites that these depend on, and so on.
        let mut all = sites;
        let mut taken = asked.without;
        while let Some(axis) = all.minus(taken).innermost() {
            taken = taken.union(AxisSet::of(axis));
            if let Some(log) = self.trace.enumerated(axis).and_then(|e| e.log_weight) {
                let log = if asked.differentiable { log } else { self.tape.stop_gradient(log) };
                // The sites of a chain share one.
                if !weights.factors.contains(&log) {
                    weights.factors.push(log);
                }
                all = all.union(self.tape.node(log).axes.intersection(AxisSet::OUTCOMES));
            }
        }
        // Those that were not asked for are summed out, the last drawn first, as the others do not depend on it.
        for axis in all.minus(sites).iter_inward_out() {
            let tape = &self.tape;
            weights.joined.clear();
            let joined = &mut weights.joined;
            weights.factors.retain(|&factor| {
                let knows = tape.node(factor).axes.contains(axis);
                if knows {
                    joined.push(factor);
                }
                !knows
            });
            let node = self.tape.log_sum(&weights.joined, axis);
            weights.factors.push(node);
        }
        let mut joint: Option<NodeId> = None;
        for &factor in &weights.factors {
            joint = Some(match joint {
                None => factor,
                Some(sum) => {
                    let arg = |id| Arg { id, value: E::zero() };
                    // Log-densities are scalars, whose shapes fit.
                    self.tape.binary(Binary::Add, arg(sum), arg(factor)).unwrap_or(sum)
                }
            });
        }
        if let Some(node) = joint {
            weights.known.push((asked, node));
        }
        self.trace.weights = weights;
        joint
    }
}

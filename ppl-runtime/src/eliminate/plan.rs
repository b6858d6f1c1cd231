//! Tensor variable elimination: discrete sites are summed out plate by plate, from the innermost.
//!
//! The algorithm is that of Obermeyer et al. (2019), "Tensor Variable Elimination for Plated Factor Graphs", algorithm 1:
//! of the factors in the innermost plates, first the sites of these plates are summed out one by one; what is left depends
//! on sites further out, and is multiplied over the elements of the plates that those do not have. Each step is an
//! operation of the tape, so that the reverse sweep gives posterior marginals without any code of its own.

use super::factor::Factor;
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::Probes;
use crate::program::run::Run;
use crate::program::trace::Trace;
use crate::program::trace::{Part, Term};
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::budget::{BUDGET, TooLarge};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;

/// One site that was summed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SummedOut {
    pub(crate) site: u32,
    /// The sites in the factors that were joined, this one among them.
    pub(crate) joined: AxisSet,
    pub(crate) factors: usize,
    /// The number of elements of the joined factor.
    pub(crate) elements: f64,
}

/// The steps of the last run's elimination, and lists that each run reuses.
#[derive(Debug, Default)]
pub(crate) struct Elimination {
    pub(super) factors: Vec<Factor>,
    pub(super) joined: Vec<NodeId>,
    pub(crate) steps: Vec<SummedOut>,
    /// In a run that looks for the posterior of every factor, the factors, each with an adjoint.
    pub(crate) kept: Vec<NodeId>,
    /// The terms in which data are that sites were summed out of, each with its first observed site.
    pub(crate) evidence: Vec<(NodeId, u32)>,
    /// A site whose evidence is one of data and of sites that the guide proposes, if there is one.
    pub(crate) mixed: Option<u32>,
}

impl<E: Element> Run<E> {
    /// Replaces the terms that depend on sites to be summed out by what is left of them when they are.
    pub(crate) fn eliminate(&mut self) {
        let summed = self.trace.summed();
        self.trace.elimination.steps.clear();
        self.trace.elimination.kept.clear();
        self.trace.elimination.evidence.clear();
        self.trace.elimination.mixed = None;
        if summed.is_empty() || self.tape.error.is_some() || self.trace.stopped {
            return;
        }
        self.take_factors(summed);
        if self.pass.probes() == Some(Probes::Factors) {
            self.keep_factors();
        }
        // Every pass leaves the factors of one plate nest with fewer plates, or without sites.
        while let Some(plates) = self.trace.innermost() {
            while let Some(axis) = self.cheapest_site(plates) {
                if self.sum_site(plates, axis).is_none() {
                    return;
                }
            }
            if self.contract_chains(plates).is_none() || self.leave_plates(plates).is_none() {
                return;
            }
        }
    }

    fn take_factors(&mut self, summed: AxisSet) {
        let mut factors = std::mem::take(&mut self.trace.elimination.factors);
        factors.clear();
        let mut terms = std::mem::take(&mut self.trace.terms);
        terms.retain(|term| {
            let sites = self.tape.node(term.node).axes.intersection(summed);
            if sites.is_empty() {
                return true;
            }
            let is_summed_out = |site| {
                let trace = &self.trace;
                trace.enumerations.iter().any(|e| e.site == site && e.log_weight.is_none())
            };
            let plates = term.open.intersection(AxisSet::PLATES);
            let whole = self.session.plates.weight_of(plates)
                * self.tape.elements_of(term.open.minus(self.tape.node(term.node).axes));
            factors.push(Factor {
                node: term.node,
                sites,
                plates,
                scale: term.scale / whole,
                weight: term.weight,
                observed: (term.part.subject() == Subject::Observation).then_some(term.site),
                is_proposed: term.part.subject() == Subject::Site && !is_summed_out(term.site),
                place: term.place,
            });
            false
        });
        self.trace.terms = terms;
        self.trace.elimination.factors = factors;
    }

    /// Puts a copy in the place of each factor that has an adjoint, which will be the factor's posterior, for each particle.
    fn keep_factors(&mut self) {
        let particles = self.particle_axes();
        let mut factors = std::mem::take(&mut self.trace.elimination.factors);
        let is_probe = |node| self.trace.enumerations.iter().any(|e| e.probe == Some(node));
        for factor in factors.iter_mut().filter(|factor| !is_probe(factor.node)) {
            let spread = self.tape.spread(factor.node, particles);
            let values = self.tape.value(spread).to_vec();
            let extent = self.tape.node(spread).extent();
            factor.node = self.tape.leaf(extent, Deps::NONE, |out| out.copy_from_slice(&values));
            self.tape.mark_probe(factor.node);
            self.trace.elimination.kept.push(factor.node);
        }
        self.trace.elimination.factors = factors;
    }

    /// Returns the site of these plates whose factors together have the fewest elements.
    fn cheapest_site(&self, plates: AxisSet) -> Option<Axis> {
        let here = self.trace.elimination.factors.iter().filter(|f| f.plates == plates);
        let sites = here.fold(AxisSet::EMPTY, |set, f| set.union(f.sites));
        let single = |axis: Axis| self.trace.enumerated(axis).is_some_and(|e| !e.chained);
        let own = sites.iter().filter(|&axis| self.trace.plates_of(axis) == plates && single(axis));
        own.map(|axis| (self.tape.elements_of(self.joint_axes(plates, axis)), axis))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, axis)| axis)
    }

    fn joint_axes(&self, plates: AxisSet, axis: Axis) -> AxisSet {
        let with =
            self.trace.elimination.factors.iter().filter(|f| f.plates == plates && f.sites.contains(axis));
        with.fold(AxisSet::of(axis), |set, f| set.union(self.tape.node(f.node).axes))
    }

    /// Joins the factors that know a site, and sums it out of them.
    fn sum_site(&mut self, plates: AxisSet, axis: Axis) -> Option<()> {
        let site = self.trace.enumerated(axis)?.site;
        let axes = self.joint_axes(plates, axis);
        let elements = self.tape.elements_of(axes);
        let mut elimination = std::mem::take(&mut self.trace.elimination);
        elimination.joined.clear();
        let mut result: Option<Factor> = None;
        let mut alike = true;
        elimination.factors.retain(|factor| {
            if factor.plates != plates || !factor.sites.contains(axis) {
                return true;
            }
            elimination.joined.push(factor.node);
            result = Some(match result {
                None => *factor,
                Some(joint) => joint.joined_with(factor).unwrap_or_else(|| {
                    alike = false;
                    joint
                }),
            });
            false
        });
        let joint = result?;
        let step = SummedOut { site, joined: joint.sites, factors: elimination.joined.len(), elements };
        let refused = if elements > BUDGET {
            Some(self.over_budget(&step))
        } else if !alike {
            Some(
                "its factors are scaled or weighed by different factors, so that it cannot be summed out of them"
                    .to_owned(),
            )
        } else {
            None
        };
        if let Some(detail) = refused {
            self.trace.elimination = elimination;
            self.fail_at(Subject::Site, site, joint.place, detail);
            return None;
        }
        let node = self.tape.log_sum(&elimination.joined, axis);
        elimination.steps.push(step);
        elimination.factors.push(Factor { node, sites: joint.sites.minus(AxisSet::of(axis)), ..joint });
        self.trace.elimination = elimination;
        self.settle_factors(site);
        Some(())
    }

    #[cold]
    fn over_budget(&self, step: &SummedOut) -> String {
        format!(
            "summing it out joins the sites {}: {:.0} elements with their plates, more than the budget of {BUDGET:.0}",
            self.outcome_names(step.joined),
            step.elements
        )
    }

    /// Returns the sites along these axes with the numbers of their outcomes, for messages.
    fn outcome_names(&self, axes: AxisSet) -> String {
        let named = axes.iter().filter_map(|axis| {
            let found = self.trace.enumerated(axis)?;
            let outcomes = self.tape.sizes[axis.0 as usize];
            Some(format!("`{}` ({outcomes})", self.session.site_name(found.site)))
        });
        named.collect::<Vec<String>>().join(", ")
    }

    /// Returns the error for a value that had too many elements, at the last of the sites that it joins.
    #[cold]
    pub(crate) fn name_too_large(&self, TooLarge { axes, elements }: TooLarge) -> Option<Error> {
        let last = axes.intersection(AxisSet::OUTCOMES).innermost()?;
        let site = self.trace.enumerated(last)?.site;
        let met = self.trace.terms.iter().find(|t| t.site == site && t.part == Part::Prior).map(|t| t.place);
        let drawn = self.trace.entries.get(site as usize).and_then(|entry| entry.place);
        let detail = format!(
            "a value joins the sites {}: {elements:.0} elements with their plates, more than the budget of {BUDGET:.0}",
            self.outcome_names(axes)
        );
        let name = self.session.site_name(site).to_owned();
        Some(Error::Site { place: met.or(drawn)?, site: name, detail })
    }

    /// Turns factors without sites into terms, which report as the site that was summed out last.
    pub(super) fn settle_factors(&mut self, site: u32) {
        let mut factors = std::mem::take(&mut self.trace.elimination.factors);
        factors.retain(|factor| {
            if !factor.sites.is_empty() {
                return true;
            }
            let axes = self.tape.node(factor.node).axes;
            let open = factor.plates.union(self.particle_axes());
            let scale = factor.scale
                * self.session.plates.weight_of(factor.plates)
                * self.tape.elements_of(open.minus(axes));
            let &Factor { node, weight, place, observed, is_proposed, .. } = factor;
            if observed.is_some() && is_proposed {
                self.trace.elimination.mixed = Some(site);
            }
            if let Some(observed) = observed {
                self.trace.elimination.evidence.push((node, observed));
            }
            self.trace.terms.push(Term {
                node,
                part: if observed.is_some() { Part::Evidence } else { Part::Marginal },
                site,
                scale,
                weight,
                open,
                outcomes: None,
                place,
            });
            false
        });
        self.trace.elimination.factors = factors;
    }

    /// Multiplies the factors that are left in these plates over those that their sites do not have.
    fn leave_plates(&mut self, plates: AxisSet) -> Option<()> {
        for k in 0..self.trace.elimination.factors.len() {
            let factor = self.trace.elimination.factors[k];
            if factor.plates != plates {
                continue;
            }
            let outer =
                factor.sites.iter().fold(AxisSet::EMPTY, |set, axis| set.union(self.trace.plates_of(axis)));
            let left = plates.minus(outer);
            if left.is_empty() || !plates.covers(outer) {
                return self.refuse_grid(&factor);
            }
            let axes = self.tape.node(factor.node).axes;
            if let Some(inner) = axes
                .intersection(self.trace.averaged())
                .iter()
                .find(|&axis| !self.trace.plates_of(axis).intersection(left).is_empty())
            {
                return self.refuse_product(&factor, inner, left);
            }
            if self.session.plates.are_part(left) {
                return self.refuse_subsample(&factor, left);
            }
            let weight = self.tape.elements_of(left.minus(axes));
            let node = self.tape.sum_axes(factor.node, left, weight);
            self.trace.elimination.factors[k] = Factor { node, plates: outer, ..factor };
        }
        Some(())
    }

    #[cold]
    fn refuse_grid(&mut self, factor: &Factor) -> Option<()> {
        let names: Vec<String> = factor
            .sites
            .iter()
            .filter_map(|axis| self.trace.enumerated(axis))
            .map(|e| format!("`{}` of {}", self.session.site_name(e.site), self.plate_names(e.plates)))
            .collect();
        let site =
            factor.sites.iter().next().and_then(|axis| self.trace.enumerated(axis)).map_or(0, |e| e.site);
        let detail = format!(
            "the sites {} depend on each other across their plates, so that no plate can be summed out before another; the \
             cost would grow exponentially with their sizes",
            names.join(", ")
        );
        self.fail_at(Subject::Site, site, factor.place, detail);
        None
    }

    #[cold]
    fn refuse_product(&mut self, factor: &Factor, inner: Axis, left: AxisSet) -> Option<()> {
        let site = |axis: Axis| {
            let found = self.trace.enumerated(axis);
            found.map_or(String::new(), |e| self.session.site_name(e.site).to_owned())
        };
        let outer = factor.sites.iter().next().map_or(String::new(), site);
        let (inner_name, plates) = (site(inner), self.plate_names(left));
        let detail = format!(
            "the model sums out `{outer}` outside of the {plates}, in which the guide tries every value of `{inner_name}`: \
             that would need every combination of the plate's elements; sample `{inner_name}` in the guide, or let the \
             model sum it out"
        );
        let number = self.trace.enumerated(inner).map_or(0, |e| e.site);
        self.fail_at(Subject::Site, number, factor.place, detail);
        None
    }

    #[cold]
    fn refuse_subsample(&mut self, factor: &Factor, left: AxisSet) -> Option<()> {
        let first = factor.sites.iter().next().and_then(|axis| self.trace.enumerated(axis));
        let site = first.map_or(0, |e| e.site);
        let plates = self.plate_names(left);
        let part = if self.session.plates.weight_of(left) == 1.0 { "block" } else { "subsample" };
        let detail = format!(
            "is summed out over a {part} of the {plates} inside of it: the logarithm of a sum that rows are missing \
             from is no estimate of the evidence; visit the plate whole, or propose the site in the guide"
        );
        self.fail_at(Subject::Site, site, factor.place, detail);
        None
    }

    /// Returns the axis of the particles, where there are several.
    pub(crate) fn particle_axes(&self) -> AxisSet {
        self.scope.axes.minus(AxisSet::PLATES)
    }
}

impl<E: Element> Trace<E> {
    /// Returns the plates of a factor that no other factor exceeds.
    fn innermost(&self) -> Option<AxisSet> {
        let left = self.elimination.factors.iter().filter(|f| !f.sites.is_empty());
        left.map(|f| f.plates).max_by_key(|plates| plates.count())
    }

    fn plates_of(&self, axis: Axis) -> AxisSet {
        self.enumerated(axis).map_or(AxisSet::EMPTY, |e| e.plates)
    }
}

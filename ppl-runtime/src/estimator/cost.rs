//! The cost of a site: the part of the loss that depends on it, for each of its elements.
//!
//! A row of a subsampled plate stands for several in the loss. Its cost is its own: the weights of the plates around the site are taken out, and
//! come back where the costs become seeds. So what is subtracted from costs has the same size however many rows a step visits. What a handler
//! or a term's own weight multiplies belongs to the cost.

use crate::element::Element;
use crate::estimator::rule::ScoreSite;
use crate::program::run::Run;
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::walk::{Extent, Walk};

/// The cost of one site, in memory that is used again for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    /// The cost for each element of the site's axes.
    pub(crate) elements: Vec<f64>,
    /// The joint weights of the other sites along whose axes the site is drawn; none if there are none.
    pub(crate) weights: Vec<f64>,
    sums: Vec<f64>,
    shared: Shared,
    /// How many terms have been looked at.
    #[cfg(test)]
    pub(crate) visits: usize,
}

/// The cost that is the same for each site past the 63rd, since these share a bit of the dependencies, as long as they have
/// the same axes and none of their own.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// The axes of the sites whose cost it is.
    axes: Option<AxisSet>,
    elements: Vec<f64>,
    weights: Vec<f64>,
}

impl Cost {
    /// Begins the costs of a recording.
    pub(crate) fn begin(&mut self) {
        self.shared.axes = None;
    }

    /// Gathers the cost of a site of the recording: see [`sum_terms`](Cost::sum_terms).
    ///
    /// Of the sites that share a bit one alone looks at the terms, so that the time is linear in the number of sites.
    pub(crate) fn gather<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, axes: AxisSet) {
        let shares = score.axis.is_none() && Deps::is_shared(score.site as usize);
        if shares && self.shared.axes == Some(axes) {
            self.elements.clone_from(&self.shared.elements);
            self.weights.clone_from(&self.shared.weights);
            return;
        }
        self.sum_terms(run, score, axes);
        if shares {
            self.shared.axes = Some(axes);
            self.shared.elements.clone_from(&self.elements);
            self.shared.weights.clone_from(&self.weights);
        }
    }

    /// Sums, element by element of the site's axes, the terms of the loss that depend on the site.
    ///
    /// A site that is drawn for each value of others has a cost for each, given these values; `weights` then hold their
    /// probabilities, by which its gradient is weighed. Along an axis of the site's own the cost is given its value there.
    /// Over the values of sites that come later the cost is the expectation.
    fn sum_terms<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, axes: AxisSet) {
        let bit = Deps::bit(score.site as usize);
        let domain = Extent { axes, shape: Shape::SCALAR };
        let of_element = -1.0 / run.weight_of_element(axes);
        let own = score.axis.map_or(AxisSet::EMPTY, AxisSet::of);
        let averaged = run.trace.averaged();
        let conditions = axes.intersection(averaged);
        self.elements.clear();
        self.elements.resize(domain.len(&run.tape.sizes), 0.0);
        #[cfg(test)]
        {
            self.visits += run.trace.terms.len();
        }
        for k in 0..run.trace.terms.len() {
            let term = run.trace.terms[k];
            let deps = run.tape.node(term.node).deps;
            if deps.all() & bit == 0 {
                continue;
            }
            // A crossed term reaches every element of the site, but never another particle or value.
            let shared = if deps.crossed & bit != 0 { axes.minus(AxisSet::PLATES) } else { axes };
            // A site without any such axis is met by the expectation as it is.
            let (raw_node, of_term) = match term.outcomes {
                Some((raw, log_weight)) if !conditions.is_empty() => (raw, Some(log_weight)),
                _ => (term.node, None),
            };
            let raw = run.tape.node(raw_node).extent();
            let sites = raw.axes.intersection(averaged).union(conditions);
            let log_weight = run.log_weight_given(sites, own);
            let extent = |id| run.tape.node(id).extent();
            let by = log_weight.map_or(Extent::SCALAR, extent);
            // The term's scale counts the elements that neither it nor the weights of its expectation spell out.
            let spelt = |by: Extent| run.tape.elements_of(by.axes.minus(raw.axes).minus(AxisSet::OUTCOMES));
            let counted = spelt(of_term.map_or(Extent::SCALAR, extent)) / spelt(by);
            let factor = of_element * term.factor() * term.tempering(run.session.kl_weight) * counted;
            let sizes = &run.tape.sizes;
            let values = run.tape.value(raw_node);
            if log_weight.is_none() && raw.axes == axes && shared == axes {
                for (c, v) in self.elements.iter_mut().zip(values) {
                    *c += factor * v.as_f64();
                }
                continue;
            }
            let weights = log_weight.map(|id| run.tape.value(id));
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
            let cost = &mut self.elements;
            Walk::new(sizes, domain, &[domain, reached]).rows(|offset, n, stride| {
                for i in 0..n {
                    cost[offset[0] + i * stride[0]] += factor * sums[offset[1] + i * stride[1]];
                }
            });
        }
        self.weights.clear();
        let conditions = conditions.minus(own);
        if !conditions.is_empty() {
            self.divide(run, conditions, domain);
        }
    }

    /// Takes away the costs of the elements that a mask leaves out of a site; returns the share of those that are there.
    pub(crate) fn leave_out<E: Element>(&mut self, run: &Run<E>, score: &ScoreSite, axes: AxisSet) -> f64 {
        let Some(mask) = run.trace.entries[score.site as usize].mask else { return 1.0 };
        let (domain, by) = (Extent { axes, shape: Shape::SCALAR }, run.tape.node(mask).extent());
        if !axes.covers(by.axes) {
            return 1.0;
        }
        let (elements, there) = (&mut self.elements, run.tape.value(mask));
        let mut kept = 0usize;
        Walk::new(&run.tape.sizes, domain, &[domain, by]).rows(|offset, n, stride| {
            for i in 0..n {
                if there[offset[1] + i * stride[1]] == E::zero() {
                    elements[offset[0] + i * stride[0]] = 0.0;
                } else {
                    kept += 1;
                }
            }
        });
        kept as f64 / elements.len() as f64
    }

    /// Divides the sums by the weights of the values that they are given.
    fn divide<E: Element>(&mut self, run: &mut Run<E>, conditions: AxisSet, domain: Extent) {
        let Some(log_weight) = run.log_weight_given(conditions, AxisSet::EMPTY) else { return };
        let (by, log) = (run.tape.node(log_weight).extent(), run.tape.value(log_weight));
        let Cost { elements, weights, .. } = self;
        weights.resize(elements.len(), 0.0);
        Walk::new(&run.tape.sizes, domain, &[domain, by]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = offset[0] + i * stride[0];
                weights[at] = log[offset[1] + i * stride[1]].as_f64().exp();
                elements[at] = if weights[at] > 0.0 { elements[at] / weights[at] } else { 0.0 };
            }
        });
    }
}

impl<E: Element> Run<E> {
    /// Returns what the cost of one element of a site with these axes counts for in the loss: the product of the weights of the
    /// plates around it. A cost that is the whole loss has them in it.
    pub(crate) fn weight_of_element(&self, axes: AxisSet) -> f64 {
        match self.session.apart.whole_cost {
            Some(_) => 1.0,
            None => self.session.plates.weight_of(axes.intersection(AxisSet::PLATES)),
        }
    }
}

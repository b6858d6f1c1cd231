//! The sites through which a gradient is biased.

use super::HasObjective;
use super::check::{Check, Place, occasion};
use super::moments::Moments;
use super::reference::{Differences, STEPS, bias};
use super::report::{FaultyPart, GradientElement, GradientFault, LIMIT};
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::{Pass, Terms};
use crate::program::run::Run;
use crate::program::trace::Term;
use crate::svi::step::run_both;

/// A part of the loss: what its site is, and its number among those.
type Site = (Subject, u32);

fn site_of(term: &Term) -> Site {
    (term.part.subject(), term.site)
}

impl<E: Element> Check<'_, '_, E> {
    /// Finds the sites through which the gradient of an element is biased.
    pub(super) fn explain_bias(
        &mut self,
        place: &Place,
        element: &GradientElement,
        by: Differences,
        loss: f64,
    ) -> Result<GradientFault, Error> {
        let Differences { pass, step, count } = by;
        let feeds = self.first_fed(place.at, pass)?;
        let mut parts = Vec::new();
        for (site, estimate) in self.estimate_parts(place.at)? {
            let slope = self.slope(place.at, step, count, |check, k| {
                check.loss(pass, k)?;
                Ok(check.part(site))
            })?;
            let z = bias::<E>(&estimate, &slope.moments, loss);
            if z.abs() > LIMIT {
                let name = self.run.session.addresses.text(site.0, site.1).to_owned();
                let (reference, mean) = (slope.moments.mean, estimate.mean);
                parts.push(FaultyPart {
                    site: name,
                    observed: site.0 == Subject::Observation,
                    reference,
                    mean,
                    z,
                });
            }
        }
        parts.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
        let (parameter, index) = (place.parameter.clone(), place.index.clone());
        Ok(GradientFault { parameter, index, z: element.z, feeds, parts })
    }

    /// Returns the first site of the guide whose draws or probabilities change with an element.
    fn first_fed(&mut self, at: usize, pass: Pass) -> Result<Option<String>, Error> {
        let value = self.run.session.params.values[at];
        self.loss(pass, 0)?;
        let before = self.proposals();
        self.run.session.params.values[at] = value + E::of(STEPS[0]);
        let moved = self.loss(pass, 0);
        self.run.session.params.values[at] = value;
        moved?;
        let after = self.proposals();
        let changed = before.iter().zip(&after).find(|(b, a)| b != a);
        Ok(changed.map(|(b, _)| self.run.session.addresses.text(Subject::Site, b.0).to_owned()))
    }

    /// Returns for each site of the guide its value and its log-probabilities.
    fn proposals(&self) -> Vec<(u32, Vec<E>)> {
        let Run { tape, trace, .. } = &*self.run;
        let drawn = trace.order.iter().filter_map(|&site| {
            let entry = trace.entries.get(site as usize)?;
            let mut numbers = tape.value(entry.value).to_vec();
            let weights = trace.enumerations.iter().filter(|e| e.site == site).filter_map(|e| e.log_weight);
            let scores = trace.scores.iter().filter(|s| s.site == site).map(|s| s.log_proposal);
            weights.chain(scores).for_each(|node| numbers.extend(tape.value(node)));
            Some((site, numbers))
        });
        drawn.collect()
    }

    /// Returns the moments of the gradient of each part of the loss by an element.
    fn estimate_parts(&mut self, at: usize) -> Result<Vec<(Site, Moments)>, Error> {
        let mut parts: Vec<(Site, Moments, Box<dyn HasObjective<E> + '_>)> = Vec::new();
        let (asked, particles) = (self.objective.pass(), self.objective.particles());
        if asked.terms == Terms::Elements {
            // An objective that is not linear in its terms is not the sum of what they would be alone.
            return Ok(Vec::new());
        }
        for k in 0..self.options.draws {
            self.run.session.occasion = occasion(k);
            self.run.tape.differentiates = true;
            run_both(self.programs, self.run, asked, particles)?;
            let whole = self.run.trace.terms.clone();
            for term in &whole {
                let site = site_of(term);
                if !parts.iter().any(|(known, ..)| *known == site) {
                    parts.push((site, Moments::default(), (self.objectives)()));
                }
            }
            for (site, moments, objective) in &mut parts {
                // Every other term counts for nothing.
                for (term, kept) in self.run.trace.terms.iter_mut().zip(&whole) {
                    let own = site_of(kept) == *site;
                    term.scale = if own { kept.scale } else { 0.0 };
                }
                objective.objective().seed(self.run)?;
                self.run.tape.sweep();
                let mut found = 0.0;
                self.run.each_gradient(|offset, values: &[E]| {
                    if (offset..offset + values.len()).contains(&at) {
                        found = values[at - offset].as_f64();
                    }
                });
                moments.add(found);
            }
        }
        Ok(parts.into_iter().map(|(site, moments, _)| (site, moments)).collect())
    }

    /// Returns the part of the last run's loss that one site has.
    fn part(&self, site: Site) -> f64 {
        let own = self.run.trace.terms.iter().filter(|t| site_of(t) == site);
        let kl_weight = self.run.session.kl_weight;
        -own.map(|term| term.tempering(kl_weight) * self.run.tape.weigh(term)).sum::<f64>()
            / self.objective.particles() as f64
    }
}

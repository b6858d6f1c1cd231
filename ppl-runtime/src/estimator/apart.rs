//! Baselines of score sites in steps that have several recordings: one for each particle and path.
//!
//! A baseline may not depend on the draw that it is subtracted for. The decaying average is therefore that of earlier steps
//! throughout a step, and learns at its end; and the mean of the other particles needs their costs first, so that the
//! programs are run twice.

use super::rule::{Control, ScoreSite};
use super::seeds::Scores;
use crate::element::Element;
use crate::program::run::Run;
use crate::tape::axes::AxisSet;

/// The costs of a step's recordings, by site and particle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    notes: Vec<Note>,
    /// How many of them belong to this step; the rest keep their memory.
    used: usize,
}

/// The costs of a site for one particle: their sum over its paths, weighed by the probabilities of these.
#[derive(Clone, Debug, Default)]
struct Note {
    site: u32,
    particle: usize,
    weight: f64,
    sums: Vec<f64>,
    /// The decay of the average that is to learn from them, and whether it is standardised.
    average: Option<(f64, bool)>,
}

impl Noted {
    fn add(
        &mut self,
        (site, particle): (u32, usize),
        weight: f64,
        cost: &[f64],
        average: Option<(f64, bool)>,
    ) {
        let mine = |n: &Note| n.site == site && n.particle == particle && n.sums.len() == cost.len();
        let at = self.notes[..self.used].iter().position(mine).unwrap_or_else(|| {
            if self.used == self.notes.len() {
                self.notes.push(Note::default());
            }
            let note = &mut self.notes[self.used];
            (note.site, note.particle, note.weight, note.average) = (site, particle, 0.0, average);
            note.sums.clear();
            note.sums.resize(cost.len(), 0.0);
            self.used += 1;
            self.used - 1
        });
        let note = &mut self.notes[at];
        note.weight += weight;
        note.sums.iter_mut().zip(cost).for_each(|(sum, c)| *sum += weight * c);
    }

    /// Adds `factor` times the mean cost of a site over the particles, of which one may be left out, and of which some may
    /// not have the site.
    fn add_mean(&self, site: u32, but: Option<usize>, factor: f64, into: &mut [f64]) {
        let into_len = into.len();
        let others = || {
            let same = |n: &&Note| n.site == site && n.sums.len() == into_len && n.weight > 0.0;
            self.notes[..self.used].iter().filter(same).filter(|n| Some(n.particle) != but)
        };
        let count = others().count() as f64;
        for note in others() {
            let share = factor / (count * note.weight);
            into.iter_mut().zip(&note.sums).for_each(|(c, sum)| *c += share * sum);
        }
    }
}

impl Scores {
    /// Notes the cost of each score site of a recording.
    pub(crate) fn note<E: Element>(&mut self, run: &mut Run<E>) {
        for k in 0..run.trace.scores.len() {
            let score = run.trace.scores[k];
            let axes = run.tape.node(score.log_proposal).axes;
            self.cost.gather(run, &score, axes);
            self.add_note(run, &score);
        }
    }

    /// Ends a step: the decaying averages learn from its costs if it succeeded.
    pub(crate) fn finish(&mut self, succeeded: bool) {
        let Scores { noted, averages, cost } = self;
        for k in (0..noted.used).filter(|_| succeeded) {
            let (site, width) = (noted.notes[k].site, noted.notes[k].sums.len());
            let Some((decay, standardised)) = noted.notes[k].average else { continue };
            if noted.notes[..k].iter().any(|n| n.site == site && n.sums.len() == width) {
                continue;
            }
            let mean = &mut cost.elements;
            mean.clear();
            mean.resize(width, 0.0);
            noted.add_mean(site, None, 1.0, mean);
            averages.subtract(site as usize, mean, 1, decay, standardised);
        }
        noted.used = 0;
    }

    /// Subtracts a site's control from its costs, in a step of several recordings.
    pub(crate) fn subtract_apart<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, axes: AxisSet) {
        if !run.session.apart.noted {
            self.add_note(run, score);
        }
        if let Some(whole) = run.session.apart.whole_cost {
            self.cost.elements.fill(whole);
        }
        let cost = &mut self.cost.elements;
        match score.control {
            Control::Average { standardised, .. } => {
                self.averages.subtract_known(score.site as usize, cost, standardised);
            }
            Control::Particles => {
                self.noted.add_mean(score.site, Some(run.session.apart.particle), -1.0, cost)
            }
            _ => self.subtract(run, score, axes, 1),
        }
    }

    fn add_note<E: Element>(&mut self, run: &Run<E>, score: &ScoreSite) {
        let average = match score.control {
            Control::Average { decay, standardised } => Some((decay, standardised)),
            Control::Particles => None,
            _ => return,
        };
        if let Some(whole) = run.session.apart.whole_cost {
            self.cost.elements.fill(whole);
        }
        // The share of a path among those of its particle.
        let weight = run.session.apart.share * run.session.apart.particles as f64;
        self.noted.add((score.site, run.session.apart.particle), weight, &self.cost.elements, average);
    }
}

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
use std::collections::HashMap;

/// The costs of a step's recordings, by site and particle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    notes: Vec<Note>,
    /// How many of them belong to this step; the rest keep their memory.
    used: usize,
    /// The first and the last note of each site, with this number of elements.
    sites: HashMap<(u32, usize), (usize, usize)>,
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
    /// The next note of the same site and number of elements.
    next: Option<usize>,
}

impl Noted {
    fn add(
        &mut self,
        (site, particle): (u32, usize),
        weight: f64,
        cost: &[f64],
        average: Option<(f64, bool)>,
    ) {
        let at = self.place(site, particle, cost.len(), average);
        let note = &mut self.notes[at];
        note.weight += weight;
        note.sums.iter_mut().zip(cost).for_each(|(sum, c)| *sum += weight * c);
    }

    /// Returns the place of a particle's note of a site, made if it is new.
    fn place(&mut self, site: u32, particle: usize, width: usize, average: Option<(f64, bool)>) -> usize {
        let known = self.sites.get(&(site, width)).copied();
        if let Some((first, last)) = known {
            // Particles come one after the other, so that it mostly is the last one's.
            if self.notes[last].particle == particle {
                return last;
            }
            if let Some((at, _)) = self.from(Some(first)).find(|(_, note)| note.particle == particle) {
                return at;
            }
        }
        let at = self.used;
        if at == self.notes.len() {
            self.notes.push(Note::default());
        }
        let note = &mut self.notes[at];
        (note.site, note.particle, note.weight, note.average, note.next) =
            (site, particle, 0.0, average, None);
        note.sums.clear();
        note.sums.resize(width, 0.0);
        self.used += 1;
        if let Some((_, last)) = known {
            self.notes[last].next = Some(at);
        }
        self.sites.insert((site, width), (known.map_or(at, |(first, _)| first), at));
        at
    }

    /// Returns a note and those that follow it, of one site.
    fn from(&self, first: Option<usize>) -> impl Iterator<Item = (usize, &Note)> {
        std::iter::successors(first, |&at| self.notes[at].next).map(|at| (at, &self.notes[at]))
    }

    /// Adds `factor` times the mean cost of a site over the particles, of which one may be left out, and of which some may
    /// not have the site.
    fn add_mean(&self, site: u32, but: Option<usize>, factor: f64, into: &mut [f64]) {
        let first = self.sites.get(&(site, into.len())).map(|&(first, _)| first);
        let others = || {
            let notes = self.from(first).map(|(_, note)| note);
            notes.filter(|n| n.weight > 0.0 && Some(n.particle) != but)
        };
        let count = others().count() as f64;
        for note in others() {
            let share = factor / (count * note.weight);
            into.iter_mut().zip(&note.sums).for_each(|(c, sum)| *c += share * sum);
        }
    }

    /// Returns whether a note is the first one of its site.
    fn is_first(&self, at: usize) -> bool {
        let note = &self.notes[at];
        self.sites.get(&(note.site, note.sums.len())).is_some_and(|&(first, _)| first == at)
    }

    fn clear(&mut self) {
        self.used = 0;
        self.sites.clear();
    }
}

impl Scores {
    /// Notes the cost of each score site of a recording.
    pub(crate) fn note<E: Element>(&mut self, run: &mut Run<E>) {
        self.cost.begin();
        for k in 0..run.trace.scores.len() {
            let score = run.trace.scores[k];
            let axes = run.tape.node(score.log_proposal).axes;
            self.cost.gather(run, &score, axes);
            self.begin_apart(run, &score, axes);
            self.add_note(run, &score);
        }
    }

    /// Ends a step: the decaying averages learn from its costs if it succeeded.
    pub(crate) fn finish(&mut self, succeeded: bool) {
        let Scores { noted, averages, cost } = self;
        for k in (0..noted.used).filter(|_| succeeded) {
            let (site, width) = (noted.notes[k].site, noted.notes[k].sums.len());
            let Some((decay, standardised)) = noted.notes[k].average else { continue };
            if !noted.is_first(k) {
                continue;
            }
            let mean = &mut cost.elements;
            mean.clear();
            mean.resize(width, 0.0);
            noted.add_mean(site, None, 1.0, mean);
            // What is left of the mean was of use to the recordings; here the averages learn alone.
            let _deviation = averages.subtract(site as usize, mean, 1, decay, standardised);
        }
        noted.clear();
    }

    /// Subtracts what was predicted of a site's costs and their control, in a step of several recordings.
    pub(crate) fn subtract_apart<E: Element>(&mut self, run: &mut Run<E>, score: &ScoreSite, axes: AxisSet) {
        self.begin_apart(run, score, axes);
        if !run.session.apart.noted {
            self.add_note(run, score);
        }
        let cost = &mut self.cost.elements;
        let deviation = match score.control {
            Control::Average { standardised, .. } => {
                self.averages.subtract_known(score.site as usize, cost, standardised)
            }
            Control::Particles => {
                self.noted.add_mean(score.site, Some(run.session.apart.particle), -1.0, cost);
                1.0
            }
            _ => self.subtract_control(run, score, axes, 1),
        };
        self.settle(run, score, axes, deviation);
    }

    /// Makes of the costs of a recording those of the whole step, where that has one cost, and subtracts what was predicted of them.
    fn begin_apart<E: Element>(&mut self, run: &Run<E>, score: &ScoreSite, axes: AxisSet) {
        if let Some(whole) = run.session.apart.whole_cost {
            self.cost.elements.fill(whole);
        }
        self.subtract_prediction(run, score, axes);
    }

    fn add_note<E: Element>(&mut self, run: &Run<E>, score: &ScoreSite) {
        let average = match score.control {
            Control::Average { decay, standardised } => Some((decay, standardised)),
            Control::Particles => None,
            _ => return,
        };
        // The share of a path among those of its particle.
        let weight = run.session.apart.share * run.session.apart.particles as f64;
        self.noted.add((score.site, run.session.apart.particle), weight, &self.cost.elements, average);
    }
}

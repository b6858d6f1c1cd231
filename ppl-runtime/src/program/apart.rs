//! Programs whose particles are run apart: one recording for each particle and path, and what these add up to.

use super::address::{SUBJECTS, Subject};
use super::run::Run;
use crate::element::Element;
use crate::tape::axes::PARTICLES;
use crate::tape::blocks::GROUP;

/// The most draws that one run makes side by side, and the memory of their values, in bytes: a group may need more.
const MOST_AT_ONCE: usize = 32 * GROUP;
const MEMORY: usize = 64 << 20;

/// What a session knows of the particle in progress, and what the recordings of a step have added up to so far.
#[derive(Debug)]
pub(crate) struct Apart<E> {
    /// Whether a program of the session has a concrete site, so that its particles cannot share a recording.
    pub(crate) needed: bool,
    /// Whether the last step was made of several recordings.
    pub(crate) on: bool,
    /// The particle in progress, and their number.
    pub(crate) particle: usize,
    pub(crate) particles: usize,
    /// What the recording counts for in the mean over particles and paths.
    pub(crate) share: f64,
    /// The cost of every score site, where the bound is a sum over paths of the model that no single recording has.
    pub(crate) whole_cost: Option<f64>,
    /// Whether an earlier pass has gathered the costs of this step.
    pub(crate) noted: bool,
    /// Whether a score site has been met, whose baseline needs the costs of the other particles.
    pub(crate) has_scores: bool,
    gradient: GradientSum<E>,
    parts: Parts,
}

/// The sum of the gradients of several recordings.
#[derive(Debug)]
struct GradientSum<E> {
    values: Vec<E>,
    /// The stretches of the flat vector that a recording has used: where they begin, and their lengths.
    stretches: Vec<(usize, usize)>,
    /// For each element of the flat vector, whether a stretch begins there.
    begins: Vec<bool>,
}

/// The sums of the terms of several recordings, by site.
#[derive(Debug, Default)]
struct Parts {
    /// For latent sites and for observations: the sum of each, by number, and whether it has one.
    sums: [Vec<(f64, bool)>; SUBJECTS],
    /// The sites with a sum, as they were first met.
    order: Vec<(Subject, u32)>,
}

impl<E> Default for GradientSum<E> {
    fn default() -> Self {
        GradientSum { values: Vec::new(), stretches: Vec::new(), begins: Vec::new() }
    }
}

impl<E> Default for Apart<E> {
    fn default() -> Self {
        Apart {
            needed: false,
            on: false,
            particle: 0,
            particles: 1,
            share: 1.0,
            whole_cost: None,
            noted: false,
            has_scores: false,
            gradient: GradientSum::default(),
            parts: Parts::default(),
        }
    }
}

impl<E> Apart<E> {
    /// Forgets what the last step added up to.
    pub(crate) fn begin(&mut self, particles: usize) {
        (self.on, self.noted, self.whole_cost) = (true, false, None);
        (self.particle, self.particles, self.share) = (0, particles, 1.0);
        for &(start, _) in &self.gradient.stretches {
            self.gradient.begins[start] = false;
        }
        self.gradient.stretches.clear();
        for (subject, site) in self.parts.order.drain(..) {
            self.parts.sums[subject as usize][site as usize] = (0.0, false);
        }
    }

    /// Ends the step; its sums stay to be read.
    pub(crate) fn end(&mut self) {
        (self.particle, self.particles, self.share, self.whole_cost) = (0, 1, 1.0, None);
    }

    /// Calls `segment` with each stretch of the summed gradient.
    pub(crate) fn each_gradient(&self, mut segment: impl FnMut(usize, &[E])) {
        for &(start, len) in &self.gradient.stretches {
            segment(start, &self.gradient.values[start..start + len]);
        }
    }

    /// Calls `part` with each site's share of the loss.
    pub(crate) fn each_part(&self, mut part: impl FnMut(Subject, u32, f64)) {
        for &(subject, site) in &self.parts.order {
            part(subject, site, self.parts.sums[subject as usize][site as usize].0);
        }
    }

    /// Adds to a site's share of the loss.
    pub(crate) fn add_part(&mut self, subject: Subject, site: u32, value: f64) {
        let Parts { sums, order } = &mut self.parts;
        let sums = &mut sums[subject as usize];
        if site as usize >= sums.len() {
            sums.resize(site as usize + 1, (0.0, false));
        }
        let (sum, known) = &mut sums[site as usize];
        if !*known {
            order.push((subject, site));
        }
        (*sum, *known) = (*sum + value, true);
    }
}

impl<E: Element> Run<E> {
    /// Returns the number of particles of the recording.
    #[inline(always)]
    pub(crate) fn particles(&self) -> usize {
        self.tape.sizes[PARTICLES.0 as usize] as usize
    }

    /// Returns how many particles a recording may have whose values take so many bytes, by what this one takes.
    pub(crate) fn particles_within(&self, bytes: usize) -> usize {
        let of_one = self.tape.top * size_of::<E>() / self.particles().max(1);
        bytes / of_one.max(1)
    }

    /// Returns how many draws the next run may make side by side, by what the last one took: groups, none of which is divided.
    pub(crate) fn draws_at_once(&self) -> usize {
        // Draws with densities carry the terms of the programs.
        let most = if self.pass.has_terms() { GROUP } else { MOST_AT_ONCE };
        (self.particles_within(MEMORY) / GROUP * GROUP).clamp(GROUP, most)
    }

    /// Returns what one particle of the recording counts for in the objective.
    pub(crate) fn share(&self) -> f64 {
        let one = if self.session.apart.on { self.session.apart.share } else { 1.0 };
        one / self.particles() as f64
    }

    /// Adds the gradient of the recording, which was seeded with its share, to that of the step.
    pub(crate) fn add_gradient(&mut self) {
        let mut sum = std::mem::take(&mut self.session.apart.gradient);
        sum.values.resize(self.session.params.values.len(), E::zero());
        sum.begins.resize(self.session.params.values.len(), false);
        self.recorded_gradient(|start, values| {
            if values.is_empty() {
                return;
            }
            let into = &mut sum.values[start..start + values.len()];
            if sum.begins[start] {
                into.iter_mut().zip(values).for_each(|(sum, &v)| *sum += v);
            } else {
                into.copy_from_slice(values);
                sum.begins[start] = true;
                sum.stretches.push((start, values.len()));
            }
        });
        self.session.apart.gradient = sum;
    }

    /// Adds the recording's terms to the sums by site.
    pub(crate) fn add_parts(&mut self, share: f64) {
        for k in 0..self.trace.terms.len() {
            let term = self.trace.terms[k];
            let value = -share * term.tempering(self.session.kl_weight) * self.tape.weigh(&term);
            self.session.apart.add_part(term.part.subject(), term.site, value);
        }
    }

    /// Returns whose share of the loss a site is.
    pub(crate) fn part_name(&self, subject: Subject, site: u32) -> &str {
        self.session.addresses.text(subject, site)
    }
}

//! The derivative of the expected loss, by differences of the loss itself.

use super::check::Check;
use super::moments::Moments;
use crate::element::Element;
use crate::error::Error;
use crate::program::pass::{Coverage, Latents, Pass, Terms};
use crate::random::{Occasion, Purpose};
use crate::svi::step::{explain, run_both};

/// The steps of the differences, in unconstrained space. A longer one is taken where it halves the noise: where the loss
/// jumps at some draws, the noise of a difference falls with the root of its step.
pub(super) const STEPS: [f64; 2] = [0.01, 0.2];

/// The central difference of fourth order: where the loss is evaluated, in steps, and its weights.
const STENCIL: [(f64, f64); 4] =
    [(-2.0, 1.0 / 12.0), (-1.0, -8.0 / 12.0), (1.0, 8.0 / 12.0), (2.0, -1.0 / 12.0)];

/// How a derivative is taken by differences.
#[derive(Clone, Copy)]
pub(super) struct Differences {
    pub(super) pass: Pass,
    pub(super) step: f64,
    pub(super) count: usize,
}

/// A derivative by differences.
pub(super) struct Slope {
    pub(super) moments: Moments,
    /// Whether the function did not change at all.
    pub(super) flat: bool,
}

impl<E: Element> Check<'_, '_, E> {
    /// Returns how the loss is evaluated: with the discrete sites tried at every value where the programs allow it.
    pub(super) fn pass(&mut self) -> Result<Pass, Error> {
        let asked = self.objective.pass();
        let drawn = Pass { coverage: Coverage::Whole, differentiates: false, ..asked };
        // The weights of outcomes may enter an objective that is linear in the terms, and no other.
        let tried = Pass { latents: Latents::TriedByGuide, ..drawn };
        if asked.terms != Terms::Elements && self.loss(tried, 0).is_ok() {
            return Ok(tried);
        }
        self.loss(drawn, 0).map(|_| drawn)
    }

    /// Returns whether the loss does not depend on the random streams.
    ///
    /// Where the guide is the posterior it depends on them nowhere but there, so it is looked at beside the parameters, by
    /// steps of different lengths.
    pub(super) fn is_exact(&mut self, pass: Pass) -> Result<bool, Error> {
        let values = self.run.session.params.values.clone();
        for (k, value) in self.run.session.params.values.iter_mut().enumerate() {
            *value += E::of(STEPS[0] * (1.0 + (k % 8) as f64 / 8.0));
        }
        let exact = self.does_not_vary(pass);
        self.run.session.params.values[..values.len()].copy_from_slice(&values);
        exact
    }

    fn does_not_vary(&mut self, pass: Pass) -> Result<bool, Error> {
        let first = self.loss(pass, 0)?;
        for k in 1..4 {
            if self.loss(pass, k)? != first {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the loss of one run.
    pub(super) fn loss(&mut self, pass: Pass, k: usize) -> Result<f64, Error> {
        let particles = self.objective.particles();
        self.run.session.occasion = Occasion::new(Purpose::Reference, k as u64);
        run_both(self.programs, self.run, pass, particles)?;
        let loss = self.objective.value(self.run)?.loss;
        if loss.is_finite() {
            return Ok(loss);
        }
        Err(explain(self.programs, self.run, pass, particles, loss))
    }

    /// Returns the derivative of the loss by an element, and the step of its differences: a longer one is taken if it
    /// halves the noise.
    pub(super) fn derivative(&mut self, at: usize, pass: Pass, count: usize) -> Result<(Slope, f64), Error> {
        let mut best = (self.slope(at, STEPS[0], count, |check, k| check.loss(pass, k))?, STEPS[0]);
        for &step in STEPS[1..].iter().filter(|_| count > 1) {
            let slope = self.slope(at, step, count, |check, k| check.loss(pass, k))?;
            if slope.moments.error() < 0.5 * best.0.moments.error() {
                best = (slope, step);
            }
        }
        Ok(best)
    }

    /// Returns the derivative of a function of the run by one element, as a mean of differences under common noise.
    pub(super) fn slope(
        &mut self,
        at: usize,
        step: f64,
        count: usize,
        mut of: impl FnMut(&mut Self, usize) -> Result<f64, Error>,
    ) -> Result<Slope, Error> {
        let value = self.run.session.params.values[at];
        let mut slope = Slope { moments: Moments::default(), flat: true };
        for k in 0..count {
            let (mut difference, mut level) = (0.0, None);
            for (steps, weight) in STENCIL {
                self.run.session.params.values[at] = value + E::of(steps * step);
                let found = of(self, k);
                self.run.session.params.values[at] = value;
                let found = found?;
                slope.flat &= *level.get_or_insert(found) == found;
                difference += weight * found;
            }
            slope.moments.add(if slope.flat { 0.0 } else { difference / step });
        }
        Ok(slope)
    }
}

/// Returns how many standard errors an estimate is away from its reference, which carries the rounding of its differences.
pub(super) fn bias<E: Element>(estimate: &Moments, reference: &Moments, loss: f64) -> f64 {
    let epsilon: E = num_traits::Float::epsilon();
    let size = reference.mean.abs().max(1.0);
    let rounding = 2e-7 * size + 8.0 * epsilon.as_f64() * loss.abs().max(1.0) / STEPS[0];
    let error = (estimate.error().powi(2) + reference.error().powi(2) + rounding.powi(2)).sqrt();
    (estimate.mean - reference.mean) / error
}

//! Losses at several places of the parameters, from the same draws at each.
//!
//! A difference of losses from common random numbers has the noise of how far apart the places are, and not that of the
//! losses. It is in nats, which no change of the parameters' units changes, and every objective and every guide has it.

use super::core::Fit;
use crate::element::Element;
use crate::program::pass::Pass;
use crate::random::{Occasion, Purpose};

/// A gain beyond this many nats, sure to three standard errors, is one.
const GAIN: f64 = 0.01;

/// How far beyond the later of two places one looks, in distances between them: three times as far at each look.
const LOOKS: i32 = 9;
/// These looks are made in any case; further ones only while they gain.
const FIRST_LOOKS: i32 = 3;

/// The mean of paired differences and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Contrast {
    pub(super) mean: f64,
    pub(super) error: f64,
}

impl Contrast {
    /// Returns by how much `there` exceeds `here`.
    pub(super) fn of(there: &[f64], here: &[f64]) -> Contrast {
        let n = there.len() as f64;
        let mean = there.iter().zip(here).map(|(t, h)| t - h).sum::<f64>() / n;
        let squares: f64 = there.iter().zip(here).map(|(t, h)| (t - h - mean).powi(2)).sum();
        // Where a loss is not finite, neither is the mean, and there is no error to speak of.
        let error = if mean.is_finite() { (squares / (n - 1.0) / n).sqrt() } else { 0.0 };
        Contrast { mean, error }
    }

    /// Returns whether the difference is at most `most`, sure to two standard errors.
    pub(super) fn is_at_most(&self, most: f64) -> bool {
        self.mean + 2.0 * self.error <= most
    }
}

impl<E: Element> Fit<'_, E> {
    /// Returns the losses at a place, of draws that are the same at every place until the next step.
    pub(super) fn losses_at(&mut self, place: &[E], draws: u64) -> Vec<f64> {
        let kept = self.core.run.session.params.values.clone();
        self.core.set_values(place);
        let pass = Pass { differentiates: false, ..self.objective.pass() };
        let particles = self.objective.particles();
        let first = self.core.attempts << 16;
        let losses = (0..draws).map(|k| {
            self.core.run.session.occasion = Occasion::new(Purpose::Contrast, first + k);
            // A place where nothing is finite is as bad as can be.
            self.value(pass, particles).map_or(f64::INFINITY, |step| step.loss)
        });
        let losses = losses.collect();
        self.core.set_values(&kept);
        losses
    }

    /// Returns whether going on from one place through another leads to a lower loss than the latter's, which is given.
    ///
    /// The way between the means of two windows of iterates is a drift and noise. Noise leads nowhere: beyond the later
    /// place the loss rises. A drift, however slow, leads down, and is seen at some distance.
    pub(super) fn falls_beyond(&mut self, from: &[E], to: &[E], at_to: &[f64]) -> bool {
        let mut lowest = 0.0;
        for look in 0..LOOKS {
            let stretch = E::of(3.0_f64.powi(look));
            let beyond: Vec<E> = from.iter().zip(to).map(|(&a, &b)| b + stretch * (b - a)).collect();
            let losses = self.losses_at(&beyond, at_to.len() as u64);
            let change = Contrast::of(&losses, at_to);
            if change.mean + 3.0 * change.error < -GAIN {
                return true;
            }
            let gains = change.mean + 2.0 * change.error < lowest;
            if look + 1 >= FIRST_LOOKS && !gains {
                return false;
            }
            lowest = change.mean.min(lowest);
        }
        false
    }
}

/// Returns how many draws are worth their time after so many steps.
pub(super) fn draws_after(steps: u64) -> u64 {
    (steps / 32).clamp(32, 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_paired() {
        let (here, there) = ([1.0, 100.0, -50.0], [1.5, 100.0, -49.0]);
        let Contrast { mean, error } = Contrast::of(&there, &here);
        assert!((mean - 0.5).abs() < 1e-12 && (error - (0.5 / 2.0 / 3.0_f64).sqrt()).abs() < 1e-12);
        assert!(Contrast::of(&here, &here).is_at_most(0.0));
    }

    #[test]
    fn places_without_a_loss_are_the_worst() {
        let (finite, infinite) = ([1.0, 2.0], [1.0, f64::INFINITY]);
        assert!(!Contrast::of(&infinite, &finite).is_at_most(1e300));
        assert!(Contrast::of(&finite, &infinite).is_at_most(0.0));
        assert!(!Contrast::of(&infinite, &infinite).is_at_most(0.0));
    }
}

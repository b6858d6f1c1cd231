//! Why more steps of the same kind would lead nowhere.

use super::contrast::{Contrast, draws_after};
use super::core::Fit;
use super::judge::PRECISE;
use super::losses::{Losses, Smoothed};
use super::recent::Recent;
use super::tail::Tail;
use super::verdict::Instability;
use crate::element::Element;

/// From this shape on a tail, estimated from some thousand losses, surely has no variance: 0.5 and two standard errors.
const HEAVY: f64 = 0.7;

/// What a parameter that is off by its own scale costs, in nats.
const SCALE: f64 = 0.5;

/// How far one looks for a lower bound, in distances between the means of windows: three times as far at each look.
const LOOKS: i32 = 24;

/// A loss that has fallen at so many looks before it is no number any more falls without end.
const FALLS: u32 = 4;

impl<E: Element> Fit<'_, E> {
    /// Returns why a run that is over, and has not converged, should not be continued as it is; `None` if nothing speaks against that.
    ///
    /// `descended` are the losses of the last descent and the means of its iterates, unless averages came after it. Averages that are known to
    /// `precision` have come to rest whatever the tail of the losses, whose noise is not that of the gradients.
    pub(super) fn instability(
        &mut self,
        recent: &Recent,
        descended: Option<(&Losses, &Tail<E>)>,
        (taken, precision): (u64, f64),
    ) -> Option<Instability> {
        let is_known = precision <= PRECISE;
        if let Some(k_hat) = recent.tail_shape().filter(|&shape| shape > HEAVY && !is_known) {
            return Some(Instability::HeavyTails { k_hat });
        }
        let (losses, tail) = descended?;
        losses.stalled()?;
        let most = SCALE * self.core.run.session.params.values.len() as f64;
        let now = losses.smoothed();
        let exceeds = |other: Smoothed| now.mean - other.mean - 3.0 * now.error.hypot(other.error) > most;
        if exceeds(losses.lowest_quarter()) {
            return Some(Instability::Rising);
        }
        let (before, mean) = tail.halves().filter(|(_, mean)| self.has_size_of(mean))?;
        let at_mean = self.losses_at(&mean, draws_after(taken));
        let Contrast { mean: loss, error } = Contrast::of(&at_mean, &vec![0.0; at_mean.len()]);
        if loss.is_finite() && exceeds(Smoothed { mean: loss, error }) {
            return Some(Instability::Swinging);
        }
        self.falls_without_end(&before, &mean, &at_mean).then_some(Instability::Unbounded)
    }

    fn has_size_of(&self, place: &[E]) -> bool {
        place.len() == self.core.run.session.params.values.len()
    }

    /// Returns whether the loss falls at every look along the line from one place through another, whose losses are given, and at least
    /// in proportion to the distance, until it is no number any more or nothing further can be seen.
    ///
    /// Scales are logarithms here, so that a loss without a lower bound falls in proportion or faster; one that is a parabola rises again,
    /// and one that has a limit falls ever more slowly.
    fn falls_without_end(&mut self, from: &[E], to: &[E], at_to: &[f64]) -> bool {
        let (mut lowest, mut falls) = (0.0, 0);
        let mut first_slope = f64::NAN;
        for look in 0..LOOKS {
            let stretch = 3.0_f64.powi(look);
            let beyond: Vec<E> = from.iter().zip(to).map(|(&a, &b)| b + E::of(stretch) * (b - a)).collect();
            let losses = self.losses_at(&beyond, at_to.len() as u64);
            let change = Contrast::of(&losses, at_to);
            if !change.mean.is_finite() {
                return falls >= FALLS;
            }
            let slope = change.mean / stretch;
            if look == 0 {
                first_slope = slope;
            }
            let surely = change.mean + 3.0 * change.error < lowest;
            if !surely || slope > 0.5 * first_slope {
                return false;
            }
            (lowest, falls) = (change.mean, falls + 1);
        }
        true
    }
}

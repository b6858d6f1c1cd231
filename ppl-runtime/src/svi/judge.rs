//! What a run says of its averages, and what it leaves.

use super::contrast::{Contrast, draws_after};
use super::core::Fit;
use super::epochs::BATCHES;
use super::polish::Polish;
use super::tail::Tail;
use crate::element::Element;

/// What the averages of single windows may cost, in nats, more than the average of all of them.
const AGREEMENT: f64 = 0.02;

/// How well each averaged parameter is known where nothing tells what is left to gain, in units of its scale.
pub(super) const PRECISE: f64 = 0.02;

/// After fewer steps there is nothing to choose what is left by: it is the last iterate.
const FEWEST: u64 = 320;

/// How a stage of averages ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// The average is known to the tolerance, and windows agree.
    Settled,
    /// There is something to gain elsewhere.
    Left,
    /// The steps are used up.
    Over,
    /// With a parameter that the descent has not seen, and for which there is no length.
    Grown,
}

impl<E: Element> Fit<'_, E> {
    /// Returns how the averages end, at the end of some batches.
    pub(super) fn judge(&mut self, polish: &Polish<E>, tolerance: Option<f64>) -> Option<Ending> {
        let epochs = &polish.epochs;
        let batches = epochs.at_batch().filter(|&b| b >= 8 && b.is_multiple_of(4))?;
        let (before, now) = epochs.means::<E>()?;
        let is_smooth = self.last_step_was_smooth();
        let wanted = tolerance.unwrap_or(PRECISE);
        let is_known = epochs.precision() <= wanted;
        let precise = is_known && epochs.agree(wanted);
        if !precise && !batches.is_multiple_of(BATCHES / 2) {
            return None;
        }
        let draws = draws_after(epochs.steps());
        let at_now = self.losses_at(&now, draws);
        if self.falls_beyond(&before, &now, &at_now) {
            return Some(Ending::Left);
        }
        if !is_known && tolerance.is_some() {
            return None;
        }
        let average = epochs.average::<E>()?;
        let at_average = self.losses_at(&average, draws);
        let at_before = self.losses_at(&before, draws);
        let agree = |at: &[f64]| Contrast::of(at, &at_average).is_at_most(AGREEMENT);
        if !(agree(&at_now) && agree(&at_before)) {
            return None;
        }
        let gap = if is_smooth { self.gap(&average, epochs.steps()) } else { None };
        let settled = match gap {
            Some(gap) if gap.is_lower_elsewhere => return Some(Ending::Left),
            Some(gap) => gap.is_at_most(AGREEMENT) || precise && !gap.exceeds(AGREEMENT),
            None => precise,
        };
        settled.then_some(Ending::Settled)
    }

    /// Returns whether the mean of the last half of a descent is as good as can be, though the iterates are under way.
    pub(super) fn has_little_to_gain(&mut self, tail: &Tail<E>, taken: u64) -> bool {
        let means = tail.means();
        let Some(mean) = means.first().filter(|mean| mean.len() == self.core.run.session.params.values.len())
        else {
            return false;
        };
        self.gap(mean, taken / 2).is_some_and(|gap| !gap.is_lower_elsewhere && gap.is_at_most(AGREEMENT))
    }

    /// Returns whether the windows of a descent lead to where the loss is lower.
    pub(super) fn is_drifting(&mut self, tail: &Tail<E>, taken: u64) -> bool {
        let Some((before, now)) = tail.halves() else { return false };
        if now.len() != self.core.run.session.params.values.len() {
            return false;
        }
        let at_now = self.losses_at(&now, draws_after(taken));
        self.falls_beyond(&before, &now, &at_now)
    }

    /// Returns whether the last iterate is as good as each mean of the last ones, of many or of few, and surely nothing is left to gain by it.
    pub(super) fn is_at_rest(&mut self, tail: &Tail<E>, taken: u64) -> bool {
        let is_smooth = self.last_step_was_smooth();
        let last = self.core.run.session.params.values.clone();
        let means: Vec<Vec<E>> = tail.means().into_iter().filter(|mean| mean.len() == last.len()).collect();
        let draws = draws_after(taken);
        let at_last = self.losses_at(&last, draws);
        let as_good = |mean: &Vec<E>| {
            let at_mean = self.losses_at(mean, draws);
            Contrast::of(&at_last, &at_mean).is_at_most(AGREEMENT)
        };
        if means.is_empty() || !means.iter().all(as_good) {
            return false;
        }
        let gap = if is_smooth { self.gap(&last, taken) } else { None };
        gap.is_none_or(|gap| !gap.is_lower_elsewhere && !gap.exceeds(AGREEMENT))
    }

    /// Leaves the first of some places, or the last iterate, or one of the others that is surely better.
    pub(super) fn leave(&mut self, mut places: Vec<Vec<E>>, taken: u64) {
        let last = self.core.run.session.params.values.clone();
        places.retain(|place| place.len() == last.len());
        if taken < FEWEST || places.is_empty() {
            return;
        }
        places.push(last);
        let draws = draws_after(taken);
        let mut best: Option<(Vec<E>, Vec<f64>)> = None;
        for place in places {
            let losses = self.losses_at(&place, draws);
            let better = best.as_ref().is_none_or(|(_, least)| {
                let change = Contrast::of(&losses, least);
                change.mean + 2.0 * change.error < 0.0
            });
            if better {
                best = Some((place, losses));
            }
        }
        if let Some((place, _)) = best {
            self.core.set_values(&place);
        }
    }
}

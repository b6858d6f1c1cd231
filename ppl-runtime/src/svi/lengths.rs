//! How long the steps of an optimiser are, for each parameter.

use crate::element::Element;
use crate::optim::Rows;

/// A derivative counts as at most this many of its root mean squares.
const LARGEST: f64 = 20.0;

/// How long the steps of the optimiser are compared with the gradients, element by element.
#[derive(Debug, Default)]
pub(super) struct Lengths<E> {
    before: Vec<E>,
    moved: Vec<f64>,
    gradients: Vec<f64>,
    counts: Vec<u32>,
}

impl<E: Element> Lengths<E> {
    /// Keeps the parameters as they are before a step.
    pub(super) fn before(&mut self, values: &[E]) {
        self.before.clear();
        self.before.extend_from_slice(values);
    }

    /// Adds a step along a gradient.
    pub(super) fn after(&mut self, rows: &[Rows], gradient: &[E], values: &[E]) {
        self.moved.resize(values.len(), 0.0);
        self.gradients.resize(values.len(), 0.0);
        self.counts.resize(values.len(), 0);
        for k in rows.iter().flat_map(Rows::range) {
            // A parameter that this step made has no place before.
            let Some(before) = self.before.get(k) else { continue };
            let moved = (values[k] - *before).as_f64();
            self.moved[k] += moved * moved;
            self.gradients[k] += gradient[k].as_f64().powi(2);
            self.counts[k] += 1;
        }
    }

    /// Returns whether a parameter has gone in one direction during the given number of steps, the last of which are
    /// those measured.
    ///
    /// Compared is the distance from `from` to `to` with the root mean square of a step. Steps without a direction go a
    /// distance of about `sqrt(c steps)` of them, where momentum correlates neighbours: `c = 19` at a decay of 0.9.
    pub(super) fn under_way(&self, from: &[E], to: &[E], steps: u64) -> bool {
        const CORRELATION: f64 = 19.0;
        let n = self.moved.len().min(from.len());
        let steps = steps as f64;
        // The largest of `n` normal deviations is below this but for a chance of about one in ten thousand.
        let largest = (2.0 * (2.0 * n.max(1) as f64).ln()).sqrt() + 2.0;
        let undirected = largest * (CORRELATION * steps).sqrt();
        (0..n).any(|k| {
            let step = (self.moved[k] / f64::from(self.counts[k].max(1))).sqrt();
            let share =
                f64::from(self.counts[k]) / f64::from(*self.counts.iter().max().unwrap_or(&1)).max(1.0);
            let distance = (to[k] - from[k]).as_f64().abs();
            distance > step * undirected.min(0.9 * steps * share)
        })
    }

    /// Returns the length per gradient and the largest derivative of each element.
    pub(super) fn finish(&self, n: usize) -> (Vec<E>, Vec<E>) {
        let ratio = |k: usize| {
            let (moved, gradient) = (*self.moved.get(k)?, *self.gradients.get(k)?);
            let ratio = (moved / gradient).sqrt();
            (gradient > 0.0 && ratio.is_finite()).then_some(ratio)
        };
        let known = || (0..n).filter_map(ratio).filter(|&r| r > 0.0);
        // Elements that no step has moved take the typical length.
        let typical = (known().map(f64::ln).sum::<f64>() / known().count().max(1) as f64).exp();
        let typical = if known().next().is_some() { typical } else { 0.0 };
        let lengths = (0..n).map(|k| E::of(ratio(k).unwrap_or(typical))).collect();
        let limits = (0..n).map(|k| match (self.gradients.get(k), self.counts.get(k)) {
            (Some(&sum), Some(&count)) if sum > 0.0 && count > 0 => {
                E::of(LARGEST * (sum / f64::from(count)).sqrt())
            }
            _ => E::infinity(),
        });
        (lengths, limits.collect())
    }
}

//! Normalising logits, and drawing an index by weights.

use crate::element::Numeric;
use crate::kernel::softmax::weights_into;
use rand::{Rng, RngExt};

/// Writes the probabilities that belong to the logits.
pub(crate) fn probs_into<E: Numeric>(logits: &[E], probs: &mut [E]) {
    let (_, sum) = weights_into(logits, probs);
    for p in probs {
        *p /= sum;
    }
}

/// Returns an index drawn with probabilities proportional to the weights.
pub(crate) fn draw_index<E: Numeric, R: Rng>(rng: &mut R, weights: &[E]) -> usize {
    let total: f64 = weights.iter().map(|w| w.as_f64()).sum();
    let u: f64 = rng.random();
    let target = u * total;
    let mut below = 0.0;
    let mut last = 0;
    for (i, weight) in weights.iter().enumerate() {
        // An outcome without weight is never drawn, whatever the sums round to.
        if *weight > E::zero() {
            last = i;
            below += weight.as_f64();
            if target < below {
                break;
            }
        }
    }
    last
}

/// Returns the mean and the variance of an index with these probabilities.
pub(crate) fn index_moments<E: Numeric>(probs: impl Iterator<Item = E> + Clone) -> (E, E) {
    let index = |i: usize| E::of(i as f64);
    let mean: E = probs.clone().enumerate().map(|(i, p)| index(i) * p).sum();
    let variance = probs.enumerate().map(|(i, p)| (index(i) - mean) * (index(i) - mean) * p).sum();
    (mean, variance)
}

//! Weights of a row of logits, and what is made of them.

use super::math;
use super::vector::sum;
use crate::element::Numeric;

/// Rows of fewer elements are not worth the way to a loop of their own.
pub(crate) const FEW: usize = 16;

/// Writes the weights `e^(logits - top)` of a row, where `top` is the largest logit, and returns it and the sum of the weights; the log-sum-exp is
/// `top + ln(sum)`.
///
/// A NaN among the logits is in the sum, not in the top.
#[inline]
pub(crate) fn weights_into<E: Numeric>(logits: &[E], weights: &mut [E]) -> (E, E) {
    if logits.len() >= FEW {
        return of_many(logits, &mut weights[..logits.len()]);
    }
    let top = logits.iter().fold(E::neg_infinity(), |top, &l| if l > top { l } else { top });
    let mut total = E::zero();
    for (weight, &logit) in weights.iter_mut().zip(logits) {
        *weight = math::exp(logit - top);
        total += *weight;
    }
    (top, total)
}

vectorised! {
    fn of_many<E: Numeric>(logits: &[E], weights: &mut [E]) -> (E, E) {
        // As many running maxima as a loop of wide vectors takes at once.
        let mut tops = [E::neg_infinity(); FEW];
        let (blocks, rest) = logits.as_chunks::<FEW>();
        for block in blocks {
            for (top, &l) in tops.iter_mut().zip(block) {
                *top = if l > *top { l } else { *top };
            }
        }
        let mut top = E::neg_infinity();
        for &l in tops.iter().chain(rest) {
            top = if l > top { l } else { top };
        }
        // The sum apart from the exponentials, or these would wait for each addition.
        for (weight, &logit) in weights.iter_mut().zip(logits) {
            *weight = math::exp(logit - top);
        }
        (top, sum(weights))
    }
}

/// Subtracts `factor` times the weights.
#[inline]
pub(crate) fn subtract_weights<E: Numeric>(from: &mut [E], factor: E, weights: &[E]) {
    if from.len() >= FEW {
        return subtract_many(from, factor, weights);
    }
    for (place, &weight) in from.iter_mut().zip(weights) {
        *place -= factor * weight;
    }
}

vectorised! {
    fn subtract_many<E: Numeric>(from: &mut [E], factor: E, weights: &[E]) {
        for (place, &weight) in from.iter_mut().zip(weights) {
            *place -= factor * weight;
        }
    }
}

vectorised! {
    /// Makes of weights in `y` their shares in `sum`.
    pub(crate) fn shares<E: Numeric>(y: &mut [E], sum: E) {
        let factor = sum.recip();
        for y in y {
            *y *= factor;
        }
    }
}

vectorised! {
    /// Writes `x - total`.
    pub(crate) fn differences<E: Numeric>(x: &[E], total: E, y: &mut [E]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = x - total;
        }
    }
}

vectorised! {
    /// Adds the derivative of `softmax`, whose values are `y`: `y (dy - mean)` with `mean = sum(y dy)`.
    pub(crate) fn softmax_backward<E: Numeric>(y: &[E], dy: &[E], mean: E, dx: &mut [E]) {
        for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
            *dx += y * (dy - mean);
        }
    }
}

vectorised! {
    /// Adds the derivative of `log_softmax`, whose values are `y`: `dy - e^y total` with `total = sum(dy)`.
    pub(crate) fn log_softmax_backward<E: Numeric>(y: &[E], dy: &[E], total: E, dx: &mut [E]) {
        for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
            *dx += dy - math::exp(y) * total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(n: usize) -> Vec<f64> {
        (0..n).map(|k| 30.0 * (k as f64 * 12.9898).sin()).collect()
    }

    /// By plain sums.
    fn twin(logits: &[f64]) -> (f64, Vec<f64>) {
        let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (top, logits.iter().map(|l| (l - top).exp()).collect())
    }

    #[test]
    fn weights_of_rows_of_all_lengths() {
        for n in [1, 2, 15, 16, 17, 31, 32, 33, 345, 2_000] {
            let logits = logits(n);
            let (top, expected) = twin(&logits);
            let mut weights = vec![f64::NAN; n];
            let (found, sum) = weights_into(&logits, &mut weights);
            assert_eq!(found, top);
            assert!((sum / expected.iter().sum::<f64>() - 1.0).abs() < 1e-13, "{n}");
            for (w, e) in weights.iter().zip(&expected) {
                assert!((w - e).abs() <= 1e-15 * e, "{n}: {w} {e}");
            }
            let single: Vec<f32> = logits.iter().map(|&l| l as f32).collect();
            let (_, sum32) = weights_into(&single, &mut vec![0.0; n]);
            assert!((f64::from(sum32) / sum - 1.0).abs() < 1e-4, "{n}");
        }
    }

    #[test]
    fn infinite_logits_and_nan_at_every_place() {
        for n in [3, 40] {
            for at in 0..n {
                let mut row = logits(n);
                row[at] = f64::NEG_INFINITY;
                let mut weights = vec![0.0; n];
                let (_, sum) = weights_into(&row, &mut weights);
                assert!(weights[at] == 0.0 && sum.is_finite());
                row[at] = f64::NAN;
                assert!(weights_into(&row, &mut weights).1.is_nan(), "{n} {at}");
                row[at] = 1e4;
                let (top, sum) = weights_into(&row, &mut weights);
                assert_eq!((top, sum, weights[at]), (1e4, 1.0, 1.0));
            }
        }
    }
}

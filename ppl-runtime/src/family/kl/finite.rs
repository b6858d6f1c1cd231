//! Divergences between categorical distributions.

use crate::element::Numeric;
use crate::kernel::math;

/// Returns the divergence of `Categorical(probs)` from another of the same length.
///
/// `sum over i of q[i] ln(q[i] / p[i])`, the probabilities taken as given: the partials are
/// `ln(q[i] / p[i]) + 1` and `-q[i] / p[i]`. Where `q[i]` is zero its slope is infinite and given as zero, the limit
/// of what reaches a logit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::categorical_probs_categorical_probs;
///
/// let mut by_p = [0.0; 3];
/// let (q, p) = ([0.5_f64, 0.5, 0.0], [0.25, 0.25, 0.5]);
/// let value = categorical_probs_categorical_probs(&q, &p, 1.0, &mut [], &mut by_p);
/// assert_eq!(value, 2.0_f64.ln());
/// assert_eq!(by_p, [-2.0, -2.0, 0.0]);
/// ```
pub fn categorical_probs_categorical_probs<E: Numeric>(
    q: &[E],
    p: &[E],
    seed: E,
    by_q: &mut [E],
    by_p: &mut [E],
) -> E {
    let value = of_probs(q, p.iter().map(|&p| math::ln(p)), seed, by_q);
    for (by, (&q, &p)) in by_p.iter_mut().zip(q.iter().zip(p)) {
        if q != E::zero() {
            *by -= seed * q / p;
        }
    }
    value
}

/// Returns the logarithms of the probabilities that these logits stand for.
fn normalised<E: Numeric>(logits: &[E]) -> impl Iterator<Item = E> + Clone {
    let top = logits.iter().fold(E::neg_infinity(), |top, &l| if l > top { l } else { top });
    let ln_total = math::ln(logits.iter().map(|&l| math::exp(l - top)).sum());
    // The top is taken off first: it may be far larger than what remains.
    logits.iter().map(move |&l| l - top - ln_total)
}

/// Returns the divergence of `Categorical(q)` from one with these logarithms of probabilities, and adds its slopes by `q`.
fn of_probs<E: Numeric>(q: &[E], log_p: impl Iterator<Item = E>, seed: E, by_q: &mut [E]) -> E {
    let mut value = E::zero();
    for (i, (&q, log_p)) in q.iter().zip(log_p).enumerate() {
        if q == E::zero() {
            continue;
        }
        let ln_ratio = math::ln(q) - log_p;
        value += q * ln_ratio;
        if let Some(by) = by_q.get_mut(i) {
            *by += seed * (ln_ratio + E::one());
        }
    }
    value
}

/// Returns the divergence of two distributions with these logarithms of probabilities, and adds its slopes by the logits of the first.
fn of_logits<E: Numeric>(
    log_q: impl Iterator<Item = E> + Clone,
    log_p: impl Iterator<Item = E> + Clone,
    seed: E,
    by_q: &mut [E],
) -> E {
    let pairs = log_q.zip(log_p);
    let mut value = E::zero();
    for (q, p) in pairs.clone() {
        let weight = math::exp(q);
        // A weight of zero times an infinite logarithm is zero.
        if weight != E::zero() {
            value += weight * (q - p);
        }
    }
    for (by, (q, p)) in by_q.iter_mut().zip(pairs) {
        let weight = math::exp(q);
        if weight != E::zero() {
            *by += seed * weight * (q - p - value);
        }
    }
    value
}

/// Returns the divergence of a categorical distribution from another of the same length, both given by `logits`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::categorical_logits_categorical_logits;
///
/// // A common shift of the logits changes nothing.
/// let (q, p) = ([1000.0_f64, 1000.0], [3.0, f64::NEG_INFINITY]);
/// assert_eq!(categorical_logits_categorical_logits(&q, &p, 1.0, &mut [], &mut []), f64::INFINITY);
/// let value = categorical_logits_categorical_logits(&p, &q, 1.0, &mut [], &mut []);
/// assert!((value - 2.0_f64.ln()).abs() < 1e-15);
/// ```
pub fn categorical_logits_categorical_logits<E: Numeric>(
    q: &[E],
    p: &[E],
    seed: E,
    by_q: &mut [E],
    by_p: &mut [E],
) -> E {
    let (log_q, log_p) = (normalised(q), normalised(p));
    let value = of_logits(log_q.clone(), log_p.clone(), seed, by_q);
    for (by, (q, p)) in by_p.iter_mut().zip(log_q.zip(log_p)) {
        *by += seed * (math::exp(p) - math::exp(q));
    }
    value
}

/// Returns the divergence of `Categorical(probs)` from one of the same length by `logits`, the probabilities taken as given.
///
/// Where `q[i]` is zero its slope is infinite and given as zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::categorical_probs_categorical_logits;
///
/// let value = categorical_probs_categorical_logits(&[0.0_f64, 1.0], &[900.0, 0.0], 1.0, &mut [], &mut []);
/// assert_eq!(value, 900.0);
/// ```
pub fn categorical_probs_categorical_logits<E: Numeric>(
    q: &[E],
    p: &[E],
    seed: E,
    by_q: &mut [E],
    by_p: &mut [E],
) -> E {
    let log_p = normalised(p);
    let value = of_probs(q, log_p.clone(), seed, by_q);
    let total: E = q.iter().copied().sum();
    for (by, (&q, p)) in by_p.iter_mut().zip(q.iter().zip(log_p)) {
        *by += seed * (total * math::exp(p) - q);
    }
    value
}

/// Returns the divergence of a categorical distribution by `logits` from `Categorical(probs)` of the same length, the probabilities taken as given.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::categorical_logits_categorical_probs;
///
/// let value = categorical_logits_categorical_probs(&[0.0_f64, 0.0], &[0.5, 0.5], 1.0, &mut [], &mut []);
/// assert!(value.abs() < 1e-15);
/// ```
pub fn categorical_logits_categorical_probs<E: Numeric>(
    q: &[E],
    p: &[E],
    seed: E,
    by_q: &mut [E],
    by_p: &mut [E],
) -> E {
    let log_q = normalised(q);
    let value = of_logits(log_q.clone(), p.iter().map(|&p| math::ln(p)), seed, by_q);
    for (by, (q, &p)) in by_p.iter_mut().zip(log_q.zip(p)) {
        let weight = math::exp(q);
        if weight != E::zero() {
            *by -= seed * weight / p;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_derivative};

    type Divergence = fn(&[f64], &[f64], f64, &mut [f64], &mut [f64]) -> f64;

    fn assert_divergence(divergence: Divergence, q: &[f64], p: &[f64], expected: f64) {
        let n = q.len();
        let at = |q: &[f64], p: &[f64]| divergence(q, p, 1.0, &mut [], &mut []);
        assert_close("value", at(q, p), expected, 1e-12);
        let (mut by_q, mut by_p) = (vec![0.5; n], vec![0.5; n]);
        divergence(q, p, 2.0, &mut by_q, &mut by_p);
        for i in 0..n {
            let with = |v: &[f64], x| {
                let mut v = v.to_vec();
                v[i] = x;
                v
            };
            assert_derivative("by q", |x| at(&with(q, x), p), q[i], (by_q[i] - 0.5) / 2.0);
            assert_derivative("by p", |x| at(q, &with(p, x)), p[i], (by_p[i] - 0.5) / 2.0);
        }
    }

    #[test]
    fn divergences_are_sums() {
        // sum(scipy.special.rel_entr(q, p)), to 40 digits by mpmath.
        for (q, p, expected) in [
            (&[0.2, 0.5, 0.3][..], &[0.3, 0.3, 0.4][..], 0.088_015_168_525_828_19),
            (&[0.001, 0.999], &[0.01, 0.99], 0.006_738_200_591_403_952_5),
            (&[0.1, 0.2, 0.3, 0.4], &[0.4, 0.3, 0.2, 0.1], 0.456_434_819_146_783_63),
        ] {
            assert_divergence(categorical_probs_categorical_probs, q, p, expected);
            let probs = (q, p);
            let logits = |v: &[f64], shift: f64| v.iter().map(|x| x.ln() + shift).collect::<Vec<_>>();
            let (q, p) = (logits(q, 3.0), logits(p, -2.0));
            assert_divergence(categorical_logits_categorical_logits, &q, &p, expected);
            assert_divergence(categorical_probs_categorical_logits, probs.0, &p, expected);
            assert_divergence(categorical_logits_categorical_probs, &q, probs.1, expected);
        }
    }

    #[test]
    fn impossible_outcomes() {
        let kl = |q: &[f64], p: &[f64]| categorical_probs_categorical_probs(q, p, 1.0, &mut [], &mut []);
        assert_eq!(kl(&[0.0, 1.0], &[0.0, 1.0]), 0.0);
        assert_eq!(kl(&[0.5, 0.5], &[0.0, 1.0]), f64::INFINITY);
        let (mut by_q, mut by_p) = ([0.0; 2], [0.0; 2]);
        let (q, p) = ([f64::NEG_INFINITY, 0.0], [f64::NEG_INFINITY, 5.0]);
        let value = categorical_logits_categorical_logits(&q, &p, 1.0, &mut by_q, &mut by_p);
        assert_eq!((value, by_q, by_p), (0.0, [0.0; 2], [0.0; 2]));
    }
}

//! The multinomial distribution, given probabilities or logits.

use super::counting::{draw_binomial, ln_factorial};
use super::family::{BadParameter, Need, Structured};
use super::{require, softmax};
use crate::element::Element;
use crate::kernel::math;
use crate::support::Counts;
use rand::Rng;

fn event_shape(name: &str, [total, weights]: [&[usize]; 2]) -> Result<Vec<usize>, String> {
    require::scalar("total_count", total)?;
    Ok(vec![require::vector(name, weights, 1)?])
}

/// Returns whether the counts are natural numbers with the given sum.
fn are_counts<E: Element>(x: &[E], total: E) -> bool {
    x.iter().all(|&k| require::is_natural(k)) && x.iter().map(|k| k.as_f64()).sum::<f64>() == total.as_f64()
}

/// Returns the logarithm of the number of ways to reach the counts, NaN or `-inf` if they are none.
fn ln_ways<E: Element>(x: &[E], total: E) -> E {
    if x.iter().any(|k| k.is_nan()) || total.is_nan() {
        E::nan()
    } else if are_counts(x, total) {
        ln_factorial(total) - x.iter().map(|&k| ln_factorial(k)).sum::<E>()
    } else {
        E::neg_infinity()
    }
}

/// Writes counts drawn with these probabilities, one binomial draw after the other.
fn draw_counts<E: Element, R: Rng>(rng: &mut R, total: E, probs: &[E], rest: &mut [E], z: &mut [E]) {
    // The probability of a category or any later one.
    let mut tail = E::zero();
    for (r, &p) in rest.iter_mut().zip(probs).rev() {
        tail += p;
        *r = tail;
    }
    let mut left = total;
    for ((count, &p), &r) in z.iter_mut().zip(probs).zip(rest.iter()) {
        let chance = if r > E::zero() { (p / r).as_f64().min(1.0) } else { 0.0 };
        *count = draw_binomial(rng, left.as_f64(), chance);
        left -= *count;
    }
}

/// The distribution of how often each of `n` categories occurs in `total_count` trials, with probabilities `probs`.
///
/// # Density
///
/// `ln(total_count!) + sum over k of (x[k] ln(probs[k]) - ln(x[k]!))` where the counts sum to `total_count`.
/// The probabilities are taken as given: they have to sum to one, and the partial by `probs[k]` is
/// `x[k] / probs[k]`; the partial by `total_count` is zero.
///
/// # Shapes
///
/// `total_count`: one number; `probs`: `[n]`. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::multinomial::MultinomialProbsFamily;
///
/// assert_eq!(MultinomialProbsFamily::event_shape([&[], &[3]]), Ok(vec![3]));
/// let mut mean = [0.0; 3];
/// MultinomialProbsFamily::mean_into([&[8.0], &[0.5, 0.25, 0.25]], [&[], &[3]], &mut mean);
/// assert_eq!(mean, [4.0, 2.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MultinomialProbsFamily;

impl Structured<2> for MultinomialProbsFamily {
    type Support = Counts;
    const NAME: &'static str = "Multinomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "probs"];
    const PATHWISE: bool = false;

    fn event_shape(p: [&[usize]; 2]) -> Result<Vec<usize>, String> {
        event_shape("probs", p)
    }

    fn scratch([_, probs]: [&[usize]; 2]) -> usize {
        probs.iter().product()
    }

    fn log_density<E: Element>(
        x: &[E],
        [total, probs]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        _: &mut [E],
        [_, by_probs]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        let mut log = ln_ways(x, total[0]);
        // A category that does not occur may have probability zero.
        for (k, (&count, &p)) in x.iter().zip(probs).enumerate().filter(|(_, (k, _))| **k != E::zero()) {
            log += count * math::ln(p);
            if need.parameter(1) {
                by_probs[k] += seed * count / p;
            }
        }
        log
    }

    fn draw<E: Element, R: Rng>(
        rng: &mut R,
        [total, probs]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        _: &mut [E],
        scratch: &mut [E],
    ) {
        draw_counts(rng, total[0], probs, &mut scratch[..probs.len()], z);
    }

    fn contains<E: Element>(x: &[E], [total, _]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        are_counts(x, total[0])
    }

    fn check<E: Element>([total, probs]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total[0])?;
        require::simplex("probs", probs)
    }

    fn mean_into<E: Element>([total, probs]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        for (out, &p) in out.iter_mut().zip(probs) {
            *out = total[0] * p;
        }
    }

    fn variance_into<E: Element>([total, probs]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        for (out, &p) in out.iter_mut().zip(probs) {
            *out = total[0] * p * (E::one() - p);
        }
    }
}

/// The distribution of how often each of `n` categories occurs in `total_count` trials, with probabilities
/// proportional to `e^logits`.
///
/// # Density
///
/// As for [`MultinomialProbsFamily`], with `ln(probs[k]) = logits[k] - ln(sum over j of e^logits[j])`.
/// The partial by `total_count` is zero.
///
/// # Shapes
///
/// `total_count`: one number; `logits`: `[n]`. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::multinomial::MultinomialLogitsFamily;
///
/// let mut mean = [0.0; 2];
/// MultinomialLogitsFamily::mean_into([&[8.0], &[700.0, 700.0]], [&[], &[2]], &mut mean);
/// assert_eq!(mean, [4.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MultinomialLogitsFamily;

impl Structured<2> for MultinomialLogitsFamily {
    type Support = Counts;
    const NAME: &'static str = "Multinomial";
    const PARAMETERS: [&'static str; 2] = ["total_count", "logits"];
    const PATHWISE: bool = false;

    fn event_shape(p: [&[usize]; 2]) -> Result<Vec<usize>, String> {
        event_shape("logits", p)
    }

    fn scratch([_, logits]: [&[usize]; 2]) -> usize {
        2 * logits.iter().product::<usize>()
    }

    fn log_density<E: Element>(
        x: &[E],
        [total, logits]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        _: &mut [E],
        [_, by_logits]: [&mut [E]; 2],
        scratch: &mut [E],
    ) -> E {
        let mut log = ln_ways(x, total[0]);
        let (top, sum) = softmax::weights_into(logits, scratch);
        let ln_sum = math::ln(sum);
        for (&count, &logit) in x.iter().zip(logits).filter(|(k, _)| **k != E::zero()) {
            log += count * (logit - top - ln_sum);
        }
        if need.parameter(1) {
            let each = total[0] / sum;
            for ((by, &count), &weight) in by_logits.iter_mut().zip(x).zip(scratch.iter()) {
                *by += seed * (count - each * weight);
            }
        }
        // NaN logits reach the result even where no category occurs.
        log + E::zero() * ln_sum
    }

    fn draw<E: Element, R: Rng>(
        rng: &mut R,
        [total, logits]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        _: &mut [E],
        scratch: &mut [E],
    ) {
        let (probs, rest) = scratch.split_at_mut(logits.len());
        softmax::weights_into(logits, probs);
        draw_counts(rng, total[0], probs, &mut rest[..logits.len()], z);
    }

    fn contains<E: Element>(x: &[E], [total, _]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        are_counts(x, total[0])
    }

    fn check<E: Element>([total, logits]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total[0])?;
        require::logits("logits", logits)
    }

    fn mean_into<E: Element>([total, logits]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        softmax::probs_into(logits, out);
        out.iter_mut().for_each(|p| *p *= total[0]);
    }

    fn variance_into<E: Element>([total, logits]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        softmax::probs_into(logits, out);
        out.iter_mut().for_each(|p| *p = total[0] * *p * (E::one() - *p));
    }
}

//! The multinomial distribution, given probabilities or logits.

use super::counting::draw_binomial;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use super::{require, softmax};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::softmax::weights_into;
use crate::kernel::special::ln_factorial;
use crate::support::Counts;
use rand::Rng;

fn event_shape(name: &str, [total, weights]: [&[usize]; 2]) -> Result<EventShape, String> {
    require::scalar("total_count", total)?;
    Ok(EventShape::vector(require::vector(name, weights, 1)?))
}

/// Returns whether the counts are natural numbers with the given sum.
fn are_counts<E: Numeric>(x: &[E], total: E) -> bool {
    let (sum, total) = (x.iter().map(|k| k.as_f64()).sum::<f64>(), total.as_f64());
    // Past the exact integers of the number type each count is rounded.
    let exact = total <= E::epsilon().recip().as_f64();
    let slack = if exact { 0.0 } else { total * E::epsilon().as_f64() * x.len() as f64 };
    x.iter().all(|&k| require::is_natural(k)) && (sum - total).abs() <= slack
}

/// Returns the logarithm of the number of ways to reach the counts, NaN or `-inf` if they are none.
///
/// In double precision whatever the element, like all of the log-density: its large terms cancel.
fn ln_ways<E: Numeric>(x: &[E], total: E) -> f64 {
    if x.iter().any(|k| k.is_nan()) || total.is_nan() {
        f64::NAN
    } else if are_counts(x, total) {
        ln_factorial(total.as_f64()) - x.iter().map(|k| ln_factorial(k.as_f64())).sum::<f64>()
    } else {
        f64::NEG_INFINITY
    }
}

/// Writes counts drawn with these probabilities, one binomial draw after the other.
fn draw_counts<E: Numeric, R: Rng>(rng: &mut R, total: E, probs: &[E], rest: &mut [E], z: &mut [E]) {
    // The probability of a category or any later one.
    let mut tail = E::zero();
    for (r, &p) in rest.iter_mut().zip(probs).rev() {
        tail += p;
        *r = tail;
    }
    let mut left = total;
    for ((count, &p), &r) in z.iter_mut().zip(probs).zip(rest.iter()) {
        let chance = if r > E::zero() { (p / r).as_f64().min(1.0) } else { 0.0 };
        *count = draw_binomial(rng, left.as_f64(), [chance, 1.0 - chance]);
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
/// use ppl_runtime::family::{EventShape, Structured};
/// use ppl_runtime::family::multinomial::MultinomialProbsFamily;
///
/// assert_eq!(MultinomialProbsFamily::event_shape([&[], &[3]]), Ok(EventShape::from([3])));
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
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [0, 1] };
    const PATHWISE: bool = false;

    fn event_shape(p: [&[usize]; 2]) -> Result<EventShape, String> {
        event_shape("probs", p)
    }

    fn scratch([_, probs]: [&[usize]; 2]) -> usize {
        probs.iter().product()
    }

    fn log_density<E: Numeric>(
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
        if log == f64::NEG_INFINITY && probs.iter().all(|p| !p.is_nan()) {
            // What are no counts may meet infinite logarithms.
            return E::neg_infinity();
        }
        // A category that does not occur may have probability zero.
        for (k, (&count, &p)) in x.iter().zip(probs).enumerate().filter(|(_, (k, _))| **k != E::zero()) {
            log += count.as_f64() * math::ln(p.as_f64());
            if need.parameter(1) {
                by_probs[k] += seed * count / p;
            }
        }
        // NaN reaches the result even from a category that does not occur.
        E::of(log + 0.0 * probs.iter().map(|p| p.as_f64()).sum::<f64>())
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [total, probs]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        _: &mut [E],
        scratch: &mut [E],
    ) {
        draw_counts(rng, total[0], probs, &mut scratch[..probs.len()], z);
    }

    fn contains<E: Numeric>(x: &[E], [total, _]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        are_counts(x, total[0])
    }

    fn check<E: Numeric>([total, probs]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total[0])?;
        require::simplex("probs", probs)
    }

    fn mean_into<E: Numeric>([total, probs]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        for (out, &p) in out.iter_mut().zip(probs) {
            *out = total[0] * p;
        }
    }

    fn variance_into<E: Numeric>([total, probs]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
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
/// use ppl_runtime::family::{EventShape, Structured};
/// use ppl_runtime::family::multinomial::MultinomialLogitsFamily;
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
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [0, 1] };
    const PATHWISE: bool = false;

    fn event_shape(p: [&[usize]; 2]) -> Result<EventShape, String> {
        event_shape("logits", p)
    }

    fn scratch([_, logits]: [&[usize]; 2]) -> usize {
        2 * logits.iter().product::<usize>()
    }

    fn log_density<E: Numeric>(
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
        if log == f64::NEG_INFINITY && logits.iter().all(|logit| !logit.is_nan()) {
            return E::neg_infinity();
        }
        let (top, sum) = weights_into(logits, scratch);
        let relative = |logit: E| logit.as_f64() - top.as_f64();
        let ln_sum = math::ln(logits.iter().map(|&logit| math::exp(relative(logit))).sum::<f64>());
        for (&count, &logit) in x.iter().zip(logits).filter(|(k, _)| **k != E::zero()) {
            log += count.as_f64() * (relative(logit) - ln_sum);
        }
        if need.parameter(1) {
            let each = total[0] / sum;
            for ((by, &count), &weight) in by_logits.iter_mut().zip(x).zip(scratch.iter()) {
                *by += seed * (count - each * weight);
            }
        }
        // NaN reaches the result even where no category occurs.
        E::of(log + 0.0 * ln_sum)
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [total, logits]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        _: &mut [E],
        scratch: &mut [E],
    ) {
        let (probs, rest) = scratch.split_at_mut(logits.len());
        weights_into(logits, probs);
        draw_counts(rng, total[0], probs, &mut rest[..logits.len()], z);
    }

    fn contains<E: Numeric>(x: &[E], [total, _]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        are_counts(x, total[0])
    }

    fn check<E: Numeric>([total, logits]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::natural("total_count", total[0])?;
        require::logits("logits", logits)
    }

    fn mean_into<E: Numeric>([total, logits]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        softmax::probs_into(logits, out);
        out.iter_mut().for_each(|p| *p *= total[0]);
    }

    fn variance_into<E: Numeric>([total, logits]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        softmax::probs_into(logits, out);
        out.iter_mut().for_each(|p| *p = total[0] * *p * (E::one() - *p));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check_rows::*;

    type Probs = MultinomialProbsFamily;
    type Logits = MultinomialLogitsFamily;

    fn member(total: f64, weights: &[f64]) -> Member<2> {
        Member::new([(&[total], &[]), (weights, &[weights.len()])])
    }

    /// Returns all ways to write `total` as an ordered sum of `n` natural numbers.
    fn outcomes(total: u32, n: usize) -> Vec<Vec<f64>> {
        if n == 1 {
            return vec![vec![f64::from(total)]];
        }
        let first =
            |k| outcomes(total - k, n - 1).into_iter().map(move |rest| [vec![f64::from(k)], rest].concat());
        (0..=total).flat_map(first).collect()
    }

    /// Counts, probabilities and `scipy.stats.multinomial.logpmf`, to 40 digits by mpmath.
    const CASES: [(&[f64], &[f64], f64); 3] = [
        (&[3.0, 0.0, 2.0, 5.0], &[0.2, 0.1, 0.3, 0.4], -3.985_698_824_819_479),
        (&[0.0, 0.0, 0.0], &[0.2, 0.5, 0.3], 0.0),
        (&[100.0, 250.0, 650.0], &[0.12, 0.26, 0.62], -9.364_053_880_925_837),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, probs, expected) in CASES {
            let total = x.iter().sum();
            assert_row_log_density::<Probs, 2>(x, &member(total, probs), expected);
            let logits: Vec<f64> = probs.iter().map(|p| math::ln(*p) + 3.0).collect();
            assert_row_log_density::<Logits, 2>(x, &member(total, &logits), expected);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, probs, _) in CASES {
            let total = x.iter().sum();
            assert_row_partials::<Probs, 2>(x, &member(total, probs), false, [false, true]);
            let logits: Vec<f64> = probs.iter().map(|p| math::ln(*p) + 3.0).collect();
            assert_row_partials::<Logits, 2>(x, &member(total, &logits), false, [false, true]);
        }
    }

    #[test]
    fn outcomes_have_their_probabilities() {
        assert_outcomes::<Probs, 2>(1, &member(4.0, &[0.2, 0.5, 0.3]), &outcomes(4, 3));
        assert_outcomes::<Probs, 2>(2, &member(3.0, &[0.4, 0.0, 0.6, 0.0]), &outcomes(3, 4));
        assert_outcomes::<Logits, 2>(3, &member(4.0, &[0.2, -1.0, 1.3]), &outcomes(4, 3));
    }

    #[test]
    fn single_precision_does_not_cancel() {
        let (x, probs, expected) = CASES[2];
        let single = |v: &[f64]| v.iter().map(|x| *x as f32).collect::<Vec<_>>();
        let shape: [&[usize]; 2] = [&[], &[3]];
        let logits: Vec<f64> = probs.iter().map(|p| math::ln(*p)).collect();
        let scratch = &mut [0.0_f32; 6];
        let by = || [&mut [][..], &mut []];
        let p = [&[1000.0_f32][..], &single(probs)];
        let none = &mut [];
        let got = Probs::log_density(&single(x), p, shape, Need::NONE, 1.0, none, by(), scratch);
        // What remains is the rounding of the probabilities to single precision.
        assert!((f64::from(got) - expected).abs() < 1e-4, "{got}");
        let p = [&[1000.0_f32][..], &single(&logits)];
        let got = Logits::log_density(&single(x), p, shape, Need::NONE, 1.0, none, by(), scratch);
        assert!((f64::from(got) - expected).abs() < 1e-4, "{got}");
    }

    #[test]
    fn edges() {
        let probs = member(4.0, &[0.5, 0.5]);
        let logits = member(4.0, &[0.1, 0.5]);
        for outside in [[1.0, 2.0], [-1.0, 5.0], [1.5, 2.5], [f64::INFINITY, 1.0]] {
            assert_row_log_density::<Probs, 2>(&outside, &probs, f64::NEG_INFINITY);
            assert_row_log_density::<Logits, 2>(&outside, &logits, f64::NEG_INFINITY);
            assert!(!Probs::contains(&outside, probs.values(), probs.shapes()));
        }
        for nan in [[f64::NAN, 4.0], [0.0, f64::NAN]] {
            assert!(row_log_density::<Probs, 2>(&nan, &probs).is_nan());
            assert!(row_log_density::<Logits, 2>(&nan, &logits).is_nan());
        }
        for nan in [member(4.0, &[f64::NAN, 0.5]), member(f64::NAN, &[0.5, 0.5])] {
            assert!(row_log_density::<Probs, 2>(&[0.0, 4.0], &nan).is_nan());
            assert!(row_log_density::<Logits, 2>(&[0.0, 4.0], &nan).is_nan());
        }
        assert_eq!(Probs::check([&[2.5], &[0.5, 0.5]], [&[], &[2]]).unwrap_err().name, "total_count");
        assert_eq!(Probs::check([&[2.0], &[0.5, 0.6]], [&[], &[2]]).unwrap_err().name, "probs");
        assert_eq!(Logits::check([&[2.0], &[0.5, f64::NAN]], [&[], &[2]]).unwrap_err().name, "logits");
        assert!(Logits::event_shape([&[2], &[3]]).is_err());
    }

    #[test]
    fn what_are_no_counts_may_meet_infinite_logarithms() {
        let x: [f64; 2] = [-1.0, 1.0];
        let by = |probs: [f64; 2]| {
            let p: [&[f64]; 2] = [&[0.0], &probs];
            let none: [&mut [f64]; 2] = [&mut [], &mut []];
            MultinomialProbsFamily::log_density(
                &x,
                p,
                [&[], &[2]],
                Need::NONE,
                1.0,
                &mut [],
                none,
                &mut [0.0; 2],
            )
        };
        assert_eq!(by([0.0, 1.0]), f64::NEG_INFINITY);
        let logits: [&[f64]; 2] = [&[0.0], &[f64::NEG_INFINITY, 0.0]];
        let none: [&mut [f64]; 2] = [&mut [], &mut []];
        let log = MultinomialLogitsFamily::log_density(
            &x,
            logits,
            [&[], &[2]],
            Need::NONE,
            1.0,
            &mut [],
            none,
            &mut [0.0; 4],
        );
        assert_eq!(log, f64::NEG_INFINITY);
    }
}

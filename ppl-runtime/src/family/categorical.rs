//! The categorical distribution, given probabilities or logits.

use super::{BadParameter, EventShape, Need, Outcomes, Ranks, Structured};
use super::{outcomes, require, softmax};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::softmax::{subtract_weights, weights_into};
use crate::support::Finite;
use rand::Rng;

/// Where a value stands among `0..n`: an index, no index, or NaN.
enum Place {
    Index(usize),
    Outside,
    NotANumber,
}

fn place<E: Numeric>(x: E, n: usize) -> Place {
    if x.is_nan() {
        Place::NotANumber
    } else if require::is_natural(x) && x.as_f64() < n as f64 {
        Place::Index(x.as_f64() as usize)
    } else {
        Place::Outside
    }
}

/// The distribution of one of the indices `0..n`, index `k` with probability `probs[k]`.
///
/// # Density
///
/// `ln(probs[x])`. The probabilities are taken as given: they have to sum to one, and the partial is
/// `1 / probs[x]` in that entry and zero in the others.
///
/// # Shapes
///
/// `probs`: `[n]`. The value is one number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::categorical::CategoricalProbsFamily;
/// use ppl_runtime::family::{Need, Structured};
///
/// let mut by_probs = [0.0; 3];
/// let (probs, shape): ([f64; 3], [&[usize]; 1]) = ([0.5, 0.25, 0.25], [&[3]]);
/// let need = Need::of(false, [true]);
/// let by = [by_probs.as_mut_slice()];
/// let log =
///     CategoricalProbsFamily::log_density(&[1.0], [&probs], shape, need, 1.0, &mut [], by, &mut []);
/// assert_eq!(log, 0.25_f64.ln());
/// assert_eq!(by_probs, [0.0, 4.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CategoricalProbsFamily;

impl Structured<1> for CategoricalProbsFamily {
    type Support = Finite;
    const NAME: &'static str = "Categorical";
    const PARAMETERS: [&'static str; 1] = ["probs"];
    const RANKS: Ranks<1> = Ranks { value: 0, parameters: [1] };
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::AlongParameter { parameter: 0, more: 0 };

    fn event_shape([probs]: [&[usize]; 1]) -> Result<EventShape, String> {
        require::vector("probs", probs, 1)?;
        Ok(EventShape::SCALAR)
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [probs]: [&[E]; 1],
        _: [&[usize]; 1],
        need: Need,
        seed: E,
        _: &mut [E],
        [by_probs]: [&mut [E]; 1],
        _: &mut [E],
    ) -> E {
        match place(x[0], probs.len()) {
            Place::NotANumber => E::nan(),
            Place::Outside => E::neg_infinity(),
            Place::Index(k) => {
                if need.parameter(0) {
                    by_probs[k] += seed / probs[k];
                }
                math::ln(probs[k])
            }
        }
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [probs]: [&[E]; 1],
        _: [&[usize]; 1],
        z: &mut [E],
        _: &mut [E],
        _: &mut [E],
    ) {
        z[0] = E::of(softmax::draw_index(rng, probs) as f64);
    }

    fn contains<E: Numeric>(x: &[E], [probs]: [&[E]; 1], _: [&[usize]; 1]) -> bool {
        matches!(place(x[0], probs.len()), Place::Index(_))
    }

    fn say_outside<E: Numeric>(x: &[E], [probs]: [&[E]; 1]) -> Option<String> {
        Some(outcomes::say_other(x[0], probs.len()))
    }

    fn check<E: Numeric>([probs]: [&[E]; 1], _: [&[usize]; 1]) -> Result<(), BadParameter> {
        require::simplex("probs", probs)
    }

    fn mean_into<E: Numeric>([probs]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        out[0] = softmax::index_moments(probs.iter().copied()).0;
    }

    fn variance_into<E: Numeric>([probs]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        out[0] = softmax::index_moments(probs.iter().copied()).1;
    }
}

/// The distribution of one of the indices `0..n`, index `k` with probability proportional to `e^logits[k]`.
///
/// # Density
///
/// `logits[x] - ln(sum over k of e^logits[k])`. A logit of `-inf` is an index that cannot be.
///
/// # Shapes
///
/// `logits`: `[n]`. The value is one number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::categorical::CategoricalLogitsFamily;
/// use ppl_runtime::family::{Need, Structured};
///
/// let (logits, shape): ([f64; 2], [&[usize]; 1]) = ([1000.0, 0.0], [&[2]]);
/// let mut by_logits = [0.0; 2];
/// let need = Need::of(false, [true]);
/// let (by, scratch) = ([by_logits.as_mut_slice()], &mut [0.0; 2]);
/// let log =
///     CategoricalLogitsFamily::log_density(&[1.0], [&logits], shape, need, 1.0, &mut [], by, scratch);
/// assert_eq!(log, -1000.0);
/// assert_eq!(by_logits, [-1.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CategoricalLogitsFamily;

impl Structured<1> for CategoricalLogitsFamily {
    type Support = Finite;
    const NAME: &'static str = "Categorical";
    const PARAMETERS: [&'static str; 1] = ["logits"];
    const RANKS: Ranks<1> = Ranks { value: 0, parameters: [1] };
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::AlongParameter { parameter: 0, more: 0 };

    fn event_shape([logits]: [&[usize]; 1]) -> Result<EventShape, String> {
        require::vector("logits", logits, 1)?;
        Ok(EventShape::SCALAR)
    }

    fn scratch([logits]: [&[usize]; 1]) -> usize {
        logits.iter().product()
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [logits]: [&[E]; 1],
        _: [&[usize]; 1],
        need: Need,
        seed: E,
        _: &mut [E],
        [by_logits]: [&mut [E]; 1],
        scratch: &mut [E],
    ) -> E {
        let k = match place(x[0], logits.len()) {
            Place::NotANumber => return E::nan(),
            Place::Outside => return E::neg_infinity(),
            Place::Index(k) => k,
        };
        let (top, sum) = weights_into(logits, scratch);
        if need.parameter(0) {
            subtract_weights(by_logits, seed / sum, scratch);
            by_logits[k] += seed;
        }
        logits[k] - top - math::ln(sum)
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [logits]: [&[E]; 1],
        _: [&[usize]; 1],
        z: &mut [E],
        _: &mut [E],
        scratch: &mut [E],
    ) {
        weights_into(logits, scratch);
        z[0] = E::of(softmax::draw_index(rng, &scratch[..logits.len()]) as f64);
    }

    fn contains<E: Numeric>(x: &[E], [logits]: [&[E]; 1], _: [&[usize]; 1]) -> bool {
        matches!(place(x[0], logits.len()), Place::Index(_))
    }

    fn say_outside<E: Numeric>(x: &[E], [logits]: [&[E]; 1]) -> Option<String> {
        Some(outcomes::say_other(x[0], logits.len()))
    }

    fn check<E: Numeric>([logits]: [&[E]; 1], _: [&[usize]; 1]) -> Result<(), BadParameter> {
        require::logits("logits", logits)
    }

    fn mean_into<E: Numeric>([logits]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        out[0] = moments(logits).0;
    }

    fn variance_into<E: Numeric>([logits]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        out[0] = moments(logits).1;
    }
}

fn moments<E: Numeric>(logits: &[E]) -> (E, E) {
    let mut probs = vec![E::zero(); logits.len()];
    softmax::probs_into(logits, &mut probs);
    softmax::index_moments(probs.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check_rows::*;

    fn outcomes(n: usize) -> Vec<Vec<f64>> {
        (0..n).map(|k| vec![k as f64]).collect()
    }

    #[test]
    fn logits_are_normalised() {
        // log(softmax(logits)) by numpy.
        let member = Member::new([(&[0.3, -1.2, 2.0], &[3])]);
        for (k, expected) in [-1.901_671_244_952_790_6, -3.401_671_244_952_791, -0.201_671_244_952_790_68]
            .into_iter()
            .enumerate()
        {
            assert_row_log_density::<CategoricalLogitsFamily, 1>(&[k as f64], &member, expected);
            // A common shift changes nothing.
            let shifted = Member::new([(&[700.3, 698.8, 702.0], &[3])]);
            assert_row_log_density::<CategoricalLogitsFamily, 1>(&[k as f64], &shifted, expected);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for k in [0.0, 1.0, 2.0] {
            for probs in [[0.2, 0.5, 0.3], [1e-3, 0.998, 1e-3], [0.01, 0.01, 0.98]] {
                let member = Member::new([(&probs, &[3])]);
                assert_row_partials::<CategoricalProbsFamily, 1>(&[k], &member, false, [true]);
            }
            for logits in [[0.3, -1.2, 2.0], [-5.0, 0.0, 4.0], [7.0, 9.0, 8.0]] {
                let member = Member::new([(&logits, &[3])]);
                assert_row_partials::<CategoricalLogitsFamily, 1>(&[k], &member, false, [true]);
            }
        }
    }

    #[test]
    fn outcomes_have_their_probabilities() {
        let member = Member::new([(&[0.2, 0.0, 0.5, 0.3, 0.0], &[5])]);
        assert_outcomes::<CategoricalProbsFamily, 1>(1, &member, &outcomes(5));
        let member = Member::new([(&[0.3, f64::NEG_INFINITY, -1.2, 2.0], &[4])]);
        assert_outcomes::<CategoricalLogitsFamily, 1>(2, &member, &outcomes(4));
        let member = Member::new([(&[-1e4, 1e4], &[2])]);
        assert_outcomes::<CategoricalLogitsFamily, 1>(3, &member, &outcomes(2));
    }

    #[test]
    fn edges() {
        let probs = Member::new([(&[0.5, 0.5], &[2])]);
        let logits = Member::new([(&[0.5, 0.1], &[2])]);
        for outside in [-1.0, 0.5, 2.0, f64::INFINITY] {
            assert_row_log_density::<CategoricalProbsFamily, 1>(&[outside], &probs, f64::NEG_INFINITY);
            assert_row_log_density::<CategoricalLogitsFamily, 1>(&[outside], &logits, f64::NEG_INFINITY);
            assert!(!CategoricalProbsFamily::contains(&[outside], probs.values(), probs.shapes()));
            assert!(!CategoricalLogitsFamily::contains(&[outside], logits.values(), logits.shapes()));
        }
        assert!(row_log_density::<CategoricalProbsFamily, 1>(&[f64::NAN], &probs).is_nan());
        assert!(row_log_density::<CategoricalLogitsFamily, 1>(&[f64::NAN], &logits).is_nan());
        let logits = Member::new([(&[0.5, f64::NAN], &[2])]);
        assert!(row_log_density::<CategoricalLogitsFamily, 1>(&[0.0], &logits).is_nan());
    }

    #[test]
    fn bad_parameters_are_refused() {
        for bad in [[0.5, 0.5001], [-0.5, 1.5], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
            assert_eq!(CategoricalProbsFamily::check([&bad], [&[2]]).unwrap_err().name, "probs");
        }
        assert!(CategoricalProbsFamily::check([&[0.5, 0.5 + 1e-7]], [&[2]]).is_ok());
        for bad in [[f64::NEG_INFINITY; 2], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
            assert_eq!(CategoricalLogitsFamily::check([&bad], [&[2]]).unwrap_err().name, "logits");
        }
        let message = CategoricalLogitsFamily::event_shape([&[2, 3]]).unwrap_err();
        assert_eq!(message, "`logits` must be [n], not empty, got [2, 3]");
    }
}

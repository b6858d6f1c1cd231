//! Quantiles of definition 7 of Hyndman and Fan (1996), and their like for weighted values.

use super::sorted_by_value;
use crate::Error;

/// Returns the quantile at `p`, linear between neighbours: the default of R and NumPy.
///
/// # Errors
///
/// There is no value, one is not finite, or `p` is not within 0 and 1.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::quantile;
///
/// assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5)?, 2.5);
/// assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 1.0)?, 4.0);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Hyndman, Fan (1996), *Sample quantiles in statistical packages*, definition 7, <https://doi.org/10.2307/2684934>.
pub fn quantile(values: &[f64], p: f64) -> Result<f64, Error> {
    Error::unless_finite("value", values)?;
    check_probability(p)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(quantile_of_sorted(&sorted, p))
}

/// Returns the quantile at `p` of weighted values; the weights need not sum to one.
///
/// With equal weights it is that of [`quantile`]. A value without weight changes nothing. The place of a quantile between its neighbours depends on the number of values that the weights
/// are worth, `n = (sum of w)^2 / sum of w^2`.
///
/// # Errors
///
/// There is no value, one is not finite, there are not as many weights, one is negative or not finite, all are zero, or `p` is not
/// within 0 and 1.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::weighted_quantile;
///
/// assert_eq!(weighted_quantile(&[3.0, 1.0, 2.0], &[1.0, 1.0, 1.0], 0.25)?, 1.5);
/// assert_eq!(weighted_quantile(&[3.0, 1.0, 2.0], &[1.0, 1.0, 0.0], 0.5)?, 2.0);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Akinshin (2023), *Weighted quantile estimators*, that of definition 7, <https://arxiv.org/abs/2304.07265>.
pub fn weighted_quantile(values: &[f64], weights: &[f64], p: f64) -> Result<f64, Error> {
    let pairs = sorted_by_value(values, weights)?;
    check_probability(p)?;
    Ok(weighted_quantile_of_sorted(&pairs, p))
}

fn check_probability(p: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    Err(Error::Setting { what: "the probability of a quantile", expected: "within 0 and 1", found: p })
}

/// Returns the quantile at `p` in `[0, 1]` of increasing numbers, as [`quantile`] does of others; NaN of none.
///
/// Infinite numbers are numbers here: between two that are equal nothing is interpolated.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::quantile_of_sorted;
///
/// assert_eq!(quantile_of_sorted(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
/// assert!(quantile_of_sorted(&[], 0.5).is_nan());
/// ```
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p * last as f64;
    let below = (place.floor() as usize).min(last);
    between(sorted[below], sorted[(below + 1).min(last)], place - below as f64)
}

/// Returns the middle number of one or more that increase, or the mean of the two in the middle.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { 0.5 * sorted[middle - 1] + 0.5 * sorted[middle] }
}

/// Returns the quantile at `p` in `[0, 1]` of values that increase, with positive weights that sum to one.
///
/// Each value counts with the part of its weight that lies in a window of length `1 / n` which moves with `p`.
pub(crate) fn weighted_quantile_of_sorted(pairs: &[(f64, f64)], p: f64) -> f64 {
    let worth = 1.0 / pairs.iter().map(|(_, w)| w * w).sum::<f64>();
    let begin = p * (worth - 1.0) / worth;
    let share = |cumulative: f64| ((cumulative - begin) * worth).clamp(0.0, 1.0);
    let (first, last) = (pairs[0].0, pairs[pairs.len() - 1].0);
    let (mut sum, mut cumulative, mut before) = (0.0, 0.0, 0.0);
    for (value, weight) in pairs {
        cumulative += weight;
        let now = share(cumulative);
        sum += (now - before) * value;
        before = now;
    }
    // What rounding leaves at the upper end is the last value's.
    (sum + (1.0 - before) * last).clamp(first, last)
}

fn between(low: f64, high: f64, part: f64) -> f64 {
    if low == high || part == 0.0 {
        low
    } else if (high - low).is_finite() {
        low + part * (high - low)
    } else {
        low * (1.0 - part) + high * part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;

    /// `numpy.quantile`.
    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [3.5, -1.25, 0.75, 12.0, 3.5, -7.0, 2.0];
        for (p, expected) in [(0.0, -7.0), (0.05, -5.275), (0.5, 2.0), (0.9, 6.9), (1.0, 12.0)] {
            assert!((quantile(&values, p).unwrap() - expected).abs() < 1e-14);
        }
        assert_eq!(quantile(&[f64::MAX, -f64::MAX], 0.5), Ok(0.0));
    }

    #[test]
    fn equal_weights_change_nothing() {
        let mut lcg = Lcg::new(3);
        for n in [1, 2, 7, 100] {
            let values: Vec<f64> = (0..n).map(|_| lcg.bell()).collect();
            for p in [0.0, 0.05, 0.31, 0.5, 0.95, 1.0] {
                let weighted = weighted_quantile(&values, &vec![0.3; n], p).unwrap();
                assert!((weighted - quantile(&values, p).unwrap()).abs() < 1e-12, "{n} values, {p}");
            }
        }
    }

    /// Exponential draws of rate 1 with the weights of rate 2: the quantile is `-ln(1 - p) / 2`.
    #[test]
    fn weights_move_quantiles_to_those_of_the_target() {
        let n = 20_000;
        let values: Vec<f64> = (0..n).map(|i| -(1.0 - (i as f64 + 0.5) / n as f64).ln()).collect();
        let weights: Vec<f64> = values.iter().map(|x| (-x).exp()).collect();
        for p in [0.1_f64, 0.5, 0.9] {
            let exact = -(1.0 - p).ln() / 2.0;
            assert!((weighted_quantile(&values, &weights, p).unwrap() - exact).abs() < 1e-3 * exact);
        }
    }

    #[test]
    fn wrong_input_is_named() {
        assert!(quantile(&[], 0.5).is_err());
        assert!(quantile(&[1.0], 1.5).is_err());
        assert!(quantile(&[1.0], f64::NAN).is_err());
        let message = |error: Result<f64, Error>| error.unwrap_err().to_string();
        assert_eq!(message(quantile(&[1.0, f64::NAN], 0.5)), "value 1 must be finite, got NaN");
        let weighted = |weights: &[f64]| message(weighted_quantile(&[1.0, 2.0], weights, 0.5));
        assert_eq!(weighted(&[1.0]), "expected 2 weights, got 1");
        assert_eq!(weighted(&[1.0, -1.0]), "weight 1 must be finite and at least 0, got -1");
        assert_eq!(weighted(&[0.0, 0.0]), "all 2 weights are zero");
    }
}

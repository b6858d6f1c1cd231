//! The narrowest interval of a given probability.

use super::sorted_by_value;
use crate::Error;

/// An interval, ends included.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::Interval;
///
/// let interval = Interval { lower: -1.0, upper: 2.0 };
/// assert_eq!(interval.upper - interval.lower, 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// Returns the narrowest interval between two of the values that has probability `mass` (the highest-density interval of a distribution with one mode).
///
/// It reaches over `floor(mass n)` gaps between neighbours, as ArviZ's does. Of intervals that are equally narrow it is the lowest.
///
/// # Errors
///
/// There is no value, one is not finite, or `mass` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::hdi;
///
/// let interval = hdi(&[0.0, 5.0, 5.1, 5.2, 5.3, 9.0], 0.5)?;
/// assert_eq!((interval.lower, interval.upper), (5.0, 5.3));
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Chen, Shao (1999), *Monte Carlo estimation of Bayesian credible and HPD intervals*, <https://doi.org/10.2307/1390921>.
pub fn hdi(values: &[f64], mass: f64) -> Result<Interval, Error> {
    Error::unless_finite("value", values)?;
    Error::unless_probability("the mass of an interval", mass)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let gaps = (mass * sorted.len() as f64).floor() as usize;
    let ends = sorted.iter().zip(&sorted[gaps..]).map(|(lower, upper)| (*lower, *upper));
    Ok(narrowest(ends))
}

/// Returns the narrowest interval between two of the weighted values in which lies more than `mass` of the weight; weights need not sum to
/// one.
///
/// With equal weights it is that of [`hdi`].
///
/// # Errors
///
/// As for [`weighted_quantile`](super::weighted_quantile), or `mass` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::intervals::weighted_hdi;
///
/// let interval = weighted_hdi(&[1.0, 2.0, 3.0, 4.0], &[1.0, 4.0, 4.0, 1.0], 0.7)?;
/// assert_eq!((interval.lower, interval.upper), (2.0, 3.0));
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
pub fn weighted_hdi(values: &[f64], weights: &[f64], mass: f64) -> Result<Interval, Error> {
    let pairs = sorted_by_value(values, weights)?;
    Error::unless_probability("the mass of an interval", mass)?;
    /// What rounding may add to a sum of weights that is `mass` exactly.
    const ROUNDING: f64 = 1e-12;
    let mut ends = Vec::new();
    let (mut upper, mut inside) = (0, 0.0);
    for (lower, weight) in &pairs {
        while upper < pairs.len() && inside <= mass + ROUNDING {
            inside += pairs[upper].1;
            upper += 1;
        }
        if inside <= mass + ROUNDING {
            break;
        }
        ends.push((*lower, pairs[upper - 1].0));
        inside -= weight;
    }
    if ends.is_empty() {
        // A mass that is one but for rounding.
        ends.push((pairs[0].0, pairs[pairs.len() - 1].0));
    }
    Ok(narrowest(ends.into_iter()))
}

fn narrowest(ends: impl Iterator<Item = (f64, f64)>) -> Interval {
    let (mut best, mut width) = (Interval { lower: f64::NAN, upper: f64::NAN }, f64::INFINITY);
    for (lower, upper) in ends {
        // Halves, because the difference of two finite numbers may overflow.
        let half = 0.5 * upper - 0.5 * lower;
        if half < width {
            (best, width) = (Interval { lower, upper }, half);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;

    fn draws() -> Vec<f64> {
        let mut lcg = Lcg::new(11);
        (0..500).map(|_| lcg.bell() + lcg.uniform() * 3.0).collect()
    }

    /// `python tests/reference.py hdi`: `arviz.hdi` of the same draws.
    #[test]
    fn intervals_are_those_of_arviz() {
        for (mass, lower, upper) in HDI {
            assert_eq!(hdi(&draws(), mass), Ok(Interval { lower, upper }));
        }
    }
    const HDI: [(f64, f64, f64); 3] = [
        (0.5, 0.3212652381043881, 1.8711729578208178),
        (0.89, -0.7091456309426576, 3.283923195442185),
        (0.94, -0.8136771528515965, 3.800163218518719),
    ];

    #[test]
    fn equal_weights_change_nothing() {
        for n in [1, 2, 10, 100, 500] {
            let values = &draws()[..n];
            for mass in [0.05, 0.5, 0.9, 0.95, 0.999] {
                assert_eq!(
                    weighted_hdi(values, &vec![0.7; n], mass),
                    hdi(values, mass),
                    "{n} values, {mass}"
                );
            }
        }
    }

    /// Exponential draws of rate 1 with the weights of rate 2: the interval is from 0 to `-ln(1 - mass) / 2`.
    #[test]
    fn weights_move_intervals_to_those_of_the_target() {
        let n = 20_000;
        let values: Vec<f64> = (0..n).map(|i| -(1.0 - (i as f64 + 0.5) / n as f64).ln()).collect();
        let weights: Vec<f64> = values.iter().map(|x| (-x).exp()).collect();
        let interval = weighted_hdi(&values, &weights, 0.9).unwrap();
        assert!(interval.lower < 0.002);
        assert!((interval.upper + 0.1_f64.ln() / 2.0).abs() < 0.002);
    }

    #[test]
    fn wrong_input_is_named() {
        assert!(hdi(&[], 0.5).is_err());
        assert!(hdi(&[1.0, f64::INFINITY], 0.5).is_err());
        let error = hdi(&[1.0], 1.0).unwrap_err();
        assert_eq!(error.to_string(), "the mass of an interval must be between 0 and 1, got 1");
        assert!(weighted_hdi(&[1.0], &[1.0], 0.0).is_err());
    }
}

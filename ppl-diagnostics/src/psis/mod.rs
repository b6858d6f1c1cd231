//! Pareto-smoothed importance sampling.

mod pareto;
mod smoothed;
#[cfg(test)]
mod tests;

pub use smoothed::{Estimate, Smoothed, Tail};

use crate::Error;
use crate::numeric::log_sum_exp;

/// Log-weights that differ by no more than this are equal but for rounding, as those of a guide that is the posterior are.
const LEVEL: f64 = 1e-8;

/// Below this number of weights above the cut-off no Pareto distribution is fitted to them.
const SHORTEST_TAIL: usize = 5;

/// Smooths importance weights: the largest are replaced by quantiles of a generalised Pareto distribution that is fitted to them.
///
/// `log_weights` are natural logarithms, up to a constant; a draw outside of the target's support has `-inf`. `relative_efficiency` is the effective sample size of the draws over
/// their number: 1 for independent ones.
///
/// # Errors
///
/// There is no weight, all are zero, one is NaN or `inf`, or the efficiency is not positive and finite.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::psis::psis;
///
/// // Draws of a normal distribution that is narrower than the target have weights without a bound.
/// let draws: Vec<f64> = (0..1000).map(|i| ((i as f64 + 0.5) / 500.0 - 1.0) * 3.0).collect();
/// let log_weights: Vec<f64> = draws.iter().map(|x| 0.1 * x * x).collect();
/// let smoothed = psis(&log_weights, 1.0)?;
/// assert!(smoothed.k_hat() < smoothed.k_threshold());
/// let total: f64 = smoothed.log_weights().iter().map(|w| w.exp()).sum();
/// assert!((total - 1.0).abs() < 1e-12);
/// assert!(psis(&[0.0, f64::NAN], 1.0).is_err());
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Vehtari, Simpson, Gelman, Yao, Gabry (2024), *Pareto smoothed importance sampling*, JMLR 25(72),
/// <https://jmlr.org/papers/v25/19-556.html>. The tail has `min(S / 5, 3 sqrt(S / efficiency))` weights (its appendix H), and k-hat has a prior that pulls it to 0.5 with the force of ten
/// weights. One deviation: weights that are equal, and weights of which the largest is shared by more draws than a tail has, have k-hat `-inf`, because they
/// are bounded by what was seen; implementations that fit a tail say `inf` of both.
pub fn psis(log_weights: &[f64], relative_efficiency: f64) -> Result<Smoothed, Error> {
    if !(relative_efficiency > 0.0 && relative_efficiency.is_finite()) {
        let (what, expected) = ("the relative efficiency", "positive and finite");
        return Err(Error::Setting { what, expected, found: relative_efficiency });
    }
    let count = log_weights.len();
    if count == 0 {
        return Err(Error::TooFew { what: "log-weights", least: 1, found: 0 });
    }
    if let Some(index) = log_weights.iter().position(|w| w.is_nan() || *w == f64::INFINITY) {
        let (expected, found) = ("finite or -inf", log_weights[index]);
        return Err(Error::Element { what: "log-weight", index, expected, found });
    }
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return Err(Error::NoWeight { count });
    }
    let mut shifted: Vec<f64> = log_weights.iter().map(|w| w - largest).collect();
    let tail = smooth(&mut shifted, relative_efficiency);
    let total = log_sum_exp(&shifted);
    for weight in &mut shifted {
        *weight -= total;
    }
    Ok(Smoothed::new(shifted, tail, relative_efficiency))
}

/// Returns the largest k-hat of `draws` draws with which importance sampling can be trusted: `min(1 - 1 / log10(S), 0.7)`.
///
/// Of ten draws or fewer no k-hat above zero will do.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::psis::k_threshold;
///
/// assert_eq!(k_threshold(4000), 0.7);
/// assert_eq!(k_threshold(100), 0.5);
/// ```
///
/// # References
///
/// Vehtari et al. (2024), section 3.2.4, equation 13; above 0.7 no number of draws that can be had is enough.
pub fn k_threshold(draws: usize) -> f64 {
    (1.0 - 1.0 / (draws as f64).log10()).min(0.7)
}

/// Smooths log-weights of which the largest is zero.
fn smooth(log_weights: &mut [f64], relative_efficiency: f64) -> Tail {
    let smallest = log_weights.iter().copied().fold(0.0, f64::min);
    if smallest >= -LEVEL {
        return Tail::Level;
    }
    // So there are two weights or more, and one lies below the tail.
    let size = log_weights.len() as f64;
    let longest = (size / 5.0).min(3.0 * (size / relative_efficiency).sqrt()).ceil() as usize;
    let place = log_weights.len() - 1 - longest;
    let mut ordered = log_weights.to_vec();
    // Weights below the smallest normal number cannot be told apart.
    let cutoff = ordered.select_nth_unstable_by(place, f64::total_cmp).1.max(f64::MIN_POSITIVE.ln());
    let mut tail: Vec<usize> = (0..log_weights.len()).filter(|&i| log_weights[i] > cutoff).collect();
    if longest >= SHORTEST_TAIL && cutoff >= -LEVEL {
        return Tail::Level;
    }
    if tail.len() < SHORTEST_TAIL {
        return Tail::Unknown;
    }
    tail.sort_by(|&i, &j| log_weights[i].total_cmp(&log_weights[j]));
    let at_cutoff = cutoff.exp();
    // `e^x - e^c` without the loss of digits near the cut-off.
    let excesses: Vec<f64> = tail.iter().map(|&i| at_cutoff * (log_weights[i] - cutoff).exp_m1()).collect();
    let Some(fit) = pareto::fit(&excesses) else { return Tail::Unknown };
    let length = tail.len();
    for (rank, &i) in tail.iter().enumerate() {
        let p = (rank as f64 + 0.5) / length as f64;
        // None above the largest weight that was seen.
        log_weights[i] = (fit.quantile(p) + at_cutoff).ln().min(0.0);
    }
    Tail::Fitted { k_hat: fit.shape, length }
}

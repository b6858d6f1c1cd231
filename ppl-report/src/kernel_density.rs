//! The density of draws, smoothed by a normal kernel.

use crate::column::Column;
use ppl_diagnostics::intervals::{quantile, weighted_quantile};

/// How many places a density is known at.
const PLACES: usize = 257;

/// How far the picture reaches beyond the middle half of the draws, in units of its length: draws of heavy tails would leave no room for
/// the rest.
const REACH: f64 = 6.0;

/// A density at places of equal distances.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KernelDensity {
    pub(crate) places: Vec<f64>,
    pub(crate) density: Vec<f64>,
    pub(crate) bandwidth: f64,
    /// The share of the draws that lie outside of the places.
    pub(crate) outside: f64,
}

/// Returns the density of draws between the ends of their support, which may be infinite; `None` of draws that are all equal, or none.
///
/// The bandwidth is Silverman's rule of thumb, `0.9 min(s, iqr / 1.34) n^(-1/5)`, with the number that the weights are worth, `n = 1 / sum of w^2`. At an end of the
/// support the kernels are reflected, so that no mass lies outside.
///
/// # References
///
/// Silverman (1986), *Density Estimation for Statistics and Data Analysis*, equation 3.31 and section 2.10.
pub(crate) fn kernel_density(column: &Column, weighted: bool, support: (f64, f64)) -> Option<KernelDensity> {
    let values = &column.values;
    let weights: Vec<f64> = match column.weights.as_ref().filter(|_| weighted) {
        Some(weights) => weights.clone(),
        None => vec![1.0 / values.len() as f64; values.len()],
    };
    let (least, largest) = column.range();
    if values.is_empty() || least == largest {
        return None;
    }
    let quantiles = |p: f64| match weighted && column.weights.is_some() {
        true => weighted_quantile(values, &weights, p),
        false => quantile(values, p),
    };
    let (lower, upper) = (quantiles(0.25).ok()?, quantiles(0.75).ok()?);
    let mean: f64 = values.iter().zip(&weights).map(|(x, w)| w * x).sum();
    let variance: f64 = values.iter().zip(&weights).map(|(x, w)| w * (x - mean) * (x - mean)).sum();
    let worth = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
    let spread = match upper - lower {
        middle if middle > 0.0 => variance.sqrt().min(middle / 1.34),
        // More than half of the draws are equal.
        _ => variance.sqrt(),
    };
    let bandwidth = 0.9 * spread * worth.powf(-0.2);
    // All weight may lie on one draw, and draws may differ by rounding alone.
    let is_usable = bandwidth.is_finite() && bandwidth > 1e-12 * least.abs().max(largest.abs());
    if !is_usable {
        return None;
    }
    let middle = if upper > lower { upper - lower } else { 2.0 * spread };
    let low = (least - 3.0 * bandwidth).max(lower - REACH * middle);
    let high = (largest + 3.0 * bandwidth).min(upper + REACH * middle);
    // An end of the support that the kernels reach is the first or the last place.
    let at_low = support.0.is_finite() && low <= support.0 + 3.0 * bandwidth && least >= support.0;
    let at_high = support.1.is_finite() && high >= support.1 - 3.0 * bandwidth && largest <= support.1;
    let low = if at_low { support.0 } else { low };
    let high = if at_high { support.1 } else { high };
    let step = (high - low) / (PLACES - 1) as f64;
    if !(step > 0.0 && step.is_finite()) {
        return None;
    }
    let (masses, outside) = binned(values, &weights, low, step);
    let kernel = kernel(step / bandwidth);
    let at = |distance: usize| kernel.get(distance).copied().unwrap_or(0.0);
    let last = PLACES - 1;
    let of = |i: usize| {
        let from = |(j, mass): (usize, &f64)| {
            let mut sum = at(i.abs_diff(j));
            sum += if at_low { at(i + j) } else { 0.0 };
            sum += if at_high { at(2 * last - i - j) } else { 0.0 };
            mass * sum
        };
        masses.iter().enumerate().filter(|(_, mass)| **mass > 0.0).map(from).sum::<f64>() / bandwidth
    };
    Some(KernelDensity {
        places: (0..PLACES).map(|i| low + i as f64 * step).collect(),
        density: (0..PLACES).map(of).collect(),
        bandwidth,
        outside,
    })
}

/// Returns the mass at each place, each draw's shared by its two neighbours, and the mass outside.
fn binned(values: &[f64], weights: &[f64], low: f64, step: f64) -> (Vec<f64>, f64) {
    let (mut masses, mut outside) = (vec![0.0; PLACES], 0.0);
    for (x, weight) in values.iter().zip(weights) {
        let place = (x - low) / step;
        // Rounding may put a draw at an end just beyond it.
        if !(-1e-6..=(PLACES - 1) as f64 + 1e-6).contains(&place) {
            outside += weight;
            continue;
        }
        let place = place.clamp(0.0, (PLACES - 1) as f64);
        let below = (place as usize).min(PLACES - 2);
        let part = place - below as f64;
        masses[below] += weight * (1.0 - part);
        masses[below + 1] += weight * part;
    }
    (masses, outside)
}

/// Returns the normal density at multiples of `ratio`, as far as it matters. Where steps are long beside the bandwidth, the kernel's mass is that of one all the same.
fn kernel(ratio: f64) -> Vec<f64> {
    let reach = (5.0 / ratio).ceil() as usize;
    let mut kernel: Vec<f64> =
        (0..=reach.min(2 * PLACES)).map(|k| (-0.5 * (k as f64 * ratio).powi(2)).exp()).collect();
    let sum = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    kernel.iter_mut().for_each(|k| *k /= sum * ratio);
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    const LINE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    /// Numbers at the quantiles of a distribution.
    fn at_quantiles(n: usize, quantile: impl Fn(f64) -> f64) -> Column {
        let values: Vec<f64> = (0..n).map(|i| quantile((i as f64 + 0.5) / n as f64)).collect();
        Column::of(&values, None)
    }

    fn with_weights(column: &Column, weight: impl Fn(f64) -> f64) -> Column {
        let weights: Vec<f64> = column.values.iter().map(|&x| weight(x)).collect();
        Column::of(&column.values, Some(&weights))
    }

    fn integral(found: &KernelDensity) -> f64 {
        let step = found.places[1] - found.places[0];
        let ends = 0.5 * (found.density[0] + found.density[PLACES - 1]);
        step * (found.density.iter().sum::<f64>() - ends)
    }

    fn normal(x: f64, sd: f64) -> f64 {
        (-0.5 * (x / sd).powi(2)).exp() / (sd * (2.0 * PI).sqrt())
    }

    fn logistic(p: f64) -> f64 {
        (p / (1.0 - p)).ln()
    }

    /// By a sum over the draws themselves.
    #[test]
    fn densities_are_sums_of_kernels() {
        let column = with_weights(&at_quantiles(300, logistic), |x| 1.0 + x.sin());
        let weights = column.weights.clone().unwrap();
        let found = kernel_density(&column, true, LINE).unwrap();
        for k in [20, 100, 128, 200] {
            let x = found.places[k];
            let exact: f64 =
                column.values.iter().zip(&weights).map(|(v, w)| w * normal(x - v, found.bandwidth)).sum();
            assert!((found.density[k] - exact).abs() < 0.01 * exact, "{x}: {} and {exact}", found.density[k]);
        }
    }

    /// Silverman's rule for 100 equally spaced numbers: the deviation is below the middle half over 1.34.
    #[test]
    fn the_bandwidth_is_silvermans() {
        let column = at_quantiles(100, |p| p);
        let found = kernel_density(&column, false, LINE).unwrap();
        let deviation = ((100.0 * 100.0 - 1.0) / 12.0f64).sqrt() / 100.0;
        assert!((found.bandwidth - 0.9 * deviation * 100f64.powf(-0.2)).abs() < 1e-12);
        // Weights that are worth half as many.
        let half = with_weights(&column, |x| if x < 0.5 { 1.0 } else { 0.0 });
        let found = kernel_density(&half, true, LINE).unwrap();
        let deviation = ((50.0 * 50.0 - 1.0) / 12.0f64).sqrt() / 100.0;
        assert!((found.bandwidth - 0.9 * deviation * 50f64.powf(-0.2)).abs() < 1e-12);
    }

    #[test]
    fn densities_integrate_to_one() {
        let exponential = at_quantiles(2_000, |p| -(1.0 - p).ln());
        let uniform = at_quantiles(2_000, |p| p);
        for (column, support) in [
            (at_quantiles(2_000, logistic), LINE),
            (exponential.clone(), (0.0, f64::INFINITY)),
            (with_weights(&exponential, |x| (-x).exp()), (0.0, f64::INFINITY)),
            (uniform.clone(), (0.0, 1.0)),
            (with_weights(&uniform, |x| x), (0.0, 1.0)),
            (at_quantiles(5, |p| p), (0.0, 1.0)),
            (at_quantiles(2, |p| p), LINE),
        ] {
            let found = kernel_density(&column, true, support).unwrap();
            // The third deviation of a kernel is cut.
            let missing = 1.0 - integral(&found) - found.outside;
            assert!(missing.abs() < 0.003, "{missing} of {support:?}");
            assert!(found.places[0] >= support.0 && found.places[PLACES - 1] <= support.1 + 1e-9);
        }
    }

    /// The value at the end of an exponential density that is reflected and smoothed: `2 r exp((r h)^2 / 2) Phi(-r h)`.
    fn smoothed_end(rate: f64, bandwidth: f64) -> f64 {
        use statrs::distribution::{ContinuousCDF, Normal};
        let rh = rate * bandwidth;
        2.0 * rate * (0.5 * rh * rh).exp() * Normal::standard().cdf(-rh)
    }

    /// An exponential density is largest at its end; without reflection the estimate there is half of it.
    #[test]
    fn kernels_are_reflected_at_known_ends() {
        let column = at_quantiles(20_000, |p| -(1.0 - p).ln());
        let found = kernel_density(&column, false, (0.0, f64::INFINITY)).unwrap();
        assert_eq!(found.places[0], 0.0);
        let exact = smoothed_end(1.0, found.bandwidth);
        assert!((found.density[0] / exact - 1.0).abs() < 2e-3, "{}, expected {exact}", found.density[0]);
        let smeared = kernel_density(&column, false, LINE).unwrap();
        assert!(smeared.places[0] < 0.0);
        // Weights turn the rate into two.
        let weighted = with_weights(&column, |x| (-x).exp());
        let found = kernel_density(&weighted, true, (0.0, f64::INFINITY)).unwrap();
        let exact = smoothed_end(2.0, found.bandwidth);
        assert!((found.density[0] / exact - 1.0).abs() < 4e-3, "{}, expected {exact}", found.density[0]);
        let uniform = kernel_density(&at_quantiles(20_000, |p| p), false, (0.0, 1.0)).unwrap();
        assert!(uniform.density.iter().all(|y| (y - 1.0).abs() < 0.02));
    }

    #[test]
    fn an_end_that_draws_violate_is_none() {
        let column = at_quantiles(100, |p| p - 0.1);
        assert!(kernel_density(&column, false, (0.0, f64::INFINITY)).unwrap().places[0] < 0.0);
    }

    #[test]
    fn heavy_tails_leave_room_for_the_rest() {
        let column = at_quantiles(4_000, |p| (PI * (p - 0.5)).tan());
        let found = kernel_density(&column, false, LINE).unwrap();
        assert!(found.places[PLACES - 1] < 20.0 && found.outside > 0.01 && found.outside < 0.1);
        let peak = found.density.iter().copied().fold(0.0, f64::max);
        // The peak of a Cauchy density that is smoothed, by a sum over a fine grid.
        let cauchy = |x: f64| 1.0 / (PI * (1.0 + x * x));
        let exact: f64 = (-4_000..=4_000)
            .map(|k| f64::from(k) * 1e-3)
            .map(|x| 1e-3 * cauchy(x) * normal(x, found.bandwidth))
            .sum();
        assert!((peak / exact - 1.0).abs() < 3e-3, "{peak}, expected {exact}");
    }

    #[test]
    fn what_has_no_density_has_none() {
        for values in [&[][..], &[3.0], &[3.0, 3.0], &[1e16, 1e16 + 2.0]] {
            assert_eq!(kernel_density(&Column::of(values, None), false, LINE), None, "{values:?}");
        }
        let one = Column::of(&[1.0, 2.0], Some(&[1.0, 0.0]));
        assert_eq!(kernel_density(&one, true, LINE), None);
        let spike = Column::of(&[vec![0.0; 99], vec![1.0]].concat(), None);
        assert!(kernel_density(&spike, false, LINE).unwrap().density.iter().all(|y| y.is_finite()));
    }
}

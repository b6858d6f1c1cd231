//! Quantiles and narrowest intervals, of draws and of weighted draws.

mod hdi;
mod quantile;

pub use hdi::{Interval, hdi, weighted_hdi};
pub(crate) use quantile::{median_of_sorted, weighted_quantile_of_sorted};
pub use quantile::{quantile, quantile_of_sorted, weighted_quantile};

use crate::Error;

/// Returns values in increasing order with their weights, which sum to one; those of weight zero are left out.
fn sorted_by_value(values: &[f64], weights: &[f64]) -> Result<Vec<(f64, f64)>, Error> {
    Error::unless_finite("value", values)?;
    if weights.len() != values.len() {
        return Err(Error::Length { what: "weights", expected: values.len(), found: weights.len() });
    }
    if let Some(index) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        let (expected, found) = ("finite and at least 0", weights[index]);
        return Err(Error::Element { what: "weight", index, expected, found });
    }
    // Divided by the largest first, so that the sum does not overflow.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(Error::NoWeight { count: weights.len() });
    }
    let sum: f64 = weights.iter().map(|w| w / largest).sum();
    let pairs = values.iter().zip(weights).map(|(x, w)| (*x, w / largest / sum));
    let mut pairs: Vec<(f64, f64)> = pairs.filter(|(_, w)| *w > 0.0).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(pairs)
}

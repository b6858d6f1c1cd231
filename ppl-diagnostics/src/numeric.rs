//! Sums and moments that more than one diagnostic needs.

/// Returns the mean; of no numbers NaN.
///
/// Distances from the first number are added, so that equal numbers have exactly their mean and no variance.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let Some(first) = values.first() else { return f64::NAN };
    first + values.iter().map(|x| x - first).sum::<f64>() / values.len() as f64
}

/// Returns the variance, with `n - less` in the denominator.
pub(crate) fn variance(values: &[f64], less: f64) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    squares / (values.len() as f64 - less)
}

/// Returns the natural logarithm of the sum of the exponentials; `-inf` where all are `-inf`.
pub(crate) fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + values.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

/// Returns a power of two near the largest magnitude, by which numbers can be divided exactly and their squares and fourth powers
/// formed.
pub(crate) fn binary_scale(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return 1.0;
    }
    // Near the ends of the range the reciprocal of the scale must exist as well.
    2f64.powi((largest.log2().floor() as i32).clamp(-1000, 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_exponentials_neither_overflow_nor_vanish() {
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + 2f64.ln())).abs() < 1e-12);
        assert!((log_sum_exp(&[-1000.0, f64::NEG_INFINITY]) + 1000.0).abs() < 1e-12);
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
    }

    #[test]
    fn equal_numbers_have_no_variance() {
        assert_eq!(mean(&[0.1; 7]), 0.1);
        assert_eq!(variance(&[0.1; 7], 1.0), 0.0);
        assert_eq!(variance(&[1.0, 2.0, 4.0, 5.0], 0.0), 2.5);
        assert!(mean(&[]).is_nan());
    }

    #[test]
    fn scales_are_powers_of_two() {
        assert_eq!(binary_scale(&[3.0, -5.0]), 4.0);
        assert_eq!(binary_scale(&[0.0]), 1.0);
        assert!(binary_scale(&[f64::MAX]).is_finite());
        assert!((1.0 / binary_scale(&[f64::MIN_POSITIVE])).is_finite());
    }
}

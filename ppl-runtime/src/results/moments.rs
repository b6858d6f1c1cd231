//! Mean, standard deviation and quantiles of one column of numbers.

pub(super) use ppl_diagnostics::intervals::quantile_of_sorted as quantile;

/// Returns the mean and the standard deviation (with `n - 1`).
///
/// One pass of Welford's updates (1962), which do not cancel as the difference of two sums does. Numbers whose squares would
/// leave the range of a double are first scaled by a power of two. A column with an infinity has the mean that a sum gives
/// it and no deviation; of one number the deviation is NaN, of none the mean too.
pub(super) fn mean_and_deviation(column: &[f64]) -> (f64, f64) {
    let largest = column.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if column.iter().any(|x| !x.is_finite()) {
        return (column.iter().sum::<f64>() / column.len() as f64, f64::NAN);
    }
    let scale = match largest {
        0.0 => 1.0,
        _ if largest > 1e150 => 2f64.powi(600),
        _ if largest < 1e-150 => 2f64.powi(-500),
        _ => 1.0,
    };
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in column {
        let x = x / scale;
        count += 1.0;
        let before = x - mean;
        mean += before / count;
        squares += before * (x - mean);
    }
    if count == 0.0 {
        return (f64::NAN, f64::NAN);
    }
    (mean * scale, (squares / (count - 1.0)).sqrt() * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: [f64; 7] = [3.5, -1.25, 0.75, 12.0, 3.5, -7.0, 2.0];

    #[test]
    fn moments_are_those_of_numpy() {
        // numpy.mean and numpy.std(ddof=1).
        let (mean, deviation) = mean_and_deviation(&COLUMN);
        assert!((mean - 1.9285714285714286).abs() < 1e-15);
        assert!((deviation - 5.738601538619633).abs() < 1e-14);
    }

    #[test]
    fn moments_are_stable() {
        // A sum of squares keeps no digit of this deviation.
        let shifted: Vec<f64> = [4.0, 7.0, 13.0, 16.0].iter().map(|x| x + 1e9).collect();
        let (mean, deviation) = mean_and_deviation(&shifted);
        assert_eq!((mean, deviation), (1e9 + 10.0, 30f64.sqrt()));
        for unit in [2f64.powi(1_000), 2f64.powi(-1_000)] {
            let (mean, deviation) = mean_and_deviation(&COLUMN.map(|x| x * unit));
            let (expected_mean, expected_deviation) = mean_and_deviation(&COLUMN);
            assert!((mean / unit / expected_mean - 1.0).abs() < 1e-15);
            assert!((deviation / unit / expected_deviation - 1.0).abs() < 1e-15);
        }
        assert_eq!(mean_and_deviation(&[f64::MAX, -f64::MAX]).0, 0.0);
    }

    #[test]
    fn nothing_is_filtered() {
        assert!(mean_and_deviation(&[1.0, f64::NAN]).0.is_nan());
        assert_eq!(mean_and_deviation(&[1.0, f64::INFINITY]).0, f64::INFINITY);
        assert!(mean_and_deviation(&[1.0, f64::INFINITY]).1.is_nan());
        assert!(mean_and_deviation(&[]).0.is_nan());
        let (mean, deviation) = mean_and_deviation(&[2.0]);
        assert!(mean == 2.0 && deviation.is_nan());
        assert_eq!(mean_and_deviation(&[2.0, 2.0]), (2.0, 0.0));
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let mut sorted = COLUMN;
        sorted.sort_unstable_by(f64::total_cmp);
        // numpy.quantile, which is type 7 by default.
        for (p, expected) in [
            (0.0, -7.0),
            (0.05, -5.2749999999999995),
            (0.25, -0.25),
            (0.5, 2.0),
            (0.75, 3.5),
            (0.95, 9.449999999999994),
            (1.0, 12.0),
        ] {
            assert!((quantile(&sorted, p) - expected).abs() < 1e-14, "at {p}");
        }
    }

    #[test]
    fn quantiles_of_extremes() {
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[3.0], 0.95), 3.0);
        assert_eq!(quantile(&[f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY], 0.75), f64::INFINITY);
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 0.5), 0.0);
    }
}

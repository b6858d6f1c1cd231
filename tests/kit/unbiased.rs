//! Statistical checks of estimators: they fail beyond five standard errors, and refuse to run where they could not.

/// The mean of some draws and its standard error.
fn mean_and_error(draws: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Asserts that the mean of these draws is `exact`, to five standard errors, of which `detect` must be more.
///
/// # Panics
///
/// If it is not, if a draw is not finite (none is filtered), or if the draws are too few to see an error of `detect`.
///
/// # Examples
///
/// ```
/// ppl_tests::assert_mean("coins", &[0.0, 1.0, 1.0, 0.0].repeat(1000), 0.5, 0.05);
/// ```
#[track_caller]
pub fn assert_mean(what: &str, draws: &[f64], exact: f64, detect: f64) {
    if let Some(k) = draws.iter().position(|d| !d.is_finite()) {
        panic!("{what}: draw {k} is {}", draws[k]);
    }
    let (mean, error) = mean_and_error(draws);
    assert!(
        5.0 * error <= detect,
        "{what}: {} draws are too few: five standard errors are {:.3e}, which cannot see an error of {detect:.3e}",
        draws.len(),
        5.0 * error
    );
    // Draws without any spread still carry the rounding of their arithmetic.
    let rounding = 1e-10 * exact.abs().max(1.0);
    assert!(
        (mean - exact).abs() <= 5.0 * error + rounding,
        "{what}: biased: the mean of {} draws is {mean}, expected {exact}, {:.1} standard errors away",
        draws.len(),
        (mean - exact).abs() / error
    );
}

/// Asserts that an estimator has the mean `exact`, from `n` draws: `make` makes the estimator from the seed.
///
/// # Panics
///
/// As [`assert_mean`].
///
/// # Examples
///
/// ```
/// ppl_tests::assert_unbiased(1, 10_000, 0.5, 0.05, |seed| {
///     let mut k = seed;
///     move || {
///         k += 1;
///         (k % 2) as f64
///     }
/// });
/// ```
#[track_caller]
pub fn assert_unbiased<D: FnMut() -> f64>(
    seed: u64,
    n: usize,
    exact: f64,
    detect: f64,
    make: impl FnOnce(u64) -> D,
) {
    let mut draw = make(seed);
    let draws: Vec<f64> = (0..n).map(|_| draw()).collect();
    assert_mean("the estimate", &draws, exact, detect);
}

/// Asserts that an estimator of several numbers has the means `exact`; `detect` is a share of each.
///
/// # Panics
///
/// As [`assert_mean`]; also if the estimator gives another number of numbers.
///
/// # Examples
///
/// ```
/// ppl_tests::assert_unbiased_all("constants", 1, 10, &[0.5, 2.0], 0.05, |_| || vec![0.5, 2.0]);
/// ```
#[track_caller]
pub fn assert_unbiased_all<D: FnMut() -> Vec<f64>>(
    what: &str,
    seed: u64,
    n: usize,
    exact: &[f64],
    detect: f64,
    make: impl FnOnce(u64) -> D,
) {
    let mut draw = make(seed);
    let draws: Vec<Vec<f64>> = (0..n).map(|_| draw()).collect();
    for (k, &exact) in exact.iter().enumerate() {
        let column: Vec<f64> = draws
            .iter()
            .map(|d| {
                assert_eq!(d.len(), draws[0].len());
                d[k]
            })
            .collect();
        assert_mean(&format!("{what}, number {k}"), &column, exact, detect * exact.abs());
    }
    assert_eq!(draws[0].len(), exact.len(), "{what}: how many numbers are estimated");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence that is spread evenly over (0, 1).
    fn spread(bias: f64) -> impl FnMut() -> f64 {
        let mut k = 0.0f64;
        move || {
            k += 1.0;
            (k * 0.618_033_988_749_894_9).fract() + bias
        }
    }

    #[test]
    fn an_unbiased_estimate_passes() {
        assert_unbiased(1, 20_000, 0.5, 0.025, |_| spread(0.0));
    }

    #[test]
    #[should_panic(expected = "biased")]
    fn a_planted_bias_is_found() {
        assert_unbiased(1, 20_000, 0.5, 0.025, |_| spread(0.025));
    }

    #[test]
    #[should_panic(expected = "too few")]
    fn too_few_draws_are_refused() {
        assert_unbiased(1, 100, 0.5, 0.025, |_| spread(0.0));
    }

    #[test]
    #[should_panic(expected = "is NaN")]
    fn a_draw_that_is_not_finite_fails() {
        let mut draws = vec![0.5; 100];
        draws[7] = f64::NAN;
        assert_mean("NaN", &draws, 0.5, 0.1);
    }

    #[test]
    #[should_panic(expected = "biased")]
    fn a_constant_that_is_wrong_is_found() {
        assert_mean("constant", &[0.5; 10], 0.500_001, 0.1);
    }

    #[test]
    #[should_panic(expected = "biased")]
    fn one_biased_number_of_two_is_found() {
        assert_unbiased_all("two", 1, 20_000, &[0.5, 0.5], 0.05, |_| {
            let (mut a, mut b) = (spread(0.0), spread(0.05));
            move || vec![a(), b()]
        });
    }
}

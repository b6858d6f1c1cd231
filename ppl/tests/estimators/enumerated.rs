//! Expectations over every outcome, of estimates that are functions of it.

/// Returns the expectation of an estimate over outcomes, each with its loss, by which it is known, and its probability.
///
/// The estimator is run until each outcome was met; the same one must give the same numbers.
pub fn expectation(outcomes: &[(f64, f64)], mut step: impl FnMut() -> (f64, Vec<f64>)) -> Vec<f64> {
    let total: f64 = outcomes.iter().map(|&(_, probability)| probability).sum();
    assert!((total - 1.0).abs() < 1e-12, "the probabilities sum to {total}");
    let mut met: Vec<Option<Vec<f64>>> = vec![None; outcomes.len()];
    let mut steps = 0;
    while steps < 100 || met.iter().any(Option::is_none) {
        steps += 1;
        assert!(steps < 100_000, "an outcome is never met");
        let (loss, estimate) = step();
        let mut near =
            (0..outcomes.len()).filter(|&k| (outcomes[k].0 - loss).abs() < 1e-9 * loss.abs().max(1.0));
        let (Some(at), None) = (near.next(), near.next()) else {
            panic!("{loss} is not the loss of one outcome")
        };
        let before = met[at].get_or_insert_with(|| estimate.clone());
        let same = before.iter().zip(&estimate).all(|(a, b)| (a - b).abs() <= 1e-11 * (1.0 + a.abs()));
        assert!(same, "{before:?} and {estimate:?} of one outcome");
    }
    let width = met[0].as_ref().map_or(0, Vec::len);
    let mut mean = vec![0.0; width];
    for (estimate, &(_, probability)) in met.iter().flatten().zip(outcomes) {
        mean.iter_mut().zip(estimate).for_each(|(mean, e)| *mean += probability * e);
    }
    mean
}

/// Asserts that numbers agree to 1e-10.
#[track_caller]
pub fn assert_exact(what: &str, found: &[f64], exact: &[f64]) {
    assert_eq!(found.len(), exact.len(), "{what}");
    for (found, exact) in found.iter().zip(exact) {
        assert!((found - exact).abs() <= 1e-10 * (1.0 + exact.abs()), "{what}: {found}, expected {exact}");
    }
}

mod of_the_check {
    use super::*;

    fn mean_of(estimates: [f64; 2]) -> Vec<f64> {
        let mut turn = 0;
        expectation(&[(1.0, 0.25), (2.0, 0.75)], || {
            turn += 1;
            ([1.0, 2.0][turn % 2], vec![estimates[turn % 2]])
        })
    }

    #[test]
    fn means_are_weighed() {
        assert_exact("a mean", &mean_of([4.0, 8.0]), &[7.0]);
    }

    #[test]
    #[should_panic(expected = "expected 7")]
    fn a_planted_error_is_rejected() {
        assert_exact("a mean", &mean_of([4.0, 8.0 + 1e-8]), &[7.0]);
    }
}

//! Concrete sites: plain values for branches, loops and recursion, against sums that are written out.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The log-density of a normal distribution of unit scale.
fn normal(x: f64, loc: f64) -> f64 {
    -0.5 * (x - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// Returns how many standard errors the mean of the estimates is from `exact`; too few to see five percent, or one that is
/// not finite, are refused.
fn z_score(exact: f64, estimates: impl Iterator<Item = f64>) -> Result<f64, String> {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in estimates {
        if !x.is_finite() {
            return Err(format!("an estimate is {x}"));
        }
        n += 1.0;
        let d = x - mean;
        mean += d / n;
        squares += d * (x - mean);
    }
    let error = (squares / (n - 1.0) / n).sqrt();
    if 5.0 * error > 0.05 * exact.abs() {
        return Err(format!("the standard error {error} cannot see five percent of {exact}"));
    }
    Ok((mean - exact) / error)
}

fn unbiased(exact: f64, estimates: impl Iterator<Item = f64>) {
    let z = z_score(exact, estimates).unwrap();
    assert!(z.abs() < 5.0, "{z} standard errors from {exact}");
}

mod one_bernoulli {
    use super::*;

    #[model]
    fn coin() {
        if sample!("b", Bernoulli::new(0.3), concrete) {
            observe!("x", Normal::new(2.0, 1.0), 1.5);
        } else {
            observe!("x", Normal::new(0.0, 1.0), 1.5);
        }
    }

    #[guide(coin)]
    fn every() {
        let q = param!("q", 0.4, UnitInterval);
        sample!("b", Bernoulli::new(q), enumerate, concrete);
    }

    #[guide(coin)]
    fn drawn() {
        let q = param!("q", 0.4, UnitInterval);
        sample!("b", Bernoulli::new(q), concrete);
    }

    /// The derivative by q itself; the session's is by its logit.
    fn by_probability(found: f64) -> f64 {
        found / (0.4 * 0.6)
    }

    const LOSS: f64 = 1.6665209543;
    const SLOPE: f64 = -0.5581672478;

    #[test]
    fn by_paths_the_bound_and_its_gradient_are_exact() {
        for elbo in [
            Elbo::default(),
            Elbo::default().closed_kl(false),
            Elbo::default().sticking_the_landing(),
            Elbo::default().particles(3),
        ] {
            let mut svi = Svi::new(coin(), every(), elbo, Adam::new(0.1));
            for _ in 0..2 {
                let (step, gradient) = svi.gradient().unwrap();
                close(step.loss, LOSS, 1e-9);
                close(step.kl - step.log_likelihood, LOSS, 1e-9);
                close(by_probability(gradient.get("q").unwrap()[[]]), SLOPE, 1e-9);
                close(svi.parts().iter().map(|part| part.loss).sum(), LOSS, 1e-9);
            }
            close(svi.evaluate(2).unwrap().loss, LOSS, 1e-9);
        }
    }

    #[test]
    fn by_the_score_function_they_are_right_in_expectation() {
        for (elbo, n) in [
            (Elbo::default(), 100_000),
            (Elbo::default().closed_kl(false), 100_000),
            (Elbo::default().particles(3), 100_000),
        ] {
            let mut svi = Svi::new(coin(), drawn(), elbo, Adam::new(0.1)).seed(3);
            let mut losses = Vec::new();
            let estimates = (0..n).map(|_| {
                let (step, gradient) = svi.gradient().unwrap();
                losses.push(step.loss);
                by_probability(gradient.get("q").unwrap()[[]])
            });
            unbiased(SLOPE, estimates);
            unbiased(LOSS, losses.into_iter());
        }
    }
}

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
        (Elbo::default().particles(3), 30_000),
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

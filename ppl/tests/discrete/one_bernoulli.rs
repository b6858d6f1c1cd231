use super::*;

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

#[guide(coin)]
fn every() {
    let q = param!("q", 0.4, UnitInterval);
    sample!("b", Bernoulli::new(q), enumerate);
}

/// The derivative by q itself; the session's is by its logit.
fn by_probability(found: f64) -> f64 {
    found / (0.4 * 0.6)
}

#[test]
fn the_bound_and_its_gradient_are_exact() {
    for elbo in [Elbo::default(), Elbo::default().closed_kl(false), Elbo::default().particles(3)] {
        let mut svi = Svi::new(coin(), every(), elbo, Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, 1.6665209543, 1e-9);
        close(by_probability(gradient.get("q").unwrap()[[]]), -0.5581672478, 1e-9);
    }
}

#[model]
fn summed() {
    let b = sample!("b", Bernoulli::new(0.3), enumerate);
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

#[guide(summed)]
fn nothing() {}

#[test]
fn the_evidence_is_exact() {
    let mut svi = Svi::new(summed(), nothing(), Elbo::default(), Adam::new(0.1));
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    close(svi.step().unwrap().loss, -(0.3 * density(-0.5) + 0.7 * density(1.5)).ln(), 1e-14);
}

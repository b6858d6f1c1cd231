//! Draws that go through mixtures, copies and deltas, and probabilities inside of other distributions.

use super::assert_loss;
use ppl::prelude::*;

/// E[-ln(1 - p)] of a Beta(1, 0.1).
const OF_BETA: f64 = 10.0;

/// E[-ln p] of it: digamma(1.1) - digamma(1).
const OF_SUCCESS: f64 = 0.153_460_724_490_456_07;

#[model]
fn mixed() {
    let p =
        sample!("p", Mixture::new([0.3, 0.7], [Beta::new(1.0, 0.1), Beta::new(2.0, 0.05)]), on(UnitInterval));
    observe!("x", Bernoulli::new(p), false);
    observe!("y", Mixture::new([0.25, 0.75], [Bernoulli::new(p), Bernoulli::new(p)]), false);
}

#[guide(mixed)]
fn the_same_mixture() {
    sample!("p", Mixture::new([0.3, 0.7], [Beta::new(1.0, 0.1), Beta::new(2.0, 0.05)]), on(UnitInterval));
}

#[model]
fn copied() {
    let p = sample!("p", Beta::new(1.0, 0.1).expand(&[3]), on(UnitInterval));
    observe!("x", Bernoulli::new(p), &[false; 3]);
    observe!("y", Bernoulli::new(p.at(0)), false);
}

#[guide(copied)]
fn the_same_copies() {
    sample!("p", Beta::new(1.0, 0.1).expand(&[3]), on(UnitInterval));
}

#[model]
fn met() {
    let p = sample!("p", Beta::new(1.0, 0.1));
    observe!("x", Bernoulli::new(p), false);
}

#[guide(met)]
fn handed_on() {
    let draw = sample!("draw", Beta::new(1.0, 0.1), auxiliary);
    sample!("p", Delta::new(draw));
}

/// E[-ln(1 - p)] = digamma(a + b) - digamma(b), of each component and each copy.
#[test]
fn draws_through_wrappers() {
    // scipy: .3 * 10 + .7 (digamma(2.05) - digamma(.05)).
    assert_loss(mixed(), the_same_mixture(), 50_000, 2.0 * 17.666_666_666_666_668);
    assert_loss(copied(), the_same_copies(), 50_000, 4.0 * OF_BETA);
    assert_loss(met(), handed_on(), 50_000, OF_BETA);
}

#[model]
fn inflated() {
    let (g, p) = (sample!("g", Beta::new(1.0, 0.1)), sample!("p", Beta::new(1.0, 0.1)));
    observe!("gate", ZeroInflated::new(g, Poisson::new(3.0)), 4);
    observe!("base", ZeroInflated::new(0.2, Binomial::new(3.0, p)), 1);
    observe!("both", ZeroInflated::new(g, Geometric::new(p)), 2);
    observe!("copies", ZeroInflated::new(g, NegativeBinomial::new(1.0, 0.5)).expand(&[2]), &[1, 1]);
}

#[guide(inflated)]
fn a_gate_and_a_chance() {
    sample!("g", Beta::new(1.0, 0.1));
    sample!("p", Beta::new(1.0, 0.1));
}

#[test]
fn probabilities_inside_of_wrappers() {
    // -ln of e^-3 3^4 / 4!.
    let poisson = 1.783_604_675_675_507;
    let base = -0.8_f64.ln() - 3.0_f64.ln() + OF_SUCCESS + 2.0 * OF_BETA;
    let both = OF_BETA + OF_SUCCESS + 2.0 * OF_BETA;
    let copies = 2.0 * (OF_BETA + 4.0_f64.ln());
    assert_loss(inflated(), a_gate_and_a_chance(), 50_000, OF_BETA + poisson + base + both + copies);
}

#[model]
fn weighed() {
    let v = sample!("v", Beta::new(1.0, 0.1));
    let weights = Tensor::stack(&[v, 1.0 - v]);
    observe!("x", Mixture::new(weights, [Normal::new(0.0, 0.01), Normal::new(5.0, 1.0)]), 5.0);
}

#[guide(weighed)]
fn a_weight() {
    sample!("v", Beta::new(1.0, 0.1));
}

#[test]
fn weights_of_a_mixture() {
    // The other component has no density worth a number there.
    let normal = 0.5 * std::f64::consts::TAU.ln();
    assert_loss(weighed(), a_weight(), 50_000, OF_BETA + normal);
}

#[model]
fn waiting(count: usize) {
    let q = sample!("q", Geometric::new(0.5));
    let _ = (q, count);
}

#[guide(waiting)]
fn nearly_certain(_count: usize) {
    sample!("q", Geometric::new(param!("p", 0.7, UnitInterval)));
}

/// A divergence stays closed where a probability is taken by its log-odds: ln(q / p) + (1 - q) / q ln((1 - q) / (1 - p)).
#[test]
fn divergences_stay_closed() {
    let mut svi = Svi::new(waiting(1), nearly_certain(1), Elbo::default(), Adam::new(0.01)).seed(1);
    let found = svi.evaluate(10).unwrap();
    let exact = (0.7_f64 / 0.5).ln() + 0.3 / 0.7 * (0.3_f64 / 0.5).ln();
    assert!((found.loss - exact).abs() < 1e-12 && found.standard_error < 1e-12, "{found:?}");
}

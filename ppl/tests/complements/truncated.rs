//! Truncated and uniform draws.

use super::assert_loss;
use ppl::prelude::*;

const EULER: f64 = 0.577_215_664_901_532_9;

#[model]
fn coin(low: f64, loc: f64, scale: f64) {
    let p = sample!("p", Truncated::new(Normal::new(loc, scale), low, 1.0));
    observe!("x", Bernoulli::new(p), false);
}

#[guide(coin)]
fn prior(low: f64, loc: f64, scale: f64) {
    sample!("p", Truncated::new(Normal::new(loc, scale), low, 1.0));
}

/// E[-ln(1 - p)]: by quadrature of thirty digits (mpmath), and where all draws round to one, of an exponential distance.
#[test]
fn a_truncated_normal_below_one() {
    assert_loss(coin(0.25, 0.9, 0.05), prior(0.25, 0.9, 0.05), 50_000, 2.428_162_652_925_472);
    // The distance has the rate (loc - 1) / scale^2.
    assert_loss(coin(0.0, 2.0, 1e-9), prior(0.0, 2.0, 1e-9), 20_000, 1e18_f64.ln() + EULER);
    assert_loss(coin(0.5, 100.0, 1e-8), prior(0.5, 100.0, 1e-8), 20_000, 99e16_f64.ln() + EULER);
}

#[model]
fn of_every_base() {
    // Each has a distance with the rate 1e19, or 4e17 e^40.
    let a = sample!("a", Truncated::new(Laplace::new(2.0, 1e-19), 0.0, 1.0));
    let b = sample!("b", Truncated::new(Logistic::new(2.0, 1e-19), 0.0, 1.0));
    let c = sample!("c", Truncated::new(LogNormal::new(2.0, 1e-9), 0.25, 1.0));
    let d = sample!("d", Truncated::new(Gumbel::new(3.0, 0.05), 0.0, 1.0));
    observe!("x", Geometric::new(a), 1);
    observe!("y", Binomial::new(2.0, b), 0);
    observe!("z", NegativeBinomial::new(2.0, c), 0);
    observe!("w", Bernoulli::new(1.0 - d), true);
}

#[guide(of_every_base)]
fn the_same_bases() {
    sample!("a", Truncated::new(Laplace::new(2.0, 1e-19), 0.0, 1.0));
    sample!("b", Truncated::new(Logistic::new(2.0, 1e-19), 0.0, 1.0));
    sample!("c", Truncated::new(LogNormal::new(2.0, 1e-9), 0.25, 1.0));
    sample!("d", Truncated::new(Gumbel::new(3.0, 0.05), 0.0, 1.0));
}

#[test]
fn truncations_of_every_base() {
    let of_rate = |rate: f64| rate.ln() + EULER;
    // d ln f / d x at one, of the log-normal 2 / 1e-18 - 1 and of the Gumbel (e^40 - 1) / 0.05.
    let gumbel = (((3.0_f64 - 1.0) / 0.05).exp() - 1.0) / 0.05;
    let exact = of_rate(1e19) + 2.0 * of_rate(1e19) + 2.0 * of_rate(2e18) + of_rate(gumbel);
    assert_loss(of_every_base(), the_same_bases(), 20_000, exact);
}

#[model]
fn of_beta() {
    sample!("p", Beta::new(1.0, 0.5));
}

#[guide(of_beta)]
fn handed_on(loc: f64, scale: f64) {
    let (loc, scale) = (param!("loc", loc), param!("scale", scale, Positive));
    let cut = sample!("cut", Truncated::new(Normal::new(loc, scale), 0.0, 1.0), auxiliary);
    sample!("p", Delta::new(cut));
}

#[model]
fn of_uniform() {
    sample!("p", Uniform::new(0.0, 1.0));
}

#[guide(of_uniform)]
fn cut_off(loc: f64, scale: f64) {
    let (loc, scale) = (param!("loc", loc), param!("scale", scale, Positive));
    sample!("p", Truncated::new(Normal::new(loc, scale), 0.0, 1.0));
}

/// The density of the draws changes within a distance that is no number beside one: E[ln q] = ln(rate) - 1.
#[test]
fn a_density_of_its_own_draws() {
    let rate = 1e18_f64.ln();
    assert_loss(of_uniform(), cut_off(2.0, 1e-9), 100_000, rate - 1.0);
    // E[ln p] = ln(b) - (b - 1) E[-ln(1 - p)] of a Beta(1, b), asked of a draw that was handed on.
    assert_loss(of_beta(), handed_on(2.0, 1e-9), 100_000, rate - 1.0 - (0.5_f64.ln() + 0.5 * (rate + EULER)));
}

/// Where all draws round to one the loss is ln((loc - 1) / scale^2) - 1, with the derivatives 1 / (loc - 1) and, by the logarithm of the
/// scale, -2, without noise.
#[test]
fn gradients_by_the_parameters_of_a_truncation() {
    let mut svi = Svi::new(of_uniform(), cut_off(2.0, 1e-9), Elbo::default(), Adam::new(0.01)).seed(3);
    let report = svi.check_gradients(ppl::GradientCheck::default()).unwrap();
    for (element, exact) in report.elements.iter().zip([1.0, -2.0]) {
        assert!((element.mean - exact).abs() < 1e-9, "{report}");
    }
    let options = ppl::GradientCheck::default().draws(20_000);
    let mut svi = Svi::new(of_uniform(), cut_off(1.3, 0.2), Elbo::default(), Adam::new(0.01)).seed(3);
    let report = svi.check_gradients(options).unwrap();
    assert!(report.passed(), "{report}");
    let mut svi = Svi::new(of_beta(), handed_on(1.3, 0.2), Elbo::default(), Adam::new(0.01)).seed(4);
    let report = svi.check_gradients(options).unwrap();
    assert!(report.passed(), "{report}");
}

#[model]
fn between_zero_and_two() {
    let x = sample!("x", Truncated::new(Normal::new(4.0, 1e-9), 0.0, 2.0));
    observe!("half", Bernoulli::new(0.5 * x), false);
    observe!("gap", Exponential::new(2.0 - x), 1.0);
}

#[guide(between_zero_and_two)]
fn the_same_interval() {
    sample!("x", Truncated::new(Normal::new(4.0, 1e-9), 0.0, 2.0));
}

/// Of the distance d to two, with the rate 2 / 1e-18: -ln(d / 2) and -ln(d) + d.
#[test]
fn an_upper_end_that_is_not_one() {
    let mean = 2e18_f64.ln() + EULER;
    assert_loss(between_zero_and_two(), the_same_interval(), 20_000, 2.0 * mean + 2.0_f64.ln());
}

#[model]
fn narrow(low: f64) {
    let p = sample!("p", Uniform::new(low, 1.0));
    observe!("x", Bernoulli::new(p), false);
}

#[guide(narrow)]
fn the_same_narrow(low: f64) {
    sample!("p", Uniform::new(low, 1.0));
}

/// E[-ln(1 - p)] = 1 - ln(width): one draw in two hundred would round to one.
#[test]
fn a_narrow_uniform() {
    let low = 1.0 - 1e-14;
    assert_loss(narrow(low), the_same_narrow(low), 100_000, 1.0 - (1.0 - low).ln());
    assert_loss(narrow(0.0), the_same_narrow(0.0), 200_000, 1.0);
}

#[model]
fn without_an_end() {
    let p = sample!("p", Truncated::new(Normal::new(2.0, 1e-9), 0.0, 1.0));
    // A function that says nothing of an end.
    observe!("x", Bernoulli::new(p.abs()), false);
}

#[guide(without_an_end)]
fn the_same_without() {
    sample!("p", Truncated::new(Normal::new(2.0, 1e-9), 0.0, 1.0));
}

/// The tests above would see a complement that is computed from the value.
#[test]
fn a_difference_is_seen() {
    let mut svi = Svi::new(without_an_end(), the_same_without(), Elbo::default(), Adam::new(0.01)).seed(11);
    let exact = 1e18_f64.ln() + EULER;
    let is_close = |found: ppl::Evaluation| (found.loss - exact).abs() < 5.0 * found.standard_error;
    assert!(!svi.evaluate(20_000).is_ok_and(is_close));
}

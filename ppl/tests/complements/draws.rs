//! Beta and logistic draws.

use super::assert_loss;
use ppl::prelude::*;
use std::cell::Cell;

#[model]
fn coin(a: f64, x: bool) {
    let p = sample!("p", Beta::new(a, a));
    observe!("x", Bernoulli::new(p), x);
}

#[guide(coin)]
fn prior(a: f64, _x: bool) {
    sample!("p", Beta::new(a, a));
}

/// E[-ln(1 - p)] = digamma(2 a) - digamma(a), for either face of the coin.
#[test]
fn a_coin_that_is_nearly_certain() {
    // scipy.special.digamma.
    for (a, exact) in [(0.3, 1.9619050083069427), (0.1, 5.134715043818887), (0.03, 16.712961818137273)] {
        for x in [true, false] {
            assert_loss(coin(a, x), prior(a, x), 100_000, exact);
        }
    }
}

#[model]
fn stick(sticks: usize) {
    let v = plate!("stick", sticks, |_k| sample!("v", Beta::new(1.0, 0.1)));
    let mut logits = Vec::new();
    let mut rest = Real::from(0.0_f64);
    for k in 0..sticks {
        logits.push(rest + v.at(k).to_real().ln());
        rest += (1.0 - v.at(k)).to_real().ln();
    }
    logits.push(rest);
    observe!("x", Categorical::logits(Tensor::stack(&logits)), sticks);
}

#[guide(stick)]
fn the_same_sticks(sticks: usize) {
    plate!("stick", sticks, |_k| {
        sample!("v", Beta::new(1.0, 0.1));
    });
}

#[model]
fn one_stick() {
    let v = sample!("v", Beta::new(1.0, 0.1));
    observe!("x", Categorical::new(Tensor::stack(&[v, 1.0 - v])), 1);
}

#[guide(one_stick)]
fn the_same_stick() {
    sample!("v", Beta::new(1.0, 0.1));
}

/// E[-ln(1 - v)] = digamma(1.1) - digamma(0.1) = 10 for each stick.
#[test]
fn sticks_of_which_nearly_all_is_broken_off() {
    assert_loss(one_stick(), the_same_stick(), 100_000, 10.0);
    assert_loss(stick(1), the_same_sticks(1), 100_000, 10.0);
    assert_loss(stick(20), the_same_sticks(20), 20_000, 200.0);
}

#[model]
fn logistic(loc: f64) {
    let p = sample!("p", Transformed::new(Normal::new(loc, 2.0), Sigmoid), on(UnitInterval));
    observe!("x", Binomial::new(3.0, p), 0);
    observe!("y", Bernoulli::new(1.0 - p), true);
}

#[guide(logistic)]
fn the_same_logistic(loc: f64) {
    sample!("p", Transformed::new(Normal::new(loc, 2.0), Sigmoid), on(UnitInterval));
}

/// E[-ln(1 - p)] = E[ln(1 + e^x)], which is the mean of x to twelve digits.
#[test]
fn logistic_draws_far_out() {
    assert_loss(logistic(100.0), the_same_logistic(100.0), 20_000, 400.0);
}

#[model]
fn logit_normal() {
    sample!("p", Transformed::new(Normal::new(0.0, 1.0), Sigmoid), on(UnitInterval));
}

#[guide(logit_normal)]
fn beta(a: f64, b: f64) {
    sample!("p", Beta::new(param!("a", a, Positive), param!("b", b, Positive)));
}

const DIVERGENCES: [(f64, f64, f64); 2] = [(1.0, 0.1, 97.47917717661666), (0.3, 0.2, 18.596821429102754)];

/// The divergence of a Beta from a logit-normal distribution, from the moments of the logit under the Beta.
#[test]
fn a_density_of_its_own_draws() {
    // scipy: -entropy + ln(2 pi) / 2 + (var + mean^2) / 2 of the logit + E[ln p] + E[ln(1 - p)].
    for (a, b, exact) in DIVERGENCES {
        assert_loss(logit_normal(), beta(a, b), 100_000, exact);
        let mut svi = Svi::new(logit_normal(), beta(a, b), Elbo::default(), Adam::new(0.01)).seed(3);
        let report = svi.check_gradients(ppl::GradientCheck::default().draws(20_000)).unwrap();
        assert!(report.passed(), "{report}");
    }
}

#[model]
fn toggled(extra: &Cell<bool>) {
    let p = sample!("p", Beta::new(2.0, 0.3));
    observe!("x", Bernoulli::new(p), false);
    if extra.get() {
        observe!("y", Bernoulli::new(1.0 - p), true);
    }
}

#[guide(toggled)]
fn fitted(_extra: &Cell<bool>) {
    sample!("p", Beta::new(param!("a", 1.5, Positive), param!("b", 0.2, Positive)));
}

/// A step that takes another way than the one before draws the same complements as one that is recorded from its beginning.
#[test]
fn complements_are_of_the_step_that_draws_them() {
    let extra = Cell::new(false);
    let session = || Svi::new(toggled(&extra), fitted(&extra), Elbo::default(), Adam::new(0.05)).seed(2);
    let (mut followed, mut recorded) = (session(), session());
    for k in 0..12 {
        extra.set(k % 3 == 2);
        recorded.evaluate(1).unwrap();
        assert_eq!(followed.step(), recorded.step());
        assert_eq!(followed.parameters(), recorded.parameters());
    }
}

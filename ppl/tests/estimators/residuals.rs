//! What a prediction leaves of the costs is centred by its decaying average, and divided by its deviation.

use super::*;
use std::cell::Cell;

const X: [f64; 3] = [-1.0, 0.7, 2.0];

/// By how much the prediction is lowered before the second step, which is the deviation that the third finds.
const LOWERED: f64 = 7.0;

#[model]
fn coins(x: &[f64]) {
    plate!("i", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.3)).to_real();
        observe!("x", Normal::new(2.0 * b, 0.5), x.at(i));
    });
}

/// A guide whose averages are held where its decay is set to one.
macro_rules! guides {
    ($($name:ident: $average:ident;)*) => {$(
        #[guide(coins)]
        fn $name(x: &[f64], decay: &Cell<f64>) {
            let (level, slope, l) = (param!("level", 0.5), param!("slope", -0.25), param!("l", 0.2));
            plate!("i", x.len(), |i| {
                let prediction = Learned(level + slope * x.at(i));
                sample!("b", Bernoulli::logits(l), Score::baseline((prediction, $average::new(decay.get()))));
            });
        }
    )*};
}
guides! {
    centred: DecayingAverage;
    standardised: Standardised;
}

/// The loss of each element at each value: `log q(b) - log p(x, b)`.
fn cost(x: f64, b: bool, q: f64) -> f64 {
    let mean = if b { 2.0 } else { 0.0 };
    log_bernoulli(b, q) - log_bernoulli(b, 0.3) - log_normal(x, mean, 0.5)
}

fn loss([l]: [f64; 1]) -> f64 {
    X.iter().map(|&x| expect([logistic(l)], |[b]| cost(x, b, logistic(l)))).sum()
}

/// What the average of an element is after two steps whose draws are known: by the decay of one half the second counts twice.
fn average(x: f64, lowered: f64) -> f64 {
    let first = cost(x, true, 1.0) - 0.5 + 0.25 * x;
    (first + 2.0 * (first - lowered)) / 3.0
}

/// The mean square of what a prediction and the averages leave of the costs.
fn square([level, slope]: [f64; 2]) -> f64 {
    let q = logistic(0.2);
    let of = |x: f64| expect([q], |[b]| (cost(x, b, q) - level - slope * x - average(x, LOWERED)).powi(2));
    X.iter().map(|&x| of(x)).sum::<f64>() / 3.0
}

/// Asserts the gradients by the site's own parameter, divided by the deviation, and by the two of the prediction, which are not.
macro_rules! assert_residuals {
    ($guide:ident, $particles:expr, $deviation:expr) => {{
        let decay = Cell::new(0.5);
        let elbo = particles($particles).closed_kl(false);
        let mut svi = Svi::new(coins(&X), $guide(&X, &decay), elbo, sgd()).seed(31);
        // Where the draws are certain the averages are known.
        svi.set_parameter("l", 60.0).unwrap();
        svi.gradient().unwrap();
        svi.set_parameter("level", 0.5 + LOWERED).unwrap();
        svi.gradient().unwrap();
        decay.set(1.0);
        svi.set_parameter("l", 0.2).unwrap();
        svi.set_parameter("level", 0.5).unwrap();
        let (own, taught) = (gradient_and_value(loss, [0.2]), gradient_and_value(square, [0.5, -0.25]));
        let exact = [own[0] / $deviation, taught[0], taught[1], own[1]];
        assert_gradient!(svi, stringify!($guide), exact, "l", "level", "slope");
    }};
}

#[test]
fn a_residual_is_centred_and_the_prediction_learns_from_what_is_centred() {
    assert_residuals!(centred, 1, 1.0);
    assert_residuals!(centred, 20, 1.0);
}

#[test]
fn a_residual_is_standardised_and_the_prediction_learns_from_it_undivided() {
    assert_residuals!(standardised, 1, LOWERED);
    assert_residuals!(standardised, 20, LOWERED);
}

#[model]
fn concrete_coin(x: f64) {
    let b = sample!("b", Bernoulli::new(0.3), concrete);
    let mean = if b { 2.0 } else { 0.0 };
    observe!("x", Normal::new(mean, 0.5), x);
}

#[guide(concrete_coin)]
fn concrete_guess(x: f64, decay: &Cell<f64>) {
    let (level, l) = (param!("level", 0.5), param!("l", 0.2));
    let prediction = Learned(level + -0.25 * x);
    sample!(
        "b",
        Bernoulli::logits(l),
        concrete,
        Score::baseline((prediction, Standardised::new(decay.get())))
    );
}

/// Programs that run at one value have several recordings a step, whose averages learn at its end.
#[test]
fn recordings_apart_have_the_same_parts() {
    const LOWERED: f64 = 4.0;
    let x = X[2];
    for n in [1, 3] {
        let decay = Cell::new(0.5);
        let elbo = particles(n).closed_kl(false);
        let mut svi = Svi::new(concrete_coin(x), concrete_guess(x, &decay), elbo, sgd()).seed(32);
        svi.set_parameter("l", 60.0).unwrap();
        svi.gradient().unwrap();
        svi.set_parameter("level", 0.5 + LOWERED).unwrap();
        svi.gradient().unwrap();
        decay.set(1.0);
        svi.set_parameter("l", 0.2).unwrap();
        svi.set_parameter("level", 0.5).unwrap();
        let loss = |[l]: [f64; 1]| expect([logistic(l)], |[b]| cost(x, b, logistic(l)));
        let left = |[level]: [f64; 1]| {
            let q = logistic(0.2);
            expect([q], |[b]| (cost(x, b, q) - level + 0.25 * x - average(x, LOWERED)).powi(2))
        };
        let (own, taught) = (gradient_and_value(loss, [0.2]), gradient_and_value(left, [0.5]));
        assert_gradient!(svi, "concrete", [own[0] / LOWERED, taught[0], own[1]], "l", "level");
    }
}

//! Probabilities that are functions of draws.

use super::assert_loss;
use ppl::prelude::*;

#[model]
fn logistic_function() {
    let x = sample!("x", Normal::new(100.0, 2.0));
    let p = x.sigmoid();
    observe!("a", Bernoulli::new(p), false);
    observe!("b", Bernoulli::new(1.0 - x.sigmoid()), true);
    observe!("c", Binomial::new(3.0, p), 0);
    observe!("d", Geometric::new(p), 2);
    observe!("e", NegativeBinomial::new(2.0, p), 0);
    factor!("f", (-p).ln_1p() + (1.0 - p).ln());
    observe!("g", Bernoulli::new(0.5 + 0.5 * (0.5 * x).tanh()), false);
}

#[guide(logistic_function)]
fn a_number() {
    sample!("x", Normal::new(100.0, 2.0));
}

/// -ln(1 - p) = x to forty digits, eleven times.
#[test]
fn a_logistic_function_of_a_draw() {
    assert_loss(logistic_function(), a_number(), 20_000, 12.0 * 100.0);
}

#[model]
fn survival() {
    let rate = sample!("rate", LogNormal::new(-60.0, 1.0));
    observe!("a", Bernoulli::new((-rate).exp()), false);
    observe!("b", Bernoulli::new(1.0 - (-rate).exp()), true);
    observe!("c", Bernoulli::new(-(-rate).exp_m1()), true);
    observe!("d", Geometric::new((-rate).exp()), 1);
}

#[guide(survival)]
fn a_rate() {
    sample!("rate", LogNormal::new(-60.0, 1.0));
}

/// 1 - e^-r = r to twenty digits.
#[test]
fn an_exponential_of_a_small_rate() {
    assert_loss(survival(), a_rate(), 20_000, 4.0 * 60.0);
}

#[model]
fn kumaraswamy(a: f64, b: f64) {
    let u = sample!("u", Uniform::new(0.0, 1.0));
    let p = (1.0 - (1.0 - u).powf(1.0 / b)).powf(1.0 / a);
    observe!("x", Bernoulli::new(p), false);
}

#[guide(kumaraswamy)]
fn a_share(_a: f64, _b: f64) {
    sample!("u", Uniform::new(0.0, 1.0));
}

#[model]
fn power_of_beta(a: f64, b: f64) {
    let p = sample!("p", Transformed::new(Beta::new(1.0, b), Power::new(1.0 / a)), on(UnitInterval));
    observe!("x", Bernoulli::new(p), false);
}

#[guide(power_of_beta)]
fn the_same_power(a: f64, b: f64) {
    sample!("p", Transformed::new(Beta::new(1.0, b), Power::new(1.0 / a)), on(UnitInterval));
}

/// Kumaraswamy's distribution as it is written: with v uniform, -ln(1 - (1 - v^(1/b))^(1/a)).
#[test]
fn a_distribution_of_kumaraswamy() {
    // A complement of e^-800 in one draw of a thousand: it is no number, its logarithm is.
    assert_loss(kumaraswamy(1.0, 0.01), a_share(1.0, 0.01), 50_000, 100.0);
    // mpmath: 10 + E[ln(1 + sqrt(1 - v^10))].
    assert_loss(kumaraswamy(2.0, 0.1), a_share(2.0, 0.1), 50_000, 10.661_543_487_607_877);
    assert_loss(power_of_beta(2.0, 0.1), the_same_power(2.0, 0.1), 50_000, 10.661_543_487_607_877);
}

#[model]
fn skewed() {
    sample!("p", Beta::new(2.0, 0.3));
}

#[guide(skewed)]
fn of_kumaraswamy(a: f64, b: f64) {
    let (a, b) = (param!("a", a, Positive), param!("b", b, Positive));
    sample!("p", Transformed::new(Beta::new(1.0, b), Power::new(1.0 / a)), on(UnitInterval));
}

/// The divergence of Kumaraswamy's distribution from a Beta, whose densities both need the distance to one.
#[test]
fn a_density_of_a_power() {
    // mpmath, by quadrature over the uniform number.
    assert_loss(skewed(), of_kumaraswamy(1.5, 0.1), 200_000, 0.826_253_877_631_814_6);
    let mut svi = Svi::new(skewed(), of_kumaraswamy(1.5, 0.1), Elbo::default(), Adam::new(0.01)).seed(3);
    let report = svi.check_gradients(ppl::GradientCheck::default().draws(20_000)).unwrap();
    assert!(report.passed(), "{report}");
}

#[model]
fn chained() {
    // Onto the unit interval by way of others.
    let y = sample!("y", Transformed::new(Normal::new(100.0, 2.0), Interval::new(-1.0, 3.0)), on(Bounded));
    observe!("a", Bernoulli::new(0.25 * y + 0.25), false);
    let z = sample!("z", Transformed::new(Normal::new(100.0, 2.0), Interval::new(0.0, 1.0)), on(Bounded));
    observe!("b", Bernoulli::new(z), false);
    let w = sample!(
        "w",
        Transformed::new(Transformed::new(Normal::new(50.0, 1.0), Tanh), Affine::new(0.5, 0.5)),
        on(Bounded)
    );
    observe!("c", Bernoulli::new(w), false);
}

#[guide(chained)]
fn the_same_chains() {
    sample!("y", Transformed::new(Normal::new(100.0, 2.0), Interval::new(-1.0, 3.0)), on(Bounded));
    sample!("z", Transformed::new(Normal::new(100.0, 2.0), Interval::new(0.0, 1.0)), on(Bounded));
    sample!(
        "w",
        Transformed::new(Transformed::new(Normal::new(50.0, 1.0), Tanh), Affine::new(0.5, 0.5)),
        on(Bounded)
    );
}

/// The log-odds are those that the draws were made of, twice those of the tangent.
#[test]
fn chains_of_transforms() {
    assert_loss(chained(), the_same_chains(), 20_000, 300.0);
}

#[model]
fn product() {
    let (v, w) = (sample!("v", Beta::new(1.0, 0.1)), sample!("w", Beta::new(1.0, 0.1)));
    observe!("x", Bernoulli::new(v * w), false);
}

#[guide(product)]
fn two_sticks() {
    sample!("v", Beta::new(1.0, 0.1));
    sample!("w", Beta::new(1.0, 0.1));
}

/// E[-ln(1 - v w)], by quadrature over two exponential numbers (mpmath).
#[test]
fn a_product_of_two_draws() {
    assert_loss(product(), two_sticks(), 50_000, 4.937_227_633_783_442);
}

#[model]
fn either() {
    let (v, w) = (sample!("v", Beta::new(0.1, 1.0)), sample!("w", Beta::new(0.1, 1.0)));
    observe!("x", Bernoulli::new(1.0 - v * w), false);
    let rate = sample!("rate", LogNormal::new(-60.0, 1.0));
    observe!("y", Bernoulli::new(1.0 - rate), false);
    observe!("z", Bernoulli::new(rate), true);
}

#[guide(either)]
fn small_chances() {
    sample!("v", Beta::new(0.1, 1.0));
    sample!("w", Beta::new(0.1, 1.0));
    sample!("rate", LogNormal::new(-60.0, 1.0));
}

/// One minus a small product, and one minus a small number beside that number: E[-ln v] = 10.
#[test]
fn one_minus_a_small_number() {
    assert_loss(either(), small_chances(), 50_000, 20.0 + 2.0 * 60.0);
}

#[model]
fn certain(rates: &[f64], seen: &[bool]) {
    let scale = sample!("scale", Exponential::new(1.0));
    plate!("row", rates.len(), |i| {
        observe!("x", Bernoulli::new((-(scale * rates.at(i))).exp()), seen.at(i));
        observe!("y", Binomial::new(3.0, (-(scale * rates.at(i))).exp()), 3);
    });
}

#[guide(certain)]
fn proposed(_rates: &[f64], _seen: &[bool]) {
    sample!("scale", LogNormal::new(param!("loc", 0.0), param!("width", 0.5, Positive)));
}

/// A probability that is exactly one is no trouble where what it says has happened, and impossible where not.
#[test]
fn what_is_certain() {
    let rates = [0.0, 0.5, 2.0];
    let mut svi = Svi::new(
        certain(&rates, &[true, false, true]),
        proposed(&rates, &[]),
        Elbo::default(),
        Adam::new(0.01),
    );
    for _ in 0..3 {
        let step = svi.step().unwrap();
        assert!(step.loss.is_finite());
    }
    let report = svi.check_gradients(ppl::GradientCheck::default()).unwrap();
    assert!(report.passed(), "{report}");
    let mut svi = Svi::new(
        certain(&rates, &[false, false, true]),
        proposed(&rates, &[]),
        Elbo::default(),
        Adam::new(0.01),
    );
    assert!(svi.step().is_err());
    let before = svi.parameters();
    assert!(svi.step().is_err());
    assert_eq!(svi.parameters(), before);
}

#[model]
fn no_probability() {
    let x = sample!("x", Normal::new(3.0, 0.1));
    observe!("seen", Bernoulli::new(x.exp()), true);
}

#[guide(no_probability)]
fn beyond() {
    sample!("x", Normal::new(param!("loc", 3.0), 0.1));
}

/// What is no probability is refused as one, and not by its log-odds.
#[test]
fn a_refusal_speaks_of_the_probability() {
    let mut svi = Svi::new(no_probability(), beyond(), Elbo::default(), Adam::new(0.01)).seed(1);
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("probs of Bernoulli must") && error.contains("seen"), "{error}");
}

//! Variational inference with the exact family finds the exact posterior, and its bound is then the log-evidence.

use ndarray::{Array2, array};
use ppl::prelude::*;
use ppl_tests::named;

#[model]
fn normal_normal(x: &Array2<f64>) {
    // Precisions of 0.1, and of 6 and 4.
    let mu = sample!("mu", Normal::new([0.0, 0.5], 0.1f64.sqrt().recip()));
    let scale = [6.0f64.sqrt().recip(), 0.5];
    plate!("rows", x.nrows(), |i| observe!("x", Normal::new(mu, scale), x.at(i)));
}

#[guide(normal_normal)]
fn normal_guide(loc: [f64; 2], scale: [f64; 2]) {
    sample!("mu", Normal::new(param!("loc", loc), param!("scale", scale, Positive)));
}

#[model]
fn gamma_poisson(x: &[u64]) {
    let rate = sample!("rate", Gamma::new(1.0, 1.0));
    plate!("rows", x.len(), |i| observe!("x", Poisson::new(rate), x.at(i)));
}

#[model]
fn gamma_exponential(x: &[f64]) {
    let rate = sample!("rate", Gamma::new(1.0, 1.0));
    plate!("rows", x.len(), |i| observe!("x", Exponential::new(rate), x.at(i)));
}

#[guide(gamma_poisson)]
fn gamma_guide(a: f64, b: f64) {
    sample!("rate", Gamma::new(param!("a", a, Positive), param!("b", b, Positive)));
}

#[guide(gamma_exponential)]
fn gamma_guide_of_waits(a: f64, b: f64) {
    sample!("rate", Gamma::new(param!("a", a, Positive), param!("b", b, Positive)));
}

#[model]
fn beta_bernoulli(x: &[bool]) {
    let p = sample!("p", Beta::new(1.0, 1.0));
    plate!("rows", x.len(), |i| observe!("x", Bernoulli::new(p), x.at(i)));
}

#[guide(beta_bernoulli)]
fn beta_guide(a: f64, b: f64) {
    sample!("p", Beta::new(param!("a", a, Positive), param!("b", b, Positive)));
}

#[model]
fn effects_of_groups(x: &Array2<f64>) {
    let effect = sample!("effect", ZeroSumNormal::new(3, 2.0));
    plate!("rows", x.nrows(), |i| observe!("x", Normal::new(effect, 0.5), x.at(i)));
}

#[guide(effects_of_groups)]
fn effects_guide(loc: [f64; 3], scale: f64) {
    let (loc, scale) = (param!("loc", loc, SumToZero), param!("scale", scale, Positive));
    sample!("effect", ZeroSumNormal::around(loc, scale));
}

#[model]
fn headings(x: &Array2<f64>) {
    let mean = sample!("mean", VonMisesFisher::new([0.6, 0.0, 0.8], 2.0));
    plate!("rows", x.nrows(), |i| observe!("x", VonMisesFisher::new(mean, 5.0), x.at(i)));
}

#[guide(headings)]
fn headings_guide(mean: [f64; 3], concentration: f64) {
    let mean = param!("mean_direction", mean, UnitVector);
    sample!("mean", VonMisesFisher::new(mean, param!("concentration", concentration, Positive)));
}

/// Checks a session that starts at the exact posterior and one that starts elsewhere.
///
/// With the landing stuck to, the gradient has no noise at the posterior, so that the fit ends exactly there.
macro_rules! check {
    ($model:expr, $guide:ident, $start:tt, $exact:tt, $evidence:expr, $parameters:expr) => {
        let elbo = || Elbo::default().sticking_the_landing();
        let mut svi = Svi::new($model, $guide $exact, elbo(), Sgd::new(1.0)).seed(1);
        for _ in 0..20 {
            let (step, gradient) = svi.gradient().unwrap();
            assert!((step.loss + $evidence).abs() < 1e-9, "the loss is {}, expected {}", step.loss, -$evidence);
            for (name, values) in gradient.iter() {
                assert!(values.iter().all(|g| g.abs() < 1e-7), "the gradient of {name} is {values}");
            }
        }
        // The bound with closed divergences has the same mean.
        let mut closed = Svi::new($model, $guide $exact, Elbo::default(), Sgd::new(1.0)).seed(2);
        let losses: Vec<f64> = (0..20_000).map(|_| closed.gradient().unwrap().0.loss).collect();
        ppl_tests::assert_mean("the bound", &losses, -$evidence, 0.1);

        let mut svi = Svi::new($model, $guide $start, elbo(), Adam::new(0.02)).seed(3);
        for _ in 0..6_000 {
            svi.step().unwrap();
        }
        let found = svi.parameters();
        for (name, exact) in $parameters {
            for (got, exact) in named(&found, name).iter().zip(exact) {
                assert!((got - exact).abs() < 1e-3 * exact.abs(), "{name} is {got}, expected {exact}");
            }
        }
        let bound = svi.evaluate(1000).unwrap();
        assert!((bound.loss + $evidence).abs() < 1e-5, "the bound is {bound:?}");
    };
}

#[test]
fn normal_mean_with_known_precision() {
    let x = array![[-0.1, 0.3], [0.0, 0.4], [0.2, 0.5], [0.1, 0.7]];
    let loc: [f64; 2] = [0.049_792_531_120_331_95, 0.475_155_279_503_105_6];
    let scale: [f64; 2] = [24.1f64.sqrt().recip(), 16.1f64.sqrt().recip()];
    // The case's own figures, to its digits.
    assert!((loc[0] - 0.04979253).abs() < 1e-8 && (loc[1] - 0.47515528).abs() < 1e-8);
    assert!((scale[0].ln() + 1.59110592).abs() < 1e-8 && (scale[1].ln() + 1.38940964).abs() < 1e-8);
    check!(
        normal_normal(&x),
        normal_guide,
        ([0.5, 0.0], [1.0, 1.0]),
        (loc, scale),
        -6.6036567914,
        [("loc", loc), ("scale", scale)]
    );
}

#[test]
fn gamma_rate_of_counts() {
    check!(
        gamma_poisson(&[1, 2, 3]),
        gamma_guide,
        (2.0, 2.0),
        (7.0, 4.0),
        -5.6097159656,
        [("a", [7.0]), ("b", [4.0])]
    );
}

#[test]
fn gamma_rate_of_waits() {
    check!(
        gamma_exponential(&[3.0, 2.0]),
        gamma_guide_of_waits,
        (1.0, 1.0),
        (3.0, 6.0),
        -4.6821312271,
        [("a", [3.0]), ("b", [6.0])]
    );
}

#[test]
fn beta_of_four_coins() {
    check!(
        beta_bernoulli(&[false, true, true, true]),
        beta_guide,
        (1.5, 1.5),
        (4.0, 2.0),
        -2.9957322736,
        [("a", [4.0]), ("b", [2.0])]
    );
}

#[test]
fn beta_of_ten_coins() {
    let x: Vec<bool> = (0..10).map(|k| k < 8).collect();
    check!(
        beta_bernoulli(&x),
        beta_guide,
        (1.5, 1.5),
        (9.0, 3.0),
        -6.2045577626,
        [("a", [9.0]), ("b", [3.0])]
    );
}

#[test]
fn effects_that_sum_to_zero() {
    let x = array![[1.3, -0.4, 0.2], [0.9, -0.1, -0.6], [1.6, 0.3, -0.2], [0.7, -0.8, 0.1]];
    // In every direction of the hyperplane the precision is 1/4 + 4 * 4, of which the data have 16.
    let loc = [0.875, -0.5, -0.375].map(|centred: f64| centred * 16.0 / 16.25);
    let scale = 16.25f64.sqrt().recip();
    // The evidence is that of all data together, by scipy.stats.multivariate_normal.
    check!(
        effects_of_groups(&x),
        effects_guide,
        ([0.0, 0.0, 0.0], 1.0),
        (loc, scale),
        -11.576_191_193_940_044,
        [("loc", loc.to_vec()), ("scale", vec![scale])]
    );
}

#[test]
fn mean_of_headings() {
    let x = array![[0.0, 0.6, 0.8], [0.64, 0.48, 0.6], [-0.28, 0.0, 0.96], [0.36, 0.48, 0.8]];
    // The vectors of prior and data add up: the concentration is the length of the sum, the mean its direction.
    let sum: Vec<f64> = (0..3).map(|i| 2.0 * [0.6, 0.0, 0.8][i] + 5.0 * x.column(i).sum()).collect();
    let concentration = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
    let mean: [f64; 3] = std::array::from_fn(|i| sum[i] / concentration);
    let ln_factor = |k: f64| (k / (4.0 * std::f64::consts::PI * k.sinh())).ln();
    let evidence = 4.0 * ln_factor(5.0) + ln_factor(2.0) - ln_factor(concentration);
    check!(
        headings(&x),
        headings_guide,
        ([0.0, 0.0, 1.0], 3.0),
        (mean, concentration),
        evidence,
        [("mean_direction", mean.to_vec()), ("concentration", vec![concentration])]
    );
}

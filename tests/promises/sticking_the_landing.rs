//! Sticking the landing: no variance where the guide is exact, and no bias anywhere.

use ppl::prelude::*;
use ppl_tests::{assert_unbiased_all, named};

#[model]
fn mean_of(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("rows", x.len(), |i| observe!("x", Normal::new(mu, 1.0), x.at(i)));
}

#[guide(mean_of)]
fn normal(loc: f64, scale: f64) {
    sample!("mu", Normal::new(param!("loc", loc), param!("scale", scale, Positive)));
}

fn data() -> Vec<f64> {
    (0..10).map(|k| (k as f64 * 0.9).sin() + 0.3).collect()
}

#[test]
fn the_gradient_is_zero_at_the_exact_posterior() {
    let x = data();
    let exact = || normal(x.iter().sum::<f64>() / 11.0, 11f64.sqrt().recip());
    let elbo = Elbo::default().sticking_the_landing();
    let mut svi = Svi::new(mean_of(&x), exact(), elbo, Sgd::new(1.0)).seed(1);
    let mut usual = Svi::new(mean_of(&x), exact(), Elbo::default().closed_kl(false), Sgd::new(1.0)).seed(1);
    let mut largest = 0.0f64;
    for _ in 0..100 {
        let (_, gradient) = svi.gradient().unwrap();
        for name in ["loc", "scale"] {
            assert!(named(&gradient, name)[0].abs() < 1e-12, "{gradient:?}");
        }
        largest = largest.max(named(&usual.gradient().unwrap().1, "loc")[0].abs());
    }
    assert!(largest > 1.0, "the usual gradient has noise: {largest}");
}

#[test]
fn the_gradient_is_unbiased_elsewhere() {
    let x = data();
    let (loc, scale) = (0.3, 0.5);
    let sum: f64 = x.iter().sum();
    // d/dloc = 11 loc - sum x; d/dscale = 11 scale - 1 / scale, times the scale for its logarithm.
    let exact = [11.0 * loc - sum, (11.0 * scale - 1.0 / scale) * scale];
    assert_unbiased_all("sticking", 2, 100_000, &exact, 0.05, |seed| {
        let elbo = Elbo::default().sticking_the_landing();
        let mut svi = Svi::new(mean_of(&x), normal(loc, scale), elbo, Sgd::new(1.0)).seed(seed);
        move || {
            let (_, gradient) = svi.gradient().unwrap();
            vec![named(&gradient, "loc")[0], named(&gradient, "scale")[0]]
        }
    });
}

#[model]
fn pair() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    sample!("y", Normal::new(z, 1.0));
}

#[guide(pair)]
fn dependent(a: f64, t: f64) {
    let z = sample!("z", Normal::new(param!("m", 0.4), param!("s", 0.8, Positive)));
    sample!("y", Normal::new(param!("a", a) * z, param!("t", t, Positive)));
}

#[test]
fn dependent_proposals_are_unbiased() {
    // -ELBO = E z^2 / 2 + E (y - z)^2 / 2 - ln s - ln t + constant, y - z = (a - 1) z + t e.
    let (m, s, a, t) = (0.4, 0.8, 0.5, 0.7);
    let second = m * m + s * s;
    let k: f64 = (a - 1.0) * (a - 1.0);
    let exact = [m * (1.0 + k), s * s * (1.0 + k) - 1.0, (a - 1.0) * second, t * t - 1.0];
    assert_unbiased_all("dependent", 3, 200_000, &exact, 0.05, |seed| {
        let elbo = Elbo::default().sticking_the_landing().particles(10);
        let mut svi = Svi::new(pair(), dependent(a, t), elbo, Sgd::new(1.0)).seed(seed);
        move || {
            let (_, gradient) = svi.gradient().unwrap();
            ["m", "s", "a", "t"].iter().map(|name| named(&gradient, name)[0]).collect()
        }
    });
}

//! Modes against closed forms.

use crate::check::close;
use ppl::prelude::*;

#[model]
fn line(x: &[f64], y: &[f64]) {
    let a = sample!("a", Normal::new(0.0, 2.0));
    let b = sample!("b", Normal::new(0.0, 2.0));
    plate!("i", y.len(), |i| observe!("y", Normal::new(a + b * x.at(i), 0.5), y.at(i)));
    deterministic!("at_ten", a + 10.0 * b);
}

#[test]
fn the_mode_of_a_regression_is_that_of_its_normal_equations() {
    let (x, y) = ([0.0, 1.0, 2.0, 4.0], [0.9, 2.1, 2.7, 5.2]);
    let mode = ppl::map(line(&x, &y)).run().unwrap();
    // (X'X / 0.25 + I / 4) [a, b] = X'y / 0.25.
    let sum = |f: &dyn Fn(usize) -> f64| (0..4).map(f).sum::<f64>() / 0.25;
    let (p, q, r) = (sum(&|_| 1.0) + 0.25, sum(&|i| x[i]), sum(&|i| x[i] * x[i]) + 0.25);
    let (u, v) = (sum(&|i| y[i]), sum(&|i| x[i] * y[i]));
    let determinant = p * r - q * q;
    let (a, b) = ((r * u - q * v) / determinant, (p * v - q * u) / determinant);
    assert!(mode.is_mode(), "{mode}");
    close(mode.value("a").unwrap()[[]], a, 1e-8);
    close(mode.value("b").unwrap()[[]], b, 1e-8);
    close(mode.value("at_ten").unwrap()[[]], a + 10.0 * b, 1e-8);
    let log_normal = |x: f64, mean: f64, deviation: f64| {
        -0.5 * ((x - mean) / deviation).powi(2) - deviation.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
    };
    let likelihood: f64 = (0..4).map(|i| log_normal(y[i], a + b * x[i], 0.5)).sum();
    close(mode.log_density(), likelihood + log_normal(a, 0.0, 2.0) + log_normal(b, 0.0, 2.0), 1e-10);
    // Quantities are no place to begin at.
    assert_eq!(mode.start().names().collect::<Vec<_>>(), ["a", "b"]);
    let again = ppl::map(line(&x, &y)).start(mode.start()).run().unwrap();
    close(again.log_density(), mode.log_density(), 1e-12);
}

#[model]
fn bounded() {
    sample!("rate", Gamma::new(30.0, 2.0));
    sample!("share", Beta::new(4.0, 2.0));
}

/// In unconstrained space the modes of gamma and beta densities are their means: t p(t) with t = e^u, p (1 - p) p(p) with p = logit^-1 u.
#[test]
fn modes_are_those_of_unconstrained_space() {
    let mode = ppl::map(bounded()).seed(2).run().unwrap();
    close(mode.value("rate").unwrap()[[]], 15.0, 1e-7);
    close(mode.value("share").unwrap()[[]], 2.0 / 3.0, 1e-7);
}

#[model]
fn centred() {
    let tau = sample!("tau", HalfNormal::new(1.0));
    sample!("theta", Normal::new(0.0, tau).expand(&[3]));
}

#[test]
fn a_mode_at_infinity_is_told_by_name() {
    let mode = ppl::map(centred()).run().unwrap();
    assert!(!mode.is_mode());
    assert!(mode.why().contains("`tau`") && mode.why().contains("there is no mode"), "{mode}");
    let error = ppl::laplace(centred()).run().unwrap_err().to_string();
    assert!(
        error.starts_with("there is no mode at which to approximate the posterior.")
            && error.contains("`tau`"),
        "{error}"
    );
}

//! The log-likelihood of each observation, and what leave-one-out makes of it.

use super::{close, normal};
use ndarray::array;
use ppl::prelude::*;
use ppl::{log_likelihoods, results::Draws};

const Y: [f64; 6] = [0.3, -1.2, 0.8, 2.9, 0.1, -0.4];

#[model]
fn location(y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    plate!("i", y.len(), |i| observe!("y", Normal::new(mu, 1.0), y.at(i)));
}

/// A normal guide, by how much its location and scale differ from those of the exact posterior.
#[guide(location)]
fn near(y: &[f64], shift: f64, factor: f64) {
    let precision = 0.25 + y.len() as f64;
    let (mean, sd) = (y.iter().sum::<f64>() / precision, precision.recip().sqrt());
    sample!("mu", Normal::new(mean + shift * sd, factor * sd));
}

/// The sum of the log-densities that each observation has in the posterior of the others.
fn exact() -> f64 {
    let left_out = |k: usize| {
        let precision = 0.25 + (Y.len() - 1) as f64;
        let mean = (Y.iter().sum::<f64>() - Y[k]) / precision;
        normal(Y[k], mean, (1.0 + precision.recip()).sqrt())
    };
    (0..Y.len()).map(left_out).sum()
}

#[test]
fn leaving_one_out_is_exact_for_any_guide_that_is_near() {
    let found = |shift: f64, factor: f64| {
        let mut svi =
            Svi::new(location(&Y), near(&Y, shift, factor), Elbo::default(), Adam::new(0.01)).seed(5);
        svi.posterior().log_likelihoods(40_000).unwrap().loo().unwrap()
    };
    for (shift, factor) in [(0.0, 1.0), (0.5, 1.3), (-0.3, 1.1)] {
        let loo = found(shift, factor);
        assert!((loo.elpd - exact()).abs() < 0.03, "{} and {}", loo.elpd, exact());
    }
    // Without the weights the second guide would be off by far more.
    let mut svi = Svi::new(location(&Y), near(&Y, 0.5, 1.3), Elbo::default(), Adam::new(0.01)).seed(5);
    let draws = svi.posterior().draws(40_000).unwrap();
    let unweighed = log_likelihoods(location(&Y), &draws).unwrap().loo().unwrap();
    assert!((unweighed.elpd - exact()).abs() > 0.15, "{} and {}", unweighed.elpd, exact());
}

#[test]
fn what_is_summed_out_is_summed_out_of_each_observation() {
    #[model]
    fn mixture(x: &[f64]) {
        let mu = plate!("component", 2, |_k| sample!("mu", Normal::new(0.0, 3.0)));
        let share = sample!("share", Beta::new(2.0, 2.0));
        plate!("row", x.len(), |i| {
            let z = sample!("z", Bernoulli::new(share), enumerate);
            observe!("x", Normal::new(mu.at(z), 0.7), x.at(i));
        });
        // It has an element alone, which knows no draw.
        observe!("alone", Normal::new(0.5, 2.0), 0.1);
        // And of this one every element is alike.
        plate!("same", 3, |_j| observe!("same", Poisson::new(2.0 * share), 1));
    }
    let mut draws = Draws::new();
    let (mu, share) = (array![[-1.0, 2.0], [0.3, 0.4], [1.5, -2.5]], array![0.2, 0.6, 0.9]);
    draws.insert("mu", mu.clone().into_dyn()).unwrap();
    draws.insert("share", share.clone().into_dyn()).unwrap();
    let found = log_likelihoods(mixture(&Y), &draws).unwrap();
    let x = found.values().get("x").unwrap();
    assert_eq!(x.shape(), [3, 6]);
    for s in 0..3 {
        for i in 0..6 {
            let p = share[s];
            let of = |k: usize| normal(Y[i], mu[[s, k]], 0.7).exp();
            close(x[[s, i]], ((1.0 - p) * of(0) + p * of(1)).ln(), 1e-12);
        }
        close(found.values().get("alone").unwrap()[[s]], normal(0.1, 0.5, 2.0), 1e-12);
        for j in 0..3 {
            let rate = 2.0 * share[s];
            close(found.values().get("same").unwrap()[[s, j]], rate.ln() - rate, 1e-12);
        }
    }
    let names = found.names();
    assert_eq!(names.len(), 6 + 1 + 3);
    assert!(names.iter().any(|name| name == "x[4]") && names.iter().any(|name| name == "alone"));
    assert_eq!(found.matrix().len(), 3 * 10);
}

#[test]
fn what_a_mask_leaves_out_is_no_observation() {
    #[model]
    fn seen(y: &[f64], there: &[bool]) {
        let mu = sample!("mu", Normal::new(0.0, 2.0));
        plate!("i", y.len(), |i| {
            observe!("y", Normal::new(mu, 1.0), y.at(i), mask(there.at(i)));
        });
    }
    let mut draws = Draws::new();
    draws.insert("mu", array![0.0, 1.0].into_dyn()).unwrap();
    let there = [true, false, true, true, false, true];
    let found = log_likelihoods(seen(&Y, &there), &draws).unwrap();
    assert_eq!(found.names(), ["y[0]", "y[2]", "y[3]", "y[5]"]);
    close(found.matrix()[1], normal(Y[2], 0.0, 1.0), 1e-12);
}

#[test]
fn draws_of_quantities_are_passed_over_and_wrong_names_are_not() {
    #[model]
    fn squared(y: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 2.0));
        deterministic!("square", mu * mu);
        plate!("i", y.len(), |i| observe!("y", Normal::new(mu, 1.0), y.at(i)));
    }
    let mut draws = Draws::new();
    draws.insert("mu", array![0.0, 1.0].into_dyn()).unwrap();
    draws.insert("square", array![0.0, 1.0].into_dyn()).unwrap();
    assert!(log_likelihoods(squared(&Y), &draws).is_ok());
    draws.insert("mo", array![0.0, 1.0].into_dyn()).unwrap();
    let error = log_likelihoods(squared(&Y), &draws).unwrap_err().to_string();
    assert!(error.contains("no latent site `mo`") && error.contains("`mu`"), "{error}");
}

#[test]
fn what_cannot_be_left_out_is_named() {
    #[model]
    fn nothing() {
        sample!("mu", Normal::new(0.0, 2.0));
    }
    let mut draws = Draws::new();
    draws.insert("mu", array![0.0, 1.0].into_dyn()).unwrap();
    let error = log_likelihoods(nothing(), &draws).unwrap_err().to_string();
    assert!(error.contains("observes nothing"), "{error}");
    #[model]
    fn between(y: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 2.0));
        plate!("i", y.len(), |i| observe!("y", Uniform::new(-4.0, mu * 0.0 + 4.0), y.at(i)));
    }
    // An observation that a draw makes impossible has no density to leave out.
    let error = log_likelihoods(between(&[0.0, 9.0]), &draws).and_then(|found| found.loo()).unwrap_err();
    assert!(error.to_string().contains("`y[1]`"), "{error}");
}

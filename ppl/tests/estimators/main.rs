//! The expectation of every gradient estimator is the gradient, which sums over all outcomes or closed forms give.

#[path = "../nested/mod.rs"]
mod nested;

#[path = "../unbiased/mod.rs"]
mod unbiased;

use ppl::Svi;
use ppl::prelude::*;
use unbiased::*;

/// Asserts that the gradient by these parameters, and the loss, have these expectations.
macro_rules! assert_gradient {
    ($svi:expr, $what:expr, $exact:expr, $($name:literal),+) => {{
        let mut svi = $svi;
        let draw = || {
            let (step, gradient) = svi.gradient().unwrap();
            let mut all = Vec::new();
            $(all.extend(gradient.get($name).unwrap().iter().copied());)+
            all.push(step.loss);
            all
        };
        Moments::sharp(&$exact, draw).assert_unbiased($what, &$exact);
    }};
}

fn sgd() -> Sgd {
    Sgd::new(1.0)
}

fn particles(n: usize) -> Elbo {
    Elbo::default().particles(n)
}

mod arrays;
mod categories;
mod chains;
mod contexts;
mod counts;
mod critical;
mod enumerated;
mod neighbours;
mod nested_plates;
mod numbers;
mod one_bernoulli;
mod outcomes;
mod predictions;
mod residuals;
mod rows;
mod scalar_objective;
mod units;
mod variances;

//! A factor of a normal density's logarithm is an observation of that distribution, wherever it stands.

use ndarray::Array2;
use ppl::prelude::*;
use ppl::support::UnitInterval;
use ppl::{Parameters, Step};

const X: [f64; 6] = [-1.0, 0.4, 2.5, -0.3, 1.9, 0.2];
const THERE: [bool; 6] = [true, false, true, true, false, true];

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-11 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// Returns the log-density of a normal distribution with a standard deviation of one, by the error.
fn log_normal(error: Real) -> Real {
    error * error * -0.5 - 0.5 * std::f64::consts::TAU.ln()
}

/// Asserts that two sessions take the same steps.
fn same(mut stated: impl FnMut() -> (Step, Parameters), mut observed: impl FnMut() -> (Step, Parameters)) {
    for _ in 0..10 {
        let ((found, values), (expected, exact)) = (stated(), observed());
        close(found.loss, expected.loss);
        close(found.log_likelihood, expected.log_likelihood);
        close(found.kl, expected.kl);
        for (name, exact) in exact.iter() {
            for (&found, &expected) in values.get(name).unwrap().iter().zip(exact) {
                close(found, expected);
            }
        }
    }
}

/// Asserts that a session whose model has a factor takes the steps of one whose model has an observation.
macro_rules! same_steps {
    ($program:ident($($data:expr),*), $guide:ident, $objective:expr) => {{
        let steps = |stated: bool| {
            let (model, guide) = ($program($($data,)* stated), $guide($($data,)* stated));
            let mut svi = Svi::new(model, guide, $objective, Adam::new(0.05)).seed(3);
            move || (svi.step().unwrap(), svi.parameters())
        };
        same(steps(true), steps(false));
    }};
}

#[model]
fn global(x: &[f64], stated: bool) {
    let mean = sample!("mean", Normal::new(param!("prior", 0.3), 2.0));
    plate!("data", x.len(), |i| {
        if stated {
            factor!("x", log_normal(x.at(i) - mean));
        } else {
            observe!("x", Normal::new(mean, 1.0), x.at(i));
        }
    });
}

#[guide(global)]
fn pathwise(_x: &[f64], _stated: bool) {
    sample!("mean", Normal::new(param!("loc", 0.1), param!("scale", 0.7, Positive)));
}

#[guide(global)]
fn scored(_x: &[f64], _stated: bool) {
    sample!("mean", Normal::new(param!("loc", 0.1), param!("scale", 0.7, Positive)), Score::new());
}

#[test]
fn of_a_global_site() {
    for elbo in [
        Elbo::default(),
        Elbo::default().particles(4),
        Elbo::default().closed_kl(false),
        Elbo::default().sticking_the_landing().particles(2),
    ] {
        same_steps!(global(&X), pathwise, elbo.clone());
        same_steps!(global(&X), scored, elbo.clone());
    }
    same_steps!(global(&X), pathwise, Iwae::new(5));
    same_steps!(global(&X), pathwise, Renyi::new(0.5, 3));
    same_steps!(global(&X), scored, Iwae::new(5));
    same_steps!(global(&X), scored, Vimco::new(4));
    same_steps!(global(&X), scored, WakeSleep::new(3));
}

#[model]
fn local(x: &[f64], there: &[bool], stated: bool) {
    let spread = param!("spread", 1.3, Positive);
    plate!("data", x.len(), subsample(3), |i| {
        let z = sample!("z", Normal::new(0.0, spread));
        if stated {
            factor!("x", log_normal(x.at(i) - z * 1.5), mask(there.at(i)));
        } else {
            observe!("x", Normal::new(z * 1.5, 1.0), x.at(i), mask(there.at(i)));
        }
    });
}

#[guide(local)]
fn local_pathwise(x: &[f64], _there: &[bool], _stated: bool) {
    plate!("data", x.len(), subsample(3), |_| {
        sample!("z", Normal::new(param!("loc", 0.2), param!("scale", 0.6, Positive)));
    });
}

#[guide(local)]
fn local_scored(x: &[f64], _there: &[bool], _stated: bool) {
    plate!("data", x.len(), subsample(3), |_| {
        let q = Normal::new(param!("loc", 0.2), param!("scale", 0.6, Positive));
        sample!("z", q, on(ppl::support::RealLine), Score::baseline(DecayingAverage::new(0.9)));
    });
}

#[test]
fn of_subsampled_local_sites_with_a_mask() {
    same_steps!(local(&X, &THERE), local_pathwise, Elbo::default().particles(2));
    same_steps!(local(&X, &THERE), local_scored, Elbo::default().particles(2));
    same_steps!(local(&X, &THERE), local_pathwise, Iwae::new(4));
    same_steps!(local(&X, &THERE), local_scored, Vimco::new(4));
}

#[model]
fn mixture(x: &[f64], there: &[bool], stated: bool) {
    let p = param!("p", 0.3, UnitInterval);
    let (low, high) = (param!("low", -1.0), param!("high", 2.0));
    let shift = sample!("shift", Bernoulli::new(0.4), enumerate);
    plate!("data", x.len(), mask(there), |i| {
        let z = sample!("z", Bernoulli::new(p), enumerate);
        let mean = low + (high - low) * z.to_real() + shift.to_real() * 0.5;
        if stated {
            factor!("x", log_normal(x.at(i) - mean));
        } else {
            observe!("x", Normal::new(mean, 1.0), x.at(i));
        }
    });
}

#[guide(mixture)]
fn nothing(_x: &[f64], _there: &[bool], _stated: bool) {}

#[test]
fn of_sites_that_are_summed_out() {
    same_steps!(mixture(&X, &THERE), nothing, Elbo::default());
    let marginals = |stated| {
        let (model, guide) = (mixture(&X, &THERE, stated), nothing(&X, &THERE, stated));
        let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.05));
        svi.posterior().marginals(1).unwrap()
    };
    let (stated, observed) = (marginals(true), marginals(false));
    for name in ["z", "shift"] {
        for (&found, &expected) in stated.get(name).unwrap().iter().zip(observed.get(name).unwrap()) {
            close(found, expected);
        }
    }
}

#[model]
fn drawn_mixture(x: &[f64], stated: bool) {
    plate!("data", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(param!("p", 0.3, UnitInterval)));
        let mean = z.to_real() * 2.0;
        if stated {
            factor!("x", log_normal(x.at(i) - mean));
        } else {
            observe!("x", Normal::new(mean, 1.0), x.at(i));
        }
    });
}

#[guide(drawn_mixture)]
fn tried(x: &[f64], _stated: bool) {
    plate!("data", x.len(), |_| {
        sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate);
    });
}

#[guide(drawn_mixture)]
fn paired(x: &[f64], _stated: bool) {
    plate!("data", x.len(), |_| {
        sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), DisArm);
    });
}

#[guide(drawn_mixture)]
fn listed(x: &[f64], _stated: bool) {
    plate!("data", x.len(), |_| {
        sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), SumAndSample::new(1));
    });
}

#[test]
fn of_sites_that_the_guide_tries_at_several_values() {
    same_steps!(drawn_mixture(&X), tried, Elbo::default());
    same_steps!(drawn_mixture(&X), paired, Elbo::default());
    same_steps!(drawn_mixture(&X), listed, Elbo::default());
}

#[model]
fn chain(x: &[f64], rows: &Array2<f64>, stated: bool) {
    let gap = param!("gap", 1.5);
    markov!("time", x.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(rows.at(prev)), enumerate);
        // Both the state and the one before it, so that the factor is of a pair.
        let mean = gap * z.to_real() + prev.to_real() * 0.3;
        if stated {
            factor!("x", log_normal(x.at(t) - mean));
        } else {
            observe!("x", Normal::new(mean, 1.0), x.at(t));
        }
        z
    });
}

#[guide(chain)]
fn no_chain(_x: &[f64], _rows: &Array2<f64>, _stated: bool) {}

#[test]
fn in_a_chain_that_is_summed_out() {
    let rows = ndarray::arr2(&[[0.75, 0.25], [0.25, 0.75]]);
    same_steps!(chain(&X, &rows), no_chain, Elbo::default());
}

#[model]
fn walk(x: &[f64], stated: bool) {
    markov!("time", x.len(), 0.0, |prev, t| {
        let z = sample!("z", Normal::new(prev, 0.8));
        if stated {
            factor!("x", log_normal(x.at(t) - z));
        } else {
            observe!("x", Normal::new(z, 1.0), x.at(t));
        }
        z
    });
}

#[guide(walk)]
fn steps(x: &[f64], _stated: bool) {
    markov!("time", x.len(), 0.0, |prev, t| {
        sample!("z", Normal::new(prev * 0.5 + param!("loc", 0.1) * x.at(t), param!("scale", 0.6, Positive)))
    });
}

#[test]
fn in_a_chain_step_by_step() {
    same_steps!(walk(&X), steps, Elbo::default());
    same_steps!(walk(&X), steps, Iwae::new(3));
}

#[model]
fn branches(x: &[f64], stated: bool) {
    for i in 0..3 {
        let far = sample!("far"[i], Bernoulli::new(0.3), concrete);
        let mean = if far { param!("mean", 1.5) } else { Real::from(0.0) };
        if stated {
            factor!("x"[i], log_normal(x.at(i) - mean));
        } else {
            observe!("x"[i], Normal::new(mean, 1.0), x.at(i));
        }
    }
}

#[guide(branches)]
fn drawn_branches(_x: &[f64], _stated: bool) {
    for i in 0..3 {
        sample!("far"[i], Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
    }
}

#[guide(branches)]
fn every_branch(_x: &[f64], _stated: bool) {
    for i in 0..3 {
        sample!("far"[i], Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate, concrete);
    }
}

#[test]
fn in_branches() {
    same_steps!(branches(&X[..]), drawn_branches, Elbo::default());
    same_steps!(branches(&X[..]), every_branch, Elbo::default());
    same_steps!(branches(&X[..]), drawn_branches, Elbo::default().particles(3));
}

#[test]
fn under_a_handler_that_scales() {
    let steps = |stated| {
        let (model, guide) = (global(&X, stated).scale(0.3), pathwise(&X, stated));
        let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.05)).seed(3);
        move || (svi.step().unwrap(), svi.parameters())
    };
    same(steps(true), steps(false));
}

#[model(f32)]
fn single(x: &[f32], stated: bool) {
    let mean = sample!("mean", Normal::new(0.0, 2.0));
    plate!("data", x.len(), |i| {
        let error = x.at(i) - mean;
        if stated {
            factor!("x", error * error * -0.5);
        } else {
            observe!("x", Normal::new(mean, 1.0), x.at(i));
        }
    });
}

#[guide(single, f32)]
fn single_guide(_x: &[f32], _stated: bool) {
    sample!("mean", Normal::new(param!("loc", 0.1), param!("scale", 0.7, Positive)));
}

#[test]
fn in_single_precision() {
    let x = X.map(|x| x as f32);
    let loss = |stated| {
        let (model, guide) = (single(&x, stated), single_guide(&x, stated));
        Svi::new(model, guide, Elbo::default(), Adam::new(0.05)).seed(3).step().unwrap().loss
    };
    let constant = 6.0 * 0.5 * std::f64::consts::TAU.ln();
    assert!((loss(true) + constant - loss(false)).abs() < 1e-5);
}

#[model]
fn constants(table: &[f64]) {
    // A constant, one that depends on nothing, and one that rules an outcome out.
    factor!("constant", -0.5);
    let z = sample!("z", Categorical::new([0.2, 0.3, 0.5]), enumerate);
    factor!("z_is", table.at(z));
    plate!("twice", 2, |_| factor!("each", 0.25));
}

#[guide(constants)]
fn no_sites(_table: &[f64]) {}

#[test]
fn constants_count_for_each_element_and_a_weight_of_zero_rules_an_outcome_out() {
    let table = [1.0, f64::NEG_INFINITY, -1.0];
    let mut svi = Svi::new(constants(&table), no_sites(&table), Elbo::default(), Adam::new(0.1));
    let (one, two) = (0.2 * 1f64.exp(), 0.5 * (-1f64).exp());
    close(svi.step().unwrap().loss, -((one + two).ln() - 0.5 + 2.0 * 0.25));
    let marginals = svi.posterior().marginals(1).unwrap();
    let z = marginals.get("z").unwrap();
    close(z[[0]], one / (one + two));
    close(z[[1]], 0.0);
    let found = ppl::log_density(constants(&table), &Values::new().with("z", 2.0)).unwrap();
    close(found, 0.5f64.ln() - 1.0 - 0.5 + 0.5);
}

#[model]
fn shared() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    let w = z * param!("slope", 0.7);
    factor!("once", w);
    factor!("again", w);
    factor!("squared", w * w * -0.5);
}

#[guide(shared)]
fn shared_guide() {
    sample!("z", Normal::new(param!("loc", 0.1), param!("scale", 0.7, Positive)));
}

#[test]
fn a_value_may_be_a_log_weight_twice() {
    let n = 200_000;
    let mut svi = Svi::new(shared(), shared_guide(), Elbo::default().particles(n), Adam::new(0.1)).seed(1);
    let step = svi.step().unwrap();
    // E[2 s z - s^2 z^2 / 2] of z ~ Normal(.1, .7).
    let (s, m, v) = (0.7, 0.1, 0.49);
    let expected = 2.0 * s * m - 0.5 * s * s * (m * m + v);
    assert!((step.log_likelihood - expected).abs() < 5.0 * 2.0 / (n as f64).sqrt(), "{step:?}");
}

mod refusals {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_model_with_a_factor_is_not_drawn_from() {
        let error = ppl::prior_predictive(global(&X, true), 3, 0).unwrap_err().to_string();
        assert!(error.contains("`x`") && error.contains("is a factor"), "{error}");
        assert!(ppl::prior_predictive(global(&X, false), 3, 0).is_ok());
        let mut svi = Svi::new(global(&X, true), pathwise(&X, true), Elbo::default(), Adam::new(0.05));
        let error = svi.dream().unwrap_err().to_string();
        assert!(error.contains("`x`") && error.contains("is a factor"), "{error}");
        // Given the guide's values, there is nothing to draw.
        assert!(svi.posterior().predictive(3).unwrap().names().next().is_none());
        assert!(svi.step().is_ok());
    }

    #[model]
    fn logarithm(x: &[f64]) {
        let z = sample!("z", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| factor!("odd", x.at(i).ln() + z));
    }

    #[guide(logarithm)]
    fn of_logarithm(_x: &[f64]) {
        sample!("z", Normal::new(param!("loc", 0.1), 1.0));
    }

    #[test]
    fn a_log_weight_that_is_no_number_is_named() {
        for (bad, said) in [(-1.0, "NaN"), (0.0, "-inf"), (f64::INFINITY, "inf")] {
            let x = [1.0, bad];
            let mut svi = Svi::new(logarithm(&x), of_logarithm(&x), Elbo::default(), Adam::new(0.1));
            let error = svi.step().unwrap_err().to_string();
            let names = ["`odd`", "data = 1", said, "factor"].iter().all(|word| error.contains(word));
            assert!(names, "{error}");
        }
    }

    #[model]
    fn escaped(x: &[f64]) {
        let kept = Cell::new(None);
        plate!("first", x.len(), |i| kept.set(Some(x.at(i))));
        if let Some(kept) = kept.get() {
            factor!("late", kept);
        }
    }

    #[guide(escaped)]
    fn of_escaped(_x: &[f64]) {}

    #[test]
    fn a_log_weight_does_not_leave_its_plate() {
        let mut svi = Svi::new(escaped(&X), of_escaped(&X), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(
            error.contains("`late`") && error.contains("the log-weight belongs to the plates [first]"),
            "{error}"
        );
    }
}

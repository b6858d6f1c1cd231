//! Noise: drawn anew in each step, without a term; its value where nothing is learnt.

use ppl::prelude::*;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-10 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

fn log_normal(error: f64) -> f64 {
    -0.5 * error * error - 0.5 * std::f64::consts::TAU.ln()
}

/// Noise of a learnt scale, in a plate, and none of the latent site.
#[model]
fn smooth(x: &[f64]) {
    let mean = sample!("mean", Normal::new(0.0, 1.0));
    let spread = param!("spread", 0.5, Positive);
    plate!("data", x.len(), |i| {
        let jitter = noise!("jitter", Normal::new(0.0, spread), evaluation(0.0));
        observe!("x", Normal::new(mean + jitter, 1.0), x.at(i));
    });
}

#[guide(smooth)]
fn of_smooth(_x: &[f64]) {
    sample!("mean", Normal::new(param!("loc", 0.2), param!("scale", 0.6, Positive)));
}

const X: [f64; 3] = [0.5, -0.3, 1.1];

#[test]
fn losses_and_gradients_are_those_of_the_expectation() {
    let n = 400_000;
    let mut svi = Svi::new(smooth(&X), of_smooth(&X), Elbo::default().particles(n), Adam::new(0.1)).seed(4);
    let (step, gradient) = svi.gradient().unwrap();
    // E[(x - mean - jitter)^2] = (x - loc)^2 + scale^2 + spread^2.
    let squares: f64 = X.iter().map(|x| (x - 0.2f64).powi(2) + 0.36 + 0.25).sum();
    let likelihood = -0.5 * squares - 1.5 * std::f64::consts::TAU.ln();
    assert!((step.log_likelihood - likelihood).abs() < 0.02, "{}, {likelihood}", step.log_likelihood);
    // By the unconstrained coordinate, the logarithm: spread^2 for each row.
    let by_spread = gradient.get("spread").unwrap()[[]];
    assert!((by_spread - 3.0 * 0.25).abs() < 0.02, "{by_spread}");
}

#[test]
fn each_step_and_element_and_particle_has_its_own() {
    let mut svi = Svi::new(smooth(&X), of_smooth(&X), Elbo::default(), Adam::new(1e-12)).seed(4);
    let (first, second) = (svi.step().unwrap(), svi.step().unwrap());
    assert_ne!(first.log_likelihood, second.log_likelihood);
    // The same seed gives the same noise.
    let mut again = Svi::new(smooth(&X), of_smooth(&X), Elbo::default(), Adam::new(1e-12)).seed(4);
    close(again.step().unwrap().loss, first.loss);
}

#[test]
fn evaluation_and_densities_have_its_value() {
    let found = ppl::log_density(smooth(&X), &Values::new().with("mean", 0.1)).unwrap();
    let expected = log_normal(0.1) + X.iter().map(|x| log_normal(x - 0.1)).sum::<f64>();
    close(found, expected);
    let n = 20_000;
    let mut svi = Svi::new(smooth(&X), of_smooth(&X), Elbo::default().particles(n), Adam::new(0.1)).seed(4);
    let evaluation = svi.evaluate(1).unwrap();
    let squares: f64 = X.iter().map(|x| (x - 0.2f64).powi(2) + 0.36).sum();
    let kl = 0.5 * (0.36 + 0.04 - 1.0) - 0.6f64.ln();
    let expected = kl + 0.5 * squares + 1.5 * std::f64::consts::TAU.ln();
    assert!((evaluation.loss - expected).abs() < 0.05, "{evaluation:?}, {expected}");
    // Noise is no site of draws and predictions.
    let joint = svi.posterior().joint(5).unwrap();
    assert_eq!(joint.names().collect::<Vec<_>>(), ["mean", "x"]);
}

/// Dropout of a guide's network, and of the model's, without a value for evaluation.
#[model]
fn dropout(x: &[f64]) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let keep = noise!("keep", Bernoulli::new(0.75));
        observe!("x", Normal::new(z * keep.to_real(), 1.0), x.at(i));
    });
}

#[guide(dropout)]
fn of_dropout(_x: &[f64]) {
    let keep = noise!("keep_of_guide", Bernoulli::new(0.5));
    let loc = param!("loc", 0.4) * keep.to_real();
    sample!("z", Normal::new(loc, 0.6));
}

#[test]
fn noise_of_integers_has_the_expectation_of_a_sum_over_its_values() {
    let n = 200_000;
    let mut svi = Svi::new(dropout(&X), of_dropout(&X), Elbo::default().particles(n), Adam::new(0.1)).seed(6);
    let (step, gradient) = svi.gradient().unwrap();
    // Over keep_of_guide, keep and z: E[(x - z keep)^2].
    let mean = |of: &dyn Fn(f64) -> f64| 0.5 * of(0.4) + 0.5 * of(0.0);
    let square = |x: f64, loc: f64| 0.75 * ((x - loc).powi(2) + 0.36) + 0.25 * x * x;
    let likelihood =
        mean(&|loc| -0.5 * X.iter().map(|&x| square(x, loc)).sum::<f64>()) - 1.5 * std::f64::consts::TAU.ln();
    let kl = mean(&|loc| 0.5 * (0.36 + loc * loc - 1.0) - 0.6f64.ln());
    assert!((step.log_likelihood - likelihood).abs() < 0.02, "{step:?}, {likelihood}");
    assert!((step.kl - kl).abs() < 0.01, "{step:?}, {kl}");
    let by_loc = 0.5 * (0.4 - 0.75 * X.iter().map(|x| x - 0.4).sum::<f64>());
    let found = gradient.get("loc").unwrap()[[]];
    assert!((found - by_loc).abs() < 0.02, "{found}, {by_loc}");
}

#[test]
fn importance_weights_count_it_as_drawn() {
    let mut svi = Svi::new(smooth(&X), of_smooth(&X), Iwae::new(4), Adam::new(0.1)).seed(4);
    let step = svi.step().unwrap();
    close(step.loss, -step.elbo);
    let mut svi = Svi::new(smooth(&X), of_smooth(&X), WakeSleep::new(4), Adam::new(0.1)).seed(4);
    assert!(svi.step().unwrap().loss.is_finite());
}

/// Noise outside of a plate joins its rows: they have one weight together.
#[model]
fn shared(x: &[f64], rows: usize, with_noise: bool) {
    let shift = if with_noise { noise!("shift", Normal::new(0.0, 1.0)) } else { Real::from(0.5) };
    plate!("row", x.len(), subsample(rows), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z + shift, 1.0), x.at(i));
    });
}

#[guide(shared)]
fn of_shared(x: &[f64], rows: usize, _with_noise: bool) {
    plate!("row", x.len(), subsample(rows), |_| {
        sample!("z", Normal::new(param!("loc", 0.1), 0.8));
    });
}

#[test]
fn noise_outside_of_a_plate_joins_the_weights_of_its_rows() {
    let step = |rows, with_noise| {
        let (model, guide) = (shared(&X, rows, with_noise), of_shared(&X, rows, with_noise));
        Svi::new(model, guide, Iwae::new(3), Adam::new(0.1)).seed(4).step()
    };
    assert!(step(3, true).is_ok() && step(2, false).is_ok());
    let error = step(2, true).unwrap_err().to_string();
    assert!(error.contains("`row` is subsampled") && error.contains("`shift` is outside"), "{error}");
}

/// In a chain that runs step by step, one for each step.
#[model]
fn walk(steps: usize) {
    markov!("time", steps, 0.0, |prev, _t| {
        let shock = noise!("shock", Normal::new(0.0, 1.0));
        deterministic!("at", prev * 0.5 + shock)
    });
}

#[guide(walk)]
fn of_walk(_steps: usize) {}

#[test]
fn a_chain_has_one_for_each_step() {
    let n = 20_000;
    let draws = ppl::prior_predictive(walk(3), n, 1).unwrap();
    let at = draws.get("at").unwrap();
    assert_eq!(at.shape(), [n, 3]);
    for (t, variance) in [1.0, 1.25, 1.3125].into_iter().enumerate() {
        let found = at.column_of(t).iter().map(|x| x * x).sum::<f64>() / n as f64;
        assert!((found - variance).abs() < 6.0 * variance * (2.0 / n as f64).sqrt(), "{t}: {found}");
    }
}

trait Column {
    fn column_of(&self, t: usize) -> Vec<f64>;
}

impl Column for ndarray::ArrayD<f64> {
    fn column_of(&self, t: usize) -> Vec<f64> {
        self.index_axis(ndarray::Axis(1), t).iter().copied().collect()
    }
}

mod refusals {
    use super::*;

    #[test]
    fn a_density_needs_its_value() {
        let error = ppl::log_density(dropout(&X), &Values::new().with("z", 0.1)).unwrap_err().to_string();
        assert!(error.contains("`keep`") && error.contains("evaluation(0.0)"), "{error}");
    }

    #[model]
    fn learnt() {
        let p = param!("p", 0.4, ppl::support::UnitInterval);
        let keep = noise!("keep", Bernoulli::new(p));
        observe!("x", Normal::new(keep.to_real(), 1.0), 0.5);
    }

    #[guide(learnt)]
    fn of_learnt() {}

    #[test]
    fn learnt_noise_is_pathwise() {
        let mut svi = Svi::new(learnt(), of_learnt(), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("`keep`") && error.contains("whose parameters are learnt"), "{error}");
        // Nothing is learnt in an evaluation of it.
        let mut svi = Svi::new(learnt(), of_learnt(), Evidence::new(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("`keep`") && error.contains("evaluation(0.0)"), "{error}");
    }

    #[model]
    fn twice() {
        for _ in 0..2 {
            noise!("u"[0], Normal::new(0.0, 1.0));
        }
    }

    #[test]
    fn one_name_is_one_number() {
        let error = ppl::prior_predictive(twice(), 2, 0).unwrap_err().to_string();
        assert!(error.contains("`u[0]`") && error.contains("twice"), "{error}");
    }
}

//! Weights of terms and of the whole divergence, against sums over every outcome.

use ndarray::Array2;
use ppl::optim::Schedule;
use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-10 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

fn log_normal(error: f64) -> f64 {
    -0.5 * error * error - 0.5 * std::f64::consts::TAU.ln()
}

/// Two dependent coins and an observation of each: everything about it is a sum over four outcomes.
#[model]
fn coins(x: &[f64; 2], weights: &[f64; 3]) {
    let a = sample!("a", Bernoulli::new(param!("p", 0.3, UnitInterval)), weight(weights[0]));
    let b = sample!("b", Bernoulli::logits(a.to_real() * 2.0 - 0.5), weight(weights[1]));
    observe!("x", Normal::new(a.to_real(), 1.0), x[0], weight(weights[2]));
    observe!("y", Normal::new(a.to_real() * 1.5 - b.to_real(), 1.0), x[1]);
}

macro_rules! guide_of_coins {
    ($name:ident $(, $option:expr)*) => {
        #[guide(coins)]
        fn $name(_x: &[f64; 2], _weights: &[f64; 3]) {
            let a = sample!("a", Bernoulli::new(param!("q", 0.4, UnitInterval)) $(, $option)*);
            sample!("b", Bernoulli::logits(a.to_real() * param!("r", 0.7) + 0.2) $(, $option)*);
        }
    };
}
guide_of_coins!(tried, enumerate);
guide_of_coins!(scored, Score::new());

/// The bound's terms, weighed: the loss, its log-likelihood and its divergence, by the logits of p and q and by r.
fn exact(x: &[f64; 2], weights: [f64; 3], kl: f64, [p, q, r]: [f64; 3]) -> [f64; 3] {
    let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
    let bernoulli = |on: bool, p: f64| if on { p } else { 1.0 - p };
    let mut sums = [0.0; 3];
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let number = |on: bool| f64::from(u8::from(on));
        let q_a = bernoulli(a, sigmoid(q));
        let q_b = bernoulli(b, sigmoid(number(a) * r + 0.2));
        let terms_a = (bernoulli(a, sigmoid(p)) / q_a).ln();
        let terms_b = (bernoulli(b, sigmoid(number(a) * 2.0 - 0.5)) / q_b).ln();
        let of_x = log_normal(x[0] - number(a));
        let of_y = log_normal(x[1] - number(a) * 1.5 + number(b));
        let weighed = kl * (weights[0] * terms_a + weights[1] * terms_b) + weights[2] * of_x + of_y;
        sums[0] -= q_a * q_b * weighed;
        sums[1] += q_a * q_b * (of_x + of_y);
        sums[2] -= q_a * q_b * (terms_a + terms_b);
    }
    sums
}

const X: [f64; 2] = [0.8, -0.4];
const AT: [f64; 3] = [-0.8472978603872037, -0.4054651081081645, 0.7];

/// The gradient of the exact loss, by differences of six points.
fn exact_gradient(weights: [f64; 3], kl: f64) -> [f64; 3] {
    std::array::from_fn(|k| {
        let h = 1e-3;
        let at = |n: f64| {
            let mut at = AT;
            at[k] += n * h;
            exact(&X, weights, kl, at)[0]
        };
        (45.0 * (at(1.0) - at(-1.0)) - 9.0 * (at(2.0) - at(-2.0)) + at(3.0) - at(-3.0)) / (60.0 * h)
    })
}

const WEIGHTS: [f64; 3] = [0.3, 1.7, 0.45];

#[test]
fn enumerated_losses_and_gradients_are_exact() {
    for (weights, kl) in [([1.0; 3], 0.25), (WEIGHTS, 1.0), (WEIGHTS, 0.25), ([0.0, 1.0, 0.0], 2.0)] {
        for closed in [true, false] {
            let elbo = Elbo::default().closed_kl(closed).kl_weight(kl);
            let mut svi = Svi::new(coins(&X, &weights), tried(&X, &weights), elbo, Adam::new(0.1));
            for _ in 0..2 {
                let (step, gradient) = svi.gradient().unwrap();
                let [loss, log_likelihood, divergence] = exact(&X, weights, kl, AT);
                close(step.loss, loss);
                close(step.log_likelihood, log_likelihood);
                close(step.kl, divergence);
                close(step.elbo, log_likelihood - divergence);
                close(svi.parts().iter().map(|part| part.loss).sum(), loss);
                for (name, exact) in ["p", "q", "r"].iter().zip(exact_gradient(weights, kl)) {
                    let found = gradient.get(name).unwrap()[[]];
                    assert!((found - exact).abs() < 1e-9, "{name}: {found}, expected {exact}");
                }
            }
            // Evaluation is of the bound.
            close(svi.evaluate(1).unwrap().loss, -svi.gradient().unwrap().0.elbo);
        }
    }
}

#[test]
fn scored_gradients_have_the_exact_expectation() {
    let n = 800_000;
    let elbo = Elbo::default().particles(1_000).kl_weight(0.25);
    let mut svi = Svi::new(coins(&X, &WEIGHTS), scored(&X, &WEIGHTS), elbo, Adam::new(0.1)).seed(5);
    let names = ["p", "q", "r"];
    let mut draws: Vec<[f64; 3]> = Vec::new();
    for _ in 0..n / 1_000 {
        let (_, gradient) = svi.gradient().unwrap();
        draws.push(names.map(|name| gradient.get(name).unwrap()[[]]));
    }
    let exact = exact_gradient(WEIGHTS, 0.25);
    let count = draws.len() as f64;
    for k in 0..3 {
        let mean = draws.iter().map(|d| d[k]).sum::<f64>() / count;
        let variance = draws.iter().map(|d| (d[k] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = (variance / count).sqrt();
        // The slope by p has a closed form, and no noise.
        assert!(
            (mean - exact[k]).abs() < 5.0 * error + 1e-12,
            "{}: {mean} +- {error}, {}",
            names[k],
            exact[k]
        );
        // The draws see a bias of a twentieth.
        assert!(5.0 * error < 0.05 * exact[k].abs(), "{}: {error}, {}", names[k], exact[k]);
    }
}

#[test]
fn a_schedule_goes_by_steps_and_on_after_saving() {
    let weights = [1.0; 3];
    let session = || {
        let elbo = Elbo::default().kl_weight(Schedule::constant(1.0).after_warmup(4));
        Svi::new(coins(&X, &weights), tried(&X, &weights), elbo, Sgd::new(1e-200))
    };
    let mut svi = session();
    let path = std::env::temp_dir().join(format!("ppl-kl-weight-{}.safetensors", std::process::id()));
    for (k, kl) in [0.25, 0.5, 0.75, 1.0, 1.0].into_iter().enumerate() {
        close(svi.step().unwrap().loss, exact(&X, weights, kl, AT)[0]);
        if k == 1 {
            svi.save(&path).unwrap();
        }
    }
    let mut resumed = session();
    resumed.load(&path).unwrap();
    close(resumed.step().unwrap().loss, exact(&X, weights, 0.75, AT)[0]);
    std::fs::remove_file(path).unwrap();
}

#[model]
fn scheduled(x: f64, warm: &Schedule) {
    let z = sample!("z", Normal::new(0.0, 1.0), weight(warm));
    observe!("x", Normal::new(z, 1.0), x);
}

#[guide(scheduled)]
fn of_scheduled(_x: f64, _warm: &Schedule) {
    sample!("z", Normal::new(param!("loc", 0.4), param!("scale", 0.6, Positive)));
}

#[test]
fn a_weight_may_be_a_schedule() {
    let warm = Schedule::constant(1.0).after_warmup(4);
    let mut svi =
        Svi::new(scheduled(0.3, &warm), of_scheduled(0.3, &warm), Elbo::default(), Sgd::new(1e-200)).seed(1);
    let kl = 0.5 * (0.36 + 0.16 - 1.0) - 0.6f64.ln();
    for weight in [0.25, 0.5, 0.75, 1.0, 1.0] {
        let step = svi.step().unwrap();
        close(step.kl, kl);
        close(step.loss, weight * kl - step.log_likelihood);
    }
}

/// A site that is summed out, with its factors alike and not.
#[model]
fn summed(x: &[f64], weights: &[f64; 2]) {
    plate!("data", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(param!("p", 0.3, UnitInterval)), enumerate, weight(weights[0]));
        observe!("x", Normal::new(z.to_real() * 2.0, 1.0), x.at(i), weight(weights[1]));
    });
}

#[guide(summed)]
fn nothing(_x: &[f64], _weights: &[f64; 2]) {}

#[test]
fn a_group_that_is_summed_out_has_one_weight() {
    let x = [0.3, 1.4, -0.2];
    let evidence: f64 =
        x.iter().map(|x| (0.3 * log_normal(x - 2.0).exp() + 0.7 * log_normal(*x).exp()).ln()).sum();
    let loss = |weights: &[f64; 2], elbo: Elbo| {
        Svi::new(summed(&x, weights), nothing(&x, weights), elbo, Adam::new(0.1)).step()
    };
    let step = loss(&[0.4, 0.4], Elbo::default()).unwrap();
    close(step.loss, -0.4 * evidence);
    close(step.elbo, evidence);
    // Data are in it, so that it is no part of the divergence.
    close(loss(&[1.0, 1.0], Elbo::default().kl_weight(0.1)).unwrap().loss, -evidence);
    let error = loss(&[0.4, 1.0], Elbo::default()).unwrap_err().to_string();
    assert!(error.contains("`z`") && error.contains("weighed by different factors"), "{error}");
}

/// One site joined to two: its prior alone, and with data.
#[model]
fn joined(x: f64, observed: bool) {
    let theta = sample!("theta", Normal::new(0.0, 1.0));
    let k = sample!("k", Bernoulli::new(0.3), enumerate);
    let z = sample!("z", Normal::new(k.to_real() * 2.0 + theta, 1.0));
    observe!("x", Normal::new(if observed { z + k.to_real() } else { z }, 1.0), x);
}

#[guide(joined)]
fn of_joined(_x: f64, _observed: bool) {
    sample!("theta", Normal::new(param!("t", 0.1), 1.0));
    sample!("z", Normal::new(param!("loc", 0.4), param!("scale", 0.6, Positive)));
}

#[test]
fn what_is_left_of_priors_alone_is_of_the_divergence_and_a_mixed_group_is_refused() {
    let step = |observed: bool, kl: f64| {
        let elbo = Elbo::default().kl_weight(kl);
        Svi::new(joined(0.7, observed), of_joined(0.7, observed), elbo, Adam::new(0.1)).seed(2).step()
    };
    let (whole, half) = (step(false, 1.0).unwrap(), step(false, 0.5).unwrap());
    close(half.elbo, whole.elbo);
    close(half.loss, 0.5 * whole.kl - whole.log_likelihood);
    // The likelihood is that of one observation of a normal.
    assert!(whole.log_likelihood <= log_normal(0.0));
    assert!(step(true, 1.0).is_ok());
    let error = step(true, 0.5).unwrap_err().to_string();
    assert!(error.contains("`kl_weight`") && error.contains("`k`"), "{error}");
}

#[model]
fn chain(x: &[f64], rows: &Array2<f64>, weights: &[f64; 2]) {
    markov!("time", x.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(rows.at(prev)), enumerate, weight(weights[0]));
        observe!("x", Normal::new(z.to_real(), 1.0), x.at(t), weight(weights[1]));
        z
    });
}

#[guide(chain)]
fn of_chain(_x: &[f64], _rows: &Array2<f64>, _weights: &[f64; 2]) {}

#[test]
fn a_chain_has_one_weight() {
    let (rows, x) = (ndarray::arr2(&[[0.75, 0.25], [0.25, 0.75]]), [0.1, 1.2, 0.4]);
    let step = |weights: &[f64; 2]| {
        let (model, guide) = (chain(&x, &rows, weights), of_chain(&x, &rows, weights));
        Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).step()
    };
    close(step(&[0.4; 2]).unwrap().loss, 0.4 * step(&[1.0; 2]).unwrap().loss);
    let error = step(&[0.4, 1.0]).unwrap_err().to_string();
    assert!(error.contains("weighed by different factors"), "{error}");
}

/// Within a subsampled plate, with a mask.
#[model]
fn local(x: &[f64], there: &[bool], by: f64) {
    plate!("data", x.len(), subsample(2), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0), mask(there.at(i)), weight(by));
        observe!("x", Normal::new(z, 1.0), x.at(i), weight(by), mask(there.at(i)));
    });
}

#[guide(local)]
fn of_local(x: &[f64], there: &[bool], _by: f64) {
    plate!("data", x.len(), subsample(2), |i| {
        sample!("z", Normal::new(param!("loc", 0.2), 0.6), mask(there.at(i)));
    });
}

#[test]
fn weights_multiply_those_of_rows_and_leave_masks_alone() {
    let (x, there) = ([0.1, 0.5, -0.3, 2.0], [true, false, true, true]);
    let gradient = |by: f64| {
        let (model, guide) = (local(&x, &there, by), of_local(&x, &there, by));
        let mut svi = Svi::new(model, guide, Elbo::default().particles(2), Adam::new(0.1)).seed(4);
        svi.gradient().unwrap()
    };
    let ((whole, slope), (third, found)) = (gradient(1.0), gradient(0.3));
    close(third.loss, 0.3 * whole.loss);
    close(third.elbo, whole.elbo);
    for (found, whole) in found.get("loc").unwrap().iter().zip(slope.get("loc").unwrap()) {
        close(*found, 0.3 * whole);
    }
}

mod concrete {
    use super::*;

    #[model]
    fn branch(x: f64) {
        let far = sample!("far", Bernoulli::new(0.3), concrete, weight(0.5));
        observe!("x", Normal::new(if far { 2.0 } else { 0.0 }, 1.0), x);
    }

    #[guide(branch)]
    fn every(_x: f64) {
        sample!("far", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate, concrete);
    }

    #[test]
    fn paths_of_the_guide_are_weighed() {
        let elbo = Elbo::default().kl_weight(0.5);
        let mut svi = Svi::new(branch(1.5), every(1.5), elbo, Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        let path = |q: f64, far: bool| {
            let (p, q, mean) = if far { (0.3, q, 2.0) } else { (0.7, 1.0 - q, 0.0) };
            q * (0.25 * f64::ln(p / q) + log_normal(1.5 - mean))
        };
        let loss = |q: f64| -path(q, true) - path(q, false);
        close(step.loss, loss(0.4));
        let slope = (loss(0.4 + 1e-5) - loss(0.4 - 1e-5)) / 2e-5 * 0.4 * 0.6;
        assert!((gradient.get("q").unwrap()[[]] - slope).abs() < 1e-8);
        close(step.elbo, step.log_likelihood - step.kl);
    }

    #[model]
    fn paths(x: f64) {
        let far = sample!("far", Bernoulli::new(0.3), enumerate, concrete);
        observe!("x", Normal::new(if far { 2.0 } else { 0.0 }, 1.0), x, weight(0.5));
    }

    #[guide(paths)]
    fn of_paths(_x: f64) {}

    #[test]
    fn paths_of_the_model_are_not() {
        let mut svi = Svi::new(paths(1.5), of_paths(1.5), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("terms are weighed") && error.contains("`concrete`"), "{error}");
    }
}

mod refusals {
    use super::*;

    #[test]
    fn bounds_by_weights_of_particles_have_no_weighed_terms() {
        let mut svi = Svi::new(coins(&X, &WEIGHTS), scored(&X, &WEIGHTS), Iwae::new(3), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("the model weighs the term of `"), "{error}");
        assert!(error.contains("use `Elbo`"), "{error}");
    }

    #[test]
    fn a_weight_is_finite_and_not_negative() {
        for bad in [-0.5, f64::NAN, f64::INFINITY] {
            let weights = [1.0, 1.0, bad];
            let mut svi = Svi::new(coins(&X, &weights), tried(&X, &weights), Elbo::default(), Adam::new(0.1));
            let error = svi.step().unwrap_err().to_string();
            assert!(error.contains("a `weight` must be finite and not negative"), "{error}");
            let elbo = Elbo::default().kl_weight(bad);
            let mut svi = Svi::new(coins(&X, &[1.0; 3]), tried(&X, &[1.0; 3]), elbo, Adam::new(0.1));
            let error = svi.step().unwrap_err().to_string();
            assert!(error.contains("`kl_weight` must be finite and not negative"), "{error}");
        }
    }

    #[test]
    fn densities_and_importance_weights_have_no_weights() {
        let values = Values::new().with("a", 1.0).with("b", 0.0);
        let density = |weights| ppl::log_density(coins(&X, weights), &values).unwrap();
        close(density(&WEIGHTS), density(&[1.0; 3]));
    }
}

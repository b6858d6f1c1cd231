//! Penalties: in what is minimised and in its gradient, in no bound and in no report.

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

const X: [f64; 4] = [0.8, -0.4, 1.9, 0.1];
const KEEP: [bool; 4] = [true, false, true, true];

/// A coin for each row, a penalty of each, with a mask, and one of a parameter and of all rows.
#[model]
fn coins(x: &[f64], keep: &[bool], penalised: bool) {
    let tilt = param!("tilt", 0.4);
    let z = plate!("data", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(param!("p", 0.3, UnitInterval)));
        observe!("x", Normal::new(z.to_real() * 2.0, 1.0), x.at(i));
        if penalised {
            penalty!("each", z.to_real() * tilt * x.at(i), mask(keep.at(i)));
        }
        z
    });
    if penalised {
        let all = z.to_tensor().sum();
        penalty!("all", 0.1 * all * all + tilt * tilt);
    }
}

macro_rules! guide_of_coins {
    ($name:ident $(, $option:expr)*) => {
        #[guide(coins)]
        fn $name(x: &[f64], _keep: &[bool], penalised: bool) {
            let q = param!("q", 0.4, UnitInterval);
            plate!("data", x.len(), |_| { sample!("z", Bernoulli::new(q) $(, $option)*); });
            if penalised {
                penalty!("of_guide", 2.0 * q);
            }
        }
    };
}
guide_of_coins!(scored, Score::new());
guide_of_coins!(averaged_costs, Score::baseline(DecayingAverage::new(0.9)));

/// The penalty, in expectation, at a probability and a tilt.
fn exact(q: f64, tilt: f64) -> f64 {
    let each: f64 = X.iter().zip(KEEP).map(|(x, keep)| if keep { q * tilt * x } else { 0.0 }).sum();
    let n = X.len() as f64;
    each + 0.1 * (n * q * (1.0 - q) + n * n * q * q) + tilt * tilt + 2.0 * q
}

/// The loss without any, which is exact: the bound is one of each row.
fn bound(q: f64) -> f64 {
    let row = |x: f64| {
        let of = |z: f64, p: f64, q: f64| q * ((p / q).ln() + log_normal(x - 2.0 * z));
        of(1.0, 0.3, q) + of(0.0, 0.7, 1.0 - q)
    };
    -X.iter().map(|&x| row(x)).sum::<f64>()
}

fn slope(f: impl Fn(f64) -> f64, at: f64) -> f64 {
    let h = 1e-3;
    let difference = |k: f64| f(at + k * h) - f(at - k * h);
    (45.0 * difference(1.0) - 9.0 * difference(2.0) + difference(3.0)) / (60.0 * h)
}

/// The mean of each of the estimates, with its standard error.
fn moments(draws: &[[f64; 3]]) -> [(f64, f64); 3] {
    let n = draws.len() as f64;
    std::array::from_fn(|k| {
        let mean = draws.iter().map(|d| d[k]).sum::<f64>() / n;
        let variance = draws.iter().map(|d| (d[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    })
}

macro_rules! estimates {
    ($guide:ident, $objective:expr, $n:expr, $penalised:expr) => {{
        let (model, guide) = (coins(&X, &KEEP, $penalised), $guide(&X, &KEEP, $penalised));
        let mut svi = Svi::new(model, guide, $objective, Adam::new(0.1)).seed(5);
        let draws = (0..$n)
            .map(|_| {
                let (step, gradient) = svi.gradient().unwrap();
                let tilt = if $penalised { gradient.get("tilt").unwrap()[[]] } else { 0.0 };
                [step.loss, gradient.get("q").unwrap()[[]], tilt]
            })
            .collect::<Vec<[f64; 3]>>();
        draws
    }};
}

#[test]
fn the_bound_and_its_reports_have_none() {
    let run = |penalised| {
        let (model, guide) = (coins(&X, &KEEP, penalised), scored(&X, &KEEP, penalised));
        let mut svi = Svi::new(model, guide, Elbo::default().particles(3), Adam::new(0.1)).seed(2);
        let step = svi.step().unwrap();
        let parts = svi.parts();
        close(parts.iter().map(|part| part.loss).sum(), step.loss);
        let of = |name: &str| parts.iter().filter(|p| p.site == name).map(|p| p.loss).sum::<f64>();
        close(step.loss + step.elbo, of("each") + of("all") + of("of_guide"));
        (step, svi)
    };
    let ((with, mut penalised), (without, mut plain)) = (run(true), run(false));
    close(with.elbo, without.elbo);
    close(with.log_likelihood, without.log_likelihood);
    close(without.loss, -without.elbo);
    assert!((with.loss - without.loss).abs() > 0.5);
    penalised.set_parameter("q", 0.4).unwrap();
    plain.set_parameter("q", 0.4).unwrap();
    close(penalised.evaluate(20).unwrap().loss, plain.evaluate(20).unwrap().loss);
    let values = Values::new().with("z", ndarray::arr1(&[1.0, 0.0, 1.0, 1.0]));
    close(
        ppl::log_density(coins(&X, &KEEP, true), &values).unwrap(),
        ppl::log_density(coins(&X, &KEEP, false), &values).unwrap(),
    );
}

#[test]
fn the_bound_by_weights_has_none() {
    let step = |penalised| {
        let (model, guide) = (coins(&X, &KEEP, penalised), scored(&X, &KEEP, penalised));
        let mut svi = Svi::new(model, guide, Iwae::new(3), Adam::new(0.1)).seed(2);
        let step = svi.step().unwrap();
        close(svi.parts().iter().map(|part| part.loss).sum(), step.loss);
        step
    };
    let (with, without) = (step(true), step(false));
    close(with.elbo, without.elbo);
    close(with.kl, without.kl);
    assert!((with.loss - without.loss).abs() > 0.5);
}

#[test]
fn gradients_are_those_of_the_expectation() {
    let draws = estimates!(scored, Elbo::default().particles(500), 400, true);
    let [loss, by_q, by_tilt] = moments(&draws);
    let (q, tilt) = (0.4, 0.4);
    let by_logit = q * (1.0 - q);
    let expected = [
        bound(q) + exact(q, tilt),
        by_logit * slope(|q| bound(q) + exact(q, tilt), q),
        slope(|tilt| exact(q, tilt), tilt),
    ];
    for ((mean, error), expected) in [loss, by_q, by_tilt].into_iter().zip(expected) {
        assert!((mean - expected).abs() < 5.0 * error, "{mean} +- {error}, expected {expected}");
        assert!(5.0 * error < 0.05 * expected.abs(), "{error}, {expected}");
    }
}

/// What a penalty adds to a bound by weights, for which differences stand: the same draws without it.
#[test]
fn with_weights_of_particles_it_is_averaged_outside_of_the_logarithm() {
    let by_logit = 0.4 * 0.6;
    let expected =
        [exact(0.4, 0.4), by_logit * slope(|q| exact(q, 0.4), 0.4), slope(|tilt| exact(0.4, tilt), 0.4)];
    // The same draws, with it and without.
    let check = |with: Vec<[f64; 3]>, without: Vec<[f64; 3]>| {
        let pairs = with.iter().zip(&without);
        let differences: Vec<[f64; 3]> =
            pairs.map(|(with, without)| std::array::from_fn(|k| with[k] - without[k])).collect();
        for (k, (mean, error)) in moments(&differences).into_iter().enumerate() {
            let expected = expected[k];
            assert!((mean - expected).abs() < 5.0 * error, "{k}: {mean} +- {error}, expected {expected}");
            assert!(5.0 * error < 0.05 * expected.abs(), "{k}: {error}, {expected}");
        }
    };
    let n = 20_000;
    check(estimates!(scored, Iwae::new(3), n, true), estimates!(scored, Iwae::new(3), n, false));
    check(
        estimates!(averaged_costs, Vimco::new(3), n, true),
        estimates!(averaged_costs, Vimco::new(3), n, false),
    );
}

/// By the guide's outcomes and in a subsample, exactly.
#[model]
fn averaged(x: &[f64], rows: usize) {
    let tilt = param!("tilt", 0.4);
    plate!("data", x.len(), subsample(rows), |i| {
        let z = sample!("z", Bernoulli::new(0.3));
        observe!("x", Normal::new(z.to_real() * 2.0, 1.0), x.at(i));
        penalty!("each", z.to_real() * tilt + 0.5);
    });
}

#[guide(averaged)]
fn of_averaged(x: &[f64], rows: usize) {
    let q = param!("q", 0.4, UnitInterval);
    plate!("data", x.len(), subsample(rows), |_| {
        sample!("z", Bernoulli::new(q), enumerate);
    });
}

#[test]
fn over_the_guides_outcomes_it_is_exact_and_a_subsample_stands_for_all() {
    for rows in [1, 3, 4] {
        let elbo = Elbo::default();
        let mut svi = Svi::new(averaged(&X, rows), of_averaged(&X, rows), elbo, Adam::new(0.1)).seed(1);
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss + step.elbo, 4.0 * (0.4 * 0.4 + 0.5));
        close(gradient.get("tilt").unwrap()[[]], 4.0 * 0.4);
    }
}

/// Along pathwise draws.
#[model]
fn pathwise() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    penalty!("square", 3.0 * z * z);
}

#[guide(pathwise)]
fn of_pathwise() {
    sample!("z", Normal::new(param!("loc", 0.4), param!("scale", 0.6, Positive)));
}

#[test]
fn along_pathwise_draws_its_gradient_is_right_under_every_objective() {
    let n = 200_000;
    for closed in [true, false] {
        let elbo = Elbo::default().particles(n).closed_kl(closed);
        let mut svi = Svi::new(pathwise(), of_pathwise(), elbo, Adam::new(0.1)).seed(3);
        let (step, gradient) = svi.gradient().unwrap();
        assert!((step.loss + step.elbo - 3.0 * (0.16 + 0.36)).abs() < 0.05);
        // Of 3 E[z^2] + KL by the location: 6 loc + loc.
        assert!((gradient.get("loc").unwrap()[[]] - 7.0 * 0.4).abs() < 0.05);
    }
    let slopes = |penalised: bool| {
        let mut svi = Svi::new(pathwise(), of_pathwise(), Iwae::new(n), Adam::new(0.1)).seed(3);
        let found = svi.gradient().unwrap().1.get("loc").unwrap()[[]];
        if penalised { found } else { 0.0 }
    };
    // The bound by so many particles is the evidence, whose gradient vanishes.
    assert!((slopes(true) - 6.0 * 0.4).abs() < 0.05);
}

#[model]
fn summed() {
    let z = sample!("z", Bernoulli::new(0.3), enumerate);
    penalty!("of_z", z.to_real());
}

#[guide(summed)]
fn nothing() {}

#[test]
fn a_penalty_of_what_the_model_sums_out_is_refused() {
    let error =
        Svi::new(summed(), nothing(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("`of_z`") && error.contains("`z`, which the model sums out"), "{error}");
}

#[model]
fn pulled() {
    let m = param!("m", 0.0);
    penalty!("pull", m * m);
    observe!("x", Normal::new(m, 1.0), 1.0);
}

#[guide(pulled)]
fn no_sites() {}

#[test]
fn a_run_leaves_what_has_the_least_loss_and_not_the_best_bound() {
    let mut svi = Svi::new(pulled(), no_sites(), Elbo::default(), Adam::new(0.02)).seed(1);
    svi.run(5_000).unwrap();
    // The least of (m - 1)^2 / 2 + m^2.
    let found = svi.parameters().get("m").unwrap()[[]];
    assert!((found - 1.0 / 3.0).abs() < 1e-2, "{found}");
}

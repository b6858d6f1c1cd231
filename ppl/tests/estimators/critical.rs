//! The loss at the most probable value as baseline.

use super::enumerated::{assert_exact, expectation};
use super::*;

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

/// `log q(b) - log p(b, x)`, at a proposal whose probability of one is `q`.
fn loss_of_coin(b: bool, q: f64) -> f64 {
    log_bernoulli(b, q) - log_bernoulli(b, 0.3) - log_normal(1.5, if b { 2.0 } else { 0.0 }, 1.0)
}

/// Where the draw is the most probable value the estimate is zero, and over both it is the gradient.
#[test]
fn a_coin_is_exact_over_its_outcomes() {
    for logit in [-0.4, 0.9] {
        #[guide(coin)]
        fn by_logit(logit: f64) {
            sample!("b", Bernoulli::logits(param!("l", logit)), Score::baseline(SelfCritical));
        }
        #[guide(coin)]
        fn by_probability(q: f64) {
            sample!("b", Bernoulli::new(param!("l", q, UnitInterval)), Score::baseline(SelfCritical));
        }
        let q = logistic(logit);
        let (zero, one) = (loss_of_coin(false, q), loss_of_coin(true, q));
        let mode = if q > 0.5 { one } else { zero };
        macro_rules! check {
            ($guide:expr) => {
                let mut svi = Svi::new(coin(), $guide, Elbo::default().closed_kl(false), sgd()).seed(4);
                let found = expectation(&[(zero, 1.0 - q), (one, q)], || {
                    let (step, gradient) = svi.gradient().unwrap();
                    let by = gradient.get("l").unwrap()[[]];
                    let (score, other) = if (step.loss - zero).abs() < (step.loss - one).abs() {
                        (-q, zero)
                    } else {
                        (1.0 - q, one)
                    };
                    // By the logit: the score times what the draw loses more than the most probable value.
                    assert!((by - score * (other - mode)).abs() < 1e-10, "{by}");
                    (step.loss, vec![by])
                });
                assert_exact("a coin", &found, &[q * (1.0 - q) * (one - zero)]);
            };
        }
        check!(by_logit(logit));
        check!(by_probability(q));
    }
}

const TABLE: [f64; 3] = [-1.0, 0.5, 2.5];
const PRIOR: [f64; 3] = [0.2, 0.5, 0.3];

#[model]
fn die() {
    let z = sample!("z", Categorical::new(PRIOR));
    observe!("x", Normal::new(TABLE.at(z), 0.8), 1.2);
}

#[test]
fn outcomes_that_are_listed_are_exact() {
    const LOGITS: [f64; 3] = [0.3, -0.2, 0.9];
    #[guide(die)]
    fn guessed() {
        sample!("z", Categorical::logits(param!("l", LOGITS)), Score::baseline(SelfCritical));
    }
    let total: f64 = LOGITS.iter().map(|l| l.exp()).sum();
    let q = LOGITS.map(|l| l.exp() / total);
    let loss = |k: usize| q[k].ln() - PRIOR[k].ln() - log_normal(1.2, TABLE[k], 0.8);
    let mean: f64 = (0..3).map(|k| q[k] * loss(k)).sum();
    let exact: Vec<f64> = (0..3).map(|k| q[k] * (loss(k) - mean)).collect();
    let outcomes: Vec<(f64, f64)> = (0..3).map(|k| (loss(k), q[k])).collect();
    let mut svi = Svi::new(die(), guessed(), Elbo::default().closed_kl(false), sgd()).seed(4);
    let found = expectation(&outcomes, || {
        let (step, gradient) = svi.gradient().unwrap();
        (step.loss, gradient.get("l").unwrap().iter().copied().collect())
    });
    assert_exact("a die", &found, &exact);
}

/// A cost that holds all elements is compared with that of all their most probable values, whatever each draw is.
#[test]
fn crossed_costs_are_exact() {
    #[model]
    fn bits() {
        let b = plate!("i", 2, |_i| sample!("b", Bernoulli::new(0.4))).to_tensor();
        observe!("x", Normal::new(b.sum().powi(2), 1.5), 3.0);
    }
    #[guide(bits)]
    fn guessed() {
        plate!("i", 2, |i| {
            let l = param!("l", 0.0) + [0.6, -0.3].at(i);
            sample!("b", Bernoulli::logits(l), Score::baseline(SelfCritical));
        });
    }
    let q = [0.6, -0.3].map(logistic);
    let loss = |b: [bool; 2]| {
        let count = b.iter().filter(|&&b| b).count() as f64;
        (0..2).map(|i| log_bernoulli(b[i], q[i]) - log_bernoulli(b[i], 0.4)).sum::<f64>()
            - log_normal(3.0, count * count, 1.5)
    };
    let chance = |b: [bool; 2]| (0..2).map(|i| if b[i] { q[i] } else { 1.0 - q[i] }).product::<f64>();
    let all = [[false, false], [false, true], [true, false], [true, true]];
    let score = |b: bool, q: f64| if b { 1.0 - q } else { -q };
    let exact = [0, 1].map(|i| all.iter().map(|&b| chance(b) * score(b[i], q[i]) * loss(b)).sum::<f64>());
    let outcomes = all.map(|b| (loss(b), chance(b)));
    let mut svi = Svi::new(bits(), guessed(), Elbo::default().closed_kl(false), sgd()).seed(4);
    let found = expectation(&outcomes, || {
        let (step, gradient) = svi.gradient().unwrap();
        (step.loss, gradient.get("l").unwrap().iter().copied().collect())
    });
    assert_exact("crossed", &found, &exact);
}

/// A continuous site, whose most probable value is its location: a jump that a pathwise gradient would miss.
#[test]
fn a_normal_site_is_unbiased() {
    #[model]
    fn smooth() {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z * z, 1.0), 1.5);
    }
    #[guide(smooth)]
    fn guessed() {
        sample!("z", Normal::new(param!("m", 0.7), 0.5), Score::baseline(SelfCritical));
    }
    // E (x - z^2)^2 / 2 with z ~ N(m, s): (x^2 - 2 x (m^2 + s^2) + m^4 + 6 m^2 s^2 + 3 s^4) / 2; the divergence is m^2 / 2 + ..
    let (x, s): (f64, f64) = (1.5, 0.5);
    let loss = |[m]: [f64; 1]| {
        let square = x * x - 2.0 * x * (m * m + s * s) + m.powi(4) + 6.0 * m * m * s * s + 3.0 * s.powi(4);
        let log_sqrt_tau = 0.918_938_533_204_672_7;
        0.5 * square + log_sqrt_tau + 0.5 * (m * m + s * s - 1.0) - s.ln()
    };
    let exact = gradient_and_value(loss, [0.7]);
    let svi = Svi::new(smooth(), guessed(), particles(200).closed_kl(false), sgd()).seed(6);
    assert_gradient!(svi, "a normal site", exact, "m");
}

#[test]
fn sites_without_a_known_mode_are_refused() {
    #[model]
    fn rate() {
        let r = sample!("r", Gamma::new(2.0, 1.0));
        observe!("x", Poisson::new(r), 3);
    }
    #[guide(rate)]
    fn guessed() {
        sample!("r", Gamma::new(param!("a", 2.0, Positive), 1.0), Score::baseline(SelfCritical));
    }
    let error = Svi::new(rate(), guessed(), Elbo::default(), sgd()).step().unwrap_err().to_string();
    assert!(
        error.contains(
            "site `r`: has no most probable value that is known, and `SelfCritical` needs the loss there"
        ),
        "{error}"
    );
    assert!(error.ends_with("take another baseline, such as `DecayingAverage`"), "{error}");
}

#[test]
fn what_runs_at_one_value_is_refused() {
    #[model]
    fn branches() {
        let b = sample!("b", Bernoulli::new(0.3), concrete);
        observe!("x", Normal::new(if b { 1.0 } else { 0.0 }, 1.0), 0.7);
    }
    #[guide(branches)]
    fn guessed() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete, Score::baseline(SelfCritical));
    }
    let error = Svi::new(branches(), guessed(), Elbo::default(), sgd()).step().unwrap_err().to_string();
    assert!(error.contains("site `b`: is `concrete`: its program runs at one value"), "{error}");

    #[guide(coin)]
    fn critical() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::baseline(SelfCritical));
    }
    let error = Svi::new(coin(), critical(), Iwae::new(2), sgd()).step().unwrap_err().to_string();
    assert!(error.starts_with("the guide gives `b` several values in one particle"), "{error}");
}

//! The score function's expectation is the derivative that summing over all outcomes gives.

use ppl::prelude::*;
use ppl_tests::{assert_mean, assert_unbiased_all, bernoulli, log_normal_density, named, outcomes, slope};

#[model]
fn coin(x: f64) {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), x);
}

#[model]
fn coin_by_table(x: f64) {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new([0.0, 2.0].at(b), 1.0), x);
}

#[guide(coin)]
fn plain(q: f64) {
    sample!("b", Bernoulli::new(param!("q", q, UnitInterval)), Score::new());
}

#[guide(coin)]
fn by_default(q: f64) {
    sample!("b", Bernoulli::new(param!("q", q, UnitInterval)));
}

#[guide(coin_by_table)]
fn by_default_of_table(q: f64) {
    sample!("b", Bernoulli::new(param!("q", q, UnitInterval)));
}

/// The derivative by the logit, where `d` is that by the probability.
fn by_logit(d: f64, q: f64) -> f64 {
    d * q * (1.0 - q)
}

macro_rules! check_coin {
    ($model:ident, $guide:ident, $particles:literal) => {
        for closed in [true, false] {
            let what = format!("{} {} {closed}", stringify!($guide), $particles);
            let exact = [by_logit(-0.5581672478, 0.4), 1.6665209543];
            assert_unbiased_all(&what, 1, 100_000, &exact, 0.05, |seed| {
                let elbo = Elbo::default().closed_kl(closed).particles($particles);
                let mut svi = Svi::new($model(1.5), $guide(0.4), elbo, Sgd::new(1.0)).seed(seed);
                move || {
                    let (step, gradient) = svi.gradient().unwrap();
                    vec![named(&gradient, "q")[0], step.loss]
                }
            });
        }
    };
}

#[test]
fn one_bernoulli() {
    check_coin!(coin, plain, 8);
    check_coin!(coin, by_default, 1);
    check_coin!(coin, by_default, 4);
    check_coin!(coin_by_table, by_default_of_table, 4);
}

#[test]
fn one_bernoulli_is_fitted_to_its_posterior() {
    let mut svi =
        Svi::new(coin(1.5), by_default(0.4), Elbo::default().particles(16), Adam::new(0.01)).seed(1);
    let mut last = Vec::new();
    for k in 0..8_000 {
        svi.step().unwrap();
        if k >= 4_000 {
            last.push(named(&svi.parameters(), "q")[0]);
        }
    }
    let mean = last.iter().sum::<f64>() / last.len() as f64;
    assert!((mean - 0.5381015262).abs() < 0.01, "{mean}");
}

#[model]
fn die(x: f64) {
    let z = sample!("z", Categorical::new([0.2, 0.5, 0.3]));
    observe!("x", Normal::new([-1.0, 0.5, 2.5].at(z), 0.8), x);
}

#[guide(die)]
fn die_guide(logits: [f64; 3]) {
    sample!("z", Categorical::logits(param!("logits", logits)));
}

#[test]
fn one_categorical() {
    let logits = [0.3, -0.2, 0.4];
    let loss = |logits: [f64; 3]| -> f64 {
        let total: f64 = logits.iter().map(|l| l.exp()).sum();
        (0..3)
            .map(|k| {
                let q = logits[k].exp() / total;
                let p = [0.2f64, 0.5, 0.3][k];
                q * (q.ln() - p.ln() - log_normal_density(1.2, [-1.0, 0.5, 2.5][k], 0.8))
            })
            .sum()
    };
    let mut exact: Vec<f64> = (0..3)
        .map(|k| {
            slope(
                |l| {
                    let mut moved = logits;
                    moved[k] = l;
                    loss(moved)
                },
                logits[k],
            )
        })
        .collect();
    exact.push(loss(logits));
    assert_unbiased_all("categorical", 2, 100_000, &exact, 0.05, |seed| {
        let mut svi =
            Svi::new(die(1.2), die_guide(logits), Elbo::default().particles(8), Sgd::new(1.0)).seed(seed);
        move || {
            let (step, gradient) = svi.gradient().unwrap();
            let mut all = named(&gradient, "logits");
            all.push(step.loss);
            all
        }
    });
}

#[model]
fn nested(n_b: usize, n_c: usize) {
    let a = sample!("a", Bernoulli::new(0.33)).to_real();
    plate!("outer", n_b, |_i| {
        let b = sample!("b", Bernoulli::new(0.5 + 0.25 * a)).to_real();
        plate!("inner", n_c, |_j| {
            sample!("c", Bernoulli::new(0.32 + 0.15 * a + 0.2 * b));
        });
    });
}

#[guide(nested)]
fn nested_guide(n_b: usize, n_c: usize, qb: f64) {
    let qa = param!("qa", 0.33, UnitInterval);
    let qb = param!("qb", qb, UnitInterval);
    let qc = param!("qc", 0.37, UnitInterval);
    sample!("a", Bernoulli::new(qa));
    plate!("outer", n_b, |_i| {
        sample!("b", Bernoulli::new(qb));
        plate!("inner", n_c, |_j| {
            sample!("c", Bernoulli::new(qc));
        });
    });
}

/// Another order of plates and sites: the guide opens the inner plate before the outer one.
#[guide(nested)]
fn nested_guide_in_another_order(n_b: usize, n_c: usize, qb: f64) {
    let qc = param!("qc", 0.37, UnitInterval);
    let qb = param!("qb", qb, UnitInterval);
    plate!("inner", n_c, |_j| {
        plate!("outer", n_b, |_i| {
            sample!("c", Bernoulli::new(qc));
        });
    });
    plate!("outer", n_b, |_i| {
        sample!("b", Bernoulli::new(qb));
    });
    sample!("a", Bernoulli::new(param!("qa", 0.33, UnitInterval)));
}

#[test]
fn nested_plates() {
    let table = [
        (3, 5, 0.51, 0.915617, [1.595599, 0.260480, -6.177965]),
        (3, 6, 0.51, 1.072316, [1.835006, 0.506098, -7.413558]),
        (4, 5, 0.77, 1.884201, [1.647946, 5.020530, -12.563710]),
        (4, 6, 0.77, 2.178279, [2.099762, 5.348021, -15.076452]),
    ];
    for (k, (n_b, n_c, qb, loss, by)) in table.into_iter().enumerate() {
        let exact = [by_logit(by[0], 0.33), by_logit(by[1], qb), by_logit(by[2], 0.37), loss];
        macro_rules! check {
            ($guide:ident, $closed:expr) => {
                let what = format!("row {k} {} {}", stringify!($guide), $closed);
                assert_unbiased_all(&what, 3, 30_000, &exact, 0.05, |seed| {
                    let elbo = Elbo::default().closed_kl($closed).particles(50);
                    let guide = $guide(n_b, n_c, qb);
                    let mut svi = Svi::new(nested(n_b, n_c), guide, elbo, Sgd::new(1.0)).seed(seed);
                    move || {
                        let (step, gradient) = svi.gradient().unwrap();
                        let of = |name| named(&gradient, name)[0];
                        vec![of("qa"), of("qb"), of("qc"), step.loss]
                    }
                });
            };
        }
        check!(nested_guide, true);
        if k == 0 {
            check!(nested_guide, false);
            check!(nested_guide_in_another_order, true);
        }
    }
}

/// `l(theta) = E over b ~ Bernoulli(theta) of (0 if b else -theta / 2)`, as a bound: the prior is the guide, and a wait
/// of `theta / 2` at rate one has that log-density.
#[model]
fn scalar_objective() {
    let theta = param!("theta", 0.4, UnitInterval);
    let b = sample!("b", Bernoulli::new(theta)).to_real();
    observe!("cost", Exponential::new(1.0), 0.5 * theta * (1.0 - b));
}

#[guide(scalar_objective)]
fn scalar_guide() {
    sample!("b", Bernoulli::new(param!("theta", 0.4, UnitInterval)));
}

#[test]
fn a_scalar_objective_whose_cost_depends_on_the_parameter() {
    for (particles, closed, n) in [(1, true, 1_600_000), (4, true, 200_000), (16, false, 500_000)] {
        assert_unbiased_all("l", 4, n, &[by_logit(0.1, 0.4), 0.12], 0.05, |seed| {
            let elbo = Elbo::default().particles(particles).closed_kl(closed);
            let mut svi = Svi::new(scalar_objective(), scalar_guide(), elbo, Sgd::new(1.0)).seed(seed);
            move || {
                let (step, gradient) = svi.gradient().unwrap();
                vec![named(&gradient, "theta")[0], step.loss]
            }
        });
    }
}

#[model]
fn mixed(x: f64) {
    let b = sample!("b", Bernoulli::new(0.3)).to_real();
    let z = sample!("z", Normal::new(2.0 * b, 1.0));
    observe!("x", Normal::new(z, 0.7), x);
}

#[guide(mixed)]
fn mixed_guide() {
    let b = sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval))).to_real();
    sample!("z", Normal::new(param!("m", 0.3) + param!("d", 0.8) * b, param!("s", 0.6, Positive)));
}

#[test]
fn score_and_pathwise_sites_together() {
    let x = 1.1;
    // E over z of log p(z | b) + log p(x | z) - log q(z | b), for normal z with mean m + d b and deviation s.
    let loss = |p: [f64; 4]| -> f64 {
        let [q, m, d, s] = p;
        outcomes(1)
            .iter()
            .map(|b| {
                let one = f64::from(u8::from(b[0]));
                let mean = m + d * one;
                let spread = |by: f64| 0.5 * (s / by).powi(2);
                let inner = log_normal_density(mean, 2.0 * one, 1.0) - spread(1.0)
                    + log_normal_density(x, mean, 0.7)
                    - spread(0.7)
                    + s.ln()
                    + 0.5 * (1.0 + (2.0 * std::f64::consts::PI).ln());
                let w = bernoulli(q, b[0]);
                w * (w.ln() - bernoulli(0.3, b[0]).ln() - inner)
            })
            .sum()
    };
    let at = [0.4, 0.3, 0.8, 0.6];
    let by: Vec<f64> = (0..4)
        .map(|k| {
            slope(
                |v| {
                    let mut moved = at;
                    moved[k] = v;
                    loss(moved)
                },
                at[k],
            )
        })
        .collect();
    let exact = [by_logit(by[0], 0.4), by[1], by[2], by[3] * 0.6, loss(at)];
    for closed in [true, false] {
        assert_unbiased_all("mixed", 6, 200_000, &exact, 0.05, |seed| {
            let elbo = Elbo::default().particles(30).closed_kl(closed);
            let mut svi = Svi::new(mixed(x), mixed_guide(), elbo, Sgd::new(1.0)).seed(seed);
            move || {
                let (step, gradient) = svi.gradient().unwrap();
                let of = |name| named(&gradient, name)[0];
                vec![of("q"), of("m"), of("d"), of("s"), step.loss]
            }
        });
    }
}

#[test]
fn the_score_itself_has_mean_zero() {
    // Where proposal and prior are one, the bound is zero whatever q is.
    let mut svi =
        Svi::new(scalar_objective_without_cost(), zero_guide(), Elbo::default(), Sgd::new(1.0)).seed(1);
    let draws: Vec<f64> = (0..10_000).map(|_| named(&svi.gradient().unwrap().1, "theta")[0]).collect();
    assert_mean("score", &draws, 0.0, 1e-9);
}

#[model]
fn scalar_objective_without_cost() {
    sample!("b", Bernoulli::new(param!("theta", 0.4, UnitInterval)));
}

#[guide(scalar_objective_without_cost)]
fn zero_guide() {
    sample!("b", Bernoulli::new(param!("theta", 0.4, UnitInterval)));
}

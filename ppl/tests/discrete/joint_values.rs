//! Arrays of discrete numbers that are tried at every joint value, and counts with totals of their own.

use super::*;

const WEIGHTS: [f64; 3] = [1.3, -0.6, 0.4];
const SEEN: [f64; 2] = [0.9, -0.7];

/// For each row three causes, of which a sum was seen.
#[model]
fn causes(x: &[f64]) {
    let p = param!("p", [0.3, -0.4, 0.1]);
    plate!("row", x.len(), |i| {
        let on = sample!("on", Bernoulli::logits(p), enumerate);
        let mean = (on.to_tensor() * WEIGHTS).sum();
        observe!("x", Normal::new(mean, 0.5), x.at(i));
    });
}

#[guide(causes)]
fn nothing(_x: &[f64]) {}

fn log_normal(x: f64, mean: f64) -> f64 {
    let z = (x - mean) / 0.5;
    -0.5 * z * z - 0.5_f64.ln() - 0.5 * std::f64::consts::TAU.ln()
}

fn on(k: usize) -> [f64; 3] {
    [k >> 2 & 1, k >> 1 & 1, k & 1].map(|d| d as f64)
}

fn log_bernoulli(on: [f64; 3], logits: [f64; 3]) -> f64 {
    on.iter().zip(logits).map(|(on, logit)| on * logit - (1.0 + logit.exp()).ln()).sum()
}

fn log_likelihood(on: [f64; 3], x: f64) -> f64 {
    log_normal(x, on.iter().zip(WEIGHTS).map(|(on, w)| on * w).sum())
}

/// The joint probabilities of the causes and of what was seen.
fn joint(x: f64, p: [f64; 3]) -> [f64; 8] {
    std::array::from_fn(|k| (log_bernoulli(on(k), p) + log_likelihood(on(k), x)).exp())
}

const P: [f64; 3] = [0.3, -0.4, 0.1];

#[test]
fn every_joint_value_is_summed() {
    let loss = |p: [f64; 3]| -SEEN.iter().map(|&x| joint(x, p).iter().sum::<f64>().ln()).sum::<f64>();
    let mut svi = Svi::new(causes(&SEEN), nothing(&SEEN), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, loss(P), 1e-12);
    for d in 0..3 {
        let at = |h: f64| {
            let mut p = P;
            p[d] += h;
            loss(p)
        };
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        let found = gradient.get("p").unwrap()[[d]];
        assert!((found - slope).abs() < 1e-8, "{found}, {slope}");
    }
}

#[test]
fn its_posterior_is_that_of_each_number() {
    let mut svi = Svi::new(causes(&SEEN), nothing(&SEEN), Elbo::default(), Adam::new(0.1));
    svi.gradient().unwrap();
    let mut posterior = svi.posterior();
    let found = posterior.marginals(1).unwrap().get("on").unwrap().clone();
    assert_eq!(found.shape(), [2, 3, 2]);
    let likeliest = posterior.likeliest(1).unwrap().get("on").unwrap().clone();
    assert_eq!(likeliest.shape(), [1, 2, 3]);
    let n = 20_000;
    let drawn = posterior.assignments(n).unwrap().get("on").unwrap().clone();
    assert_eq!(drawn.shape(), [n, 2, 3]);
    for (row, &x) in SEEN.iter().enumerate() {
        let joint = joint(x, P);
        let total: f64 = joint.iter().sum();
        let best = (0..8).max_by(|&a, &b| joint[a].total_cmp(&joint[b])).unwrap();
        for d in 0..3 {
            let expected = (0..8).filter(|&k| on(k)[d] == 1.0).map(|k| joint[k] / total).sum::<f64>();
            close(found[[row, d, 1]], expected, 1e-12);
            close(found[[row, d, 0]], 1.0 - expected, 1e-12);
            assert_eq!(likeliest[[0, row, d]], on(best)[d]);
            let share = (0..n).map(|k| drawn[[k, row, d]]).sum::<f64>() / n as f64;
            assert!((share - expected).abs() < 5.0 * (0.25 / n as f64).sqrt(), "{share}, {expected}");
        }
    }
}

#[model]
fn guessed(x: &[f64], kept: &[bool]) {
    plate!("row", x.len(), mask(kept), |i| {
        let on = sample!("on", Bernoulli::logits(P));
        let mean = (on.to_tensor() * WEIGHTS).sum();
        observe!("x", Normal::new(mean, 0.5), x.at(i));
    });
}

#[guide(guessed)]
fn guess(x: &[f64], kept: &[bool]) {
    let q = param!("q", [0.5, -0.2, 0.9]);
    plate!("row", x.len(), mask(kept), |i| {
        sample!("on", Bernoulli::logits(q * 1.0 + x.at(i)), enumerate);
    });
}

#[test]
fn a_guide_averages_over_every_joint_value() {
    for kept in [[true, true], [false, true]] {
        for closed in [true, false] {
            let loss = |q: [f64; 3]| -> f64 {
                let rows = SEEN.iter().zip(kept).filter(|(_, kept)| *kept);
                let row = |(&x, _): (&f64, bool)| -> f64 {
                    let logits = q.map(|q| q + x);
                    let term = |k: usize| {
                        let log_q = log_bernoulli(on(k), logits);
                        log_q.exp() * (log_q - log_bernoulli(on(k), P) - log_likelihood(on(k), x))
                    };
                    (0..8).map(term).sum()
                };
                rows.map(row).sum()
            };
            let elbo = Elbo::default().closed_kl(closed);
            let mut svi = Svi::new(guessed(&SEEN, &kept), guess(&SEEN, &kept), elbo, Adam::new(0.1));
            let (step, gradient) = svi.gradient().unwrap();
            let q = [0.5, -0.2, 0.9];
            close(step.loss, loss(q), 1e-12);
            for d in 0..3 {
                let at = |h: f64| {
                    let mut q = q;
                    q[d] += h;
                    loss(q)
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                let found = gradient.get("q").unwrap()[[d]];
                assert!((found - slope).abs() < 1e-8, "{found}, {slope}");
            }
            let draws = svi.posterior().draws(4).unwrap();
            assert_eq!(draws.get("on").unwrap().shape(), [4, 2, 3]);
        }
    }
}

#[model]
fn copies(x: f64) {
    let n = sample!("n", Binomial::new(3.0, 0.4).expand(&[2]), enumerate);
    observe!("x", Normal::new(n.to_tensor().sum(), 0.5), x);
}

#[guide(copies)]
fn none(_x: f64) {}

#[test]
fn copies_are_tried_jointly() {
    // The sum of two counts of three is one of six.
    let mut svi = Svi::new(copies(2.2), none(2.2), Elbo::default(), Adam::new(0.1));
    let choose = [1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0];
    let term = |k: usize| {
        choose[k] * 0.4_f64.powi(k as i32) * 0.6_f64.powi(6 - k as i32) * log_normal(2.2, k as f64).exp()
    };
    close(svi.step().unwrap().loss, -(0..7).map(term).sum::<f64>().ln(), 1e-12);
    assert_eq!(svi.posterior().marginals(1).unwrap().get("n").unwrap().shape(), [2, 4]);
}

#[model]
fn many() {
    sample!("on", Bernoulli::new(0.5).expand(&[13]), enumerate);
}

#[guide(many)]
fn of_many() {}

#[model]
fn chain_of_arrays() {
    markov!("c", 3, sample!("z", Bernoulli::new([0.5, 0.5]), enumerate), |prev, _t| {
        sample!("next", Bernoulli::logits(prev.to_tensor()), enumerate)
    });
}

#[guide(chain_of_arrays)]
fn of_chain() {}

#[test]
fn what_is_too_much_is_said() {
    let error = Svi::new(many(), of_many(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("`on`: has the shape [13], and 2^13 joint values"), "{error}");
    let step = Svi::new(chain_of_arrays(), of_chain(), Elbo::default(), Adam::new(0.1)).step();
    let error = step.unwrap_err().to_string();
    assert!(error.contains("`c`"), "{error}");
}

/// Of so many trials each, some number succeeded.
#[model]
fn totals(totals: &[f64], x: &[f64]) {
    let p = param!("p", -0.3);
    plate!("row", x.len(), |i| {
        let n = sample!("n", Binomial::logits(totals.at(i), p), enumerate);
        observe!("x", Normal::new(n.to_real(), 0.5), x.at(i));
    });
}

#[guide(totals)]
fn unguided(_totals: &[f64], _x: &[f64]) {}

#[model]
fn guessed_totals(totals: &[f64], x: &[f64]) {
    plate!("row", x.len(), |i| {
        let n = sample!("n", Binomial::new(totals.at(i), 0.4));
        observe!("x", Normal::new(n.to_real(), 0.5), x.at(i));
    });
}

#[guide(guessed_totals)]
fn guess_of_totals(totals: &[f64], x: &[f64]) {
    let q = param!("q", 0.2);
    plate!("row", x.len(), |i| {
        sample!("n", Binomial::logits(totals.at(i), q), enumerate);
    });
}

fn binomial(n: usize, k: usize, logit: f64) -> f64 {
    let p = 1.0 / (1.0 + (-logit).exp());
    let choose = (0..k).fold(1.0, |c, j| c * (n - j) as f64 / (j + 1) as f64);
    choose * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)
}

#[test]
fn elements_have_totals_of_their_own() {
    let (counts, x) = ([2.0, 5.0, 0.0, 3.0], [0.7, 3.1, -0.2, 2.4]);
    let rows = || counts.iter().map(|&n| n as usize).zip(x);
    let slope = |loss: &dyn Fn(f64) -> f64, at: f64| (loss(at + 1e-5) - loss(at - 1e-5)) / 2e-5;

    let loss = |p: f64| -> f64 {
        let row = |(n, x): (usize, f64)| -> f64 {
            -(0..=n).map(|k| binomial(n, k, p) * log_normal(x, k as f64).exp()).sum::<f64>().ln()
        };
        rows().map(row).sum()
    };
    let mut svi = Svi::new(totals(&counts, &x), unguided(&counts, &x), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, loss(-0.3), 1e-12);
    let found = gradient.get("p").unwrap()[[]];
    assert!((found - slope(&loss, -0.3)).abs() < 1e-8, "{found}");
    // The last total has no more than its own values.
    let marginals = svi.posterior().marginals(1).unwrap().get("n").unwrap().clone();
    assert_eq!(marginals.shape(), [4, 6]);
    assert!(marginals[[2, 0]] == 1.0 && (4..6).all(|k| marginals[[3, k]] == 0.0), "{marginals}");

    let prior = (0.4_f64 / 0.6).ln();
    let loss = |q: f64| -> f64 {
        let row = |(n, x): (usize, f64)| -> f64 {
            let term = |k: usize| {
                let q = binomial(n, k, q);
                q * (q.ln() - binomial(n, k, prior).ln() - log_normal(x, k as f64))
            };
            (0..=n).map(term).sum()
        };
        rows().map(row).sum()
    };
    let mut svi =
        Svi::new(guessed_totals(&counts, &x), guess_of_totals(&counts, &x), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, loss(0.2), 1e-12);
    let found = gradient.get("q").unwrap()[[]];
    assert!((found - slope(&loss, 0.2)).abs() < 1e-8, "{found}");

    let bad = [2.0, 0.5, 0.0, 3.0];
    let error = Svi::new(totals(&bad, &x), unguided(&bad, &x), Elbo::default(), Adam::new(0.1)).step();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("whole number") && error.contains("0.5"), "{error}");
}

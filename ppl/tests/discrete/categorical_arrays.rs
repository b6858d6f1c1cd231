//! Arrays of categories: as plates of single ones, tried at every joint value, and in closed divergences.

use super::*;
use ndarray::{Array2, arr2};

type Logits = [[f64; 3]; 2];

const LOGITS: Logits = [[0.3, -0.4, 0.1], [-0.7, 0.2, 0.5]];
const WEIGHTS: Logits = [[1.3, -0.6, 0.4], [0.2, 0.9, -1.1]];
const X: [f64; 3] = [0.9, -0.7, 1.6];

fn labels() -> Array2<usize> {
    arr2(&[[0, 2], [1, 1], [2, 0]])
}

fn log_softmax(l: [f64; 3]) -> [f64; 3] {
    let total = l.iter().map(|l| l.exp()).sum::<f64>().ln();
    l.map(|l| l - total)
}

fn log_normal(x: f64, mean: f64) -> f64 {
    let z = (x - mean) / 0.5;
    -0.5 * z * z - 0.5_f64.ln() - 0.5 * std::f64::consts::TAU.ln()
}

/// Every value of two categories.
fn values() -> impl Iterator<Item = [usize; 2]> {
    (0..9).map(|k| [k / 3, k % 3])
}

fn log_prior(z: [usize; 2], logits: Logits) -> f64 {
    (0..2).map(|t| log_softmax(logits[t])[z[t]]).sum()
}

fn log_likelihood(z: [usize; 2], x: f64) -> f64 {
    log_normal(x, (0..2).map(|t| WEIGHTS[t][z[t]]).sum())
}

/// Asserts a loss and its derivatives by the elements of a parameter, against sums and their differences.
#[track_caller]
fn assert_exact(step: &ppl::Step, found: &ndarray::ArrayD<f64>, loss: impl Fn(Logits) -> f64, at: Logits) {
    close(step.loss, loss(at), 1e-12);
    for (t, k) in (0..2).flat_map(|t| (0..3).map(move |k| (t, k))) {
        let moved = |h: f64| {
            let mut logits = at;
            logits[t][k] += h;
            loss(logits)
        };
        let pair = |m: f64| moved(m * 1e-3) - moved(-m * 1e-3);
        let slope = (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / 60e-3;
        assert!((found[[t, k]] - slope).abs() < 1e-9, "{t} {k}: {}, {slope}", found[[t, k]]);
    }
}

/// Observed categories, as arrays and in a plate of two, by vectors that every row shares and by ones of its own.
macro_rules! observed {
    ($($name:ident, $element:ident, $x_of:expr, $tolerance:expr, |$l:ident, $x:ident, $last:ident| $new:ident($($of:tt)*);)*) => {$(
        mod $name {
            use super::*;

            #[model($element)]
            pub(super) fn arrays(z: &Array2<usize>, x: &[$element]) {
                let $l = param!("l", arr2(&LOGITS));
                plate!("row", z.nrows(), |i| {
                    let ($x, $last) = (x.at(i), 1);
                    observe!("z", Categorical::$new($($of)*), z.at(i));
                });
            }

            #[model($element)]
            fn plates(z: &Array2<usize>, x: &[$element]) {
                let all = param!("l", arr2(&LOGITS));
                plate!("row", z.nrows(), |i| {
                    plate!("place", 2, |t| {
                        let ($l, $x, $last) = (all.at(t), x.at(i), 0);
                        observe!("z", Categorical::$new($($of)*), z.at(i).at(t));
                    });
                });
            }

            #[guide(arrays, $element)]
            pub(super) fn of_arrays(_z: &Array2<usize>, _x: &[$element]) {}

            #[guide(plates, $element)]
            fn of_plates(_z: &Array2<usize>, _x: &[$element]) {}

            #[test]
            fn an_array_is_a_plate_of_its_numbers() {
                let (z, x) = (labels(), $x_of);
                let mut array = Svi::new(arrays(&z, &x), of_arrays(&z, &x), Elbo::default(), Adam::new(0.1));
                let mut plate = Svi::new(plates(&z, &x), of_plates(&z, &x), Elbo::default(), Adam::new(0.1));
                let ((a, by_a), (p, by_p)) = (array.gradient().unwrap(), plate.gradient().unwrap());
                close(a.loss, p.loss, $tolerance);
                let [by_a, by_p] = [&by_a, &by_p].map(|by| by.get("l").unwrap());
                for (&a, &p) in by_a.iter().zip(by_p) {
                    assert!(a != 0.0);
                    close(a, p, $tolerance);
                }
            }
        }
    )*};
}
observed! {
    shared, f64, X, 1e-13, |l, _x, _last| logits(l);
    shared_probabilities, f64, X, 1e-13, |l, _x, last| new(l.softmax(last));
    own, f64, X, 1e-13, |l, x, _last| logits(l * x);
    own_probabilities, f64, X, 1e-13, |l, x, last| new((l * x).softmax(last));
    single, f32, X.map(|x| x as f32), 1e-5, |l, _x, _last| logits(l);
    single_own, f32, X.map(|x| x as f32), 1e-5, |l, x, _last| logits(l * x);
}

/// For each row two causes of three kinds, of which a sum was seen.
#[model]
fn causes(x: &[f64], kept: &[bool]) {
    let l = param!("l", arr2(&LOGITS));
    plate!("row", x.len(), mask(kept), |i| {
        let kind = sample!("kind", Categorical::logits(l), enumerate);
        let mean = (kind.one_hot(3) * WEIGHTS).sum();
        observe!("x", Normal::new(mean, 0.5), x.at(i));
    });
}

#[guide(causes)]
fn nothing(_x: &[f64], _kept: &[bool]) {}

/// The same by probabilities that differ between the rows.
#[model]
fn causes_of_rows(x: &[f64], kept: &[bool]) {
    let l = param!("l", arr2(&LOGITS));
    plate!("row", x.len(), mask(kept), |i| {
        let kind = sample!("kind", Categorical::new((l * x.at(i)).softmax(1)), enumerate);
        let mean = (kind.one_hot(3) * WEIGHTS).sum();
        observe!("x", Normal::new(mean, 0.5), x.at(i));
    });
}

#[guide(causes_of_rows)]
fn nothing_of_rows(_x: &[f64], _kept: &[bool]) {}

/// The joint probabilities of the causes and of what was seen.
fn joint(x: f64, logits: Logits) -> Vec<f64> {
    values().map(|z| (log_prior(z, logits) + log_likelihood(z, x)).exp()).collect()
}

const MASKS: [[bool; 3]; 2] = [[true, true, true], [true, false, true]];

#[test]
fn every_joint_value_is_summed() {
    for kept in MASKS {
        let rows = || X.iter().zip(kept).filter(|(_, kept)| *kept).map(|(&x, _)| x);
        let mut svi = Svi::new(causes(&X, &kept), nothing(&X, &kept), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        let loss = |l: Logits| -rows().map(|x| joint(x, l).iter().sum::<f64>().ln()).sum::<f64>();
        assert_exact(&step, gradient.get("l").unwrap(), loss, LOGITS);

        let (model, guide) = (causes_of_rows(&X, &kept), nothing_of_rows(&X, &kept));
        let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        let own = |l: Logits, x: f64| l.map(|l| l.map(|l| l * x));
        let loss = |l: Logits| -rows().map(|x| joint(x, own(l, x)).iter().sum::<f64>().ln()).sum::<f64>();
        assert_exact(&step, gradient.get("l").unwrap(), loss, LOGITS);
    }
}

#[test]
fn its_posterior_is_that_of_each_number() {
    let kept = MASKS[0];
    let mut svi = Svi::new(causes(&X, &kept), nothing(&X, &kept), Elbo::default(), Adam::new(0.1));
    svi.gradient().unwrap();
    let mut posterior = svi.posterior();
    let found = posterior.marginals(1).unwrap().get("kind").unwrap().clone();
    assert_eq!(found.shape(), [3, 2, 3]);
    let likeliest = posterior.likeliest(1).unwrap().get("kind").unwrap().clone();
    assert_eq!(likeliest.shape(), [1, 3, 2]);
    let n = 20_000;
    let drawn = posterior.assignments(n).unwrap().get("kind").unwrap().clone();
    assert_eq!(drawn.shape(), [n, 3, 2]);
    for (row, &x) in X.iter().enumerate() {
        let joint = joint(x, LOGITS);
        let total: f64 = joint.iter().sum();
        let best = values().max_by(|a, b| joint[a[0] * 3 + a[1]].total_cmp(&joint[b[0] * 3 + b[1]])).unwrap();
        for (t, k) in (0..2).flat_map(|t| (0..3).map(move |k| (t, k))) {
            let expected: f64 = values().zip(&joint).filter(|(z, _)| z[t] == k).map(|(_, p)| p / total).sum();
            close(found[[row, t, k]], expected, 1e-12);
            assert_eq!(likeliest[[0, row, t]], best[t] as f64);
            let share = (0..n).filter(|&d| drawn[[d, row, t]] == k as f64).count() as f64 / n as f64;
            assert!((share - expected).abs() < 5.0 * (0.25 / n as f64).sqrt(), "{share}, {expected}");
        }
    }
}

/// Guesses of the causes, by each parameterisation on either side.
macro_rules! guessed {
    ($($model:ident, $guide:ident: $prior:ident($($of_prior:tt)*), $proposal:ident($q:ident => $($of_q:tt)*);)*) => {
        $(
            #[model]
            fn $model(x: &[f64], kept: &[bool]) {
                plate!("row", x.len(), mask(kept), |i| {
                    let kind = sample!("kind", Categorical::$prior($($of_prior)*));
                    let mean = (kind.one_hot(3) * WEIGHTS).sum();
                    observe!("x", Normal::new(mean, 0.5), x.at(i));
                });
            }

            #[guide($model)]
            fn $guide(x: &[f64], kept: &[bool]) {
                let q = param!("q", arr2(&Q));
                plate!("row", x.len(), mask(kept), |i| {
                    let $q = q + Tensor::from(&arr2(&WEIGHTS)) * x.at(i);
                    sample!("kind", Categorical::$proposal($($of_q)*), enumerate);
                });
            }
        )*

        #[test]
        fn a_guide_averages_over_every_joint_value() {
            let row = |x: f64, q: Logits| -> f64 {
                let q: Logits =
                    std::array::from_fn(|t| std::array::from_fn(|k| q[t][k] + x * WEIGHTS[t][k]));
                let term = |z: [usize; 2]| {
                    let log_q = log_prior(z, q);
                    log_q.exp() * (log_q - log_prior(z, LOGITS) - log_likelihood(z, x))
                };
                values().map(term).sum()
            };
            for kept in MASKS {
                let rows = || X.iter().zip(kept).filter(|(_, kept)| *kept).map(|(&x, _)| x);
                let loss = |q: Logits| rows().map(|x| row(x, q)).sum();
                for closed in [true, false] {
                    $(
                        let elbo = Elbo::default().closed_kl(closed);
                        let (model, guide) = ($model(&X, &kept), $guide(&X, &kept));
                        let mut svi = Svi::new(model, guide, elbo, Adam::new(0.1));
                        let (step, gradient) = svi.gradient().unwrap();
                        assert_exact(&step, gradient.get("q").unwrap(), loss, Q);
                        let draws = svi.posterior().draws(4).unwrap();
                        assert_eq!(draws.get("kind").unwrap().shape(), [4, 3, 2]);
                    )*
                }
            }
        }
    };
}

const Q: Logits = [[0.5, -0.2, 0.9], [0.1, 0.4, -0.8]];

guessed! {
    logits_of_logits, from_logits_of_logits: logits(LOGITS), logits(q => q);
    logits_of_probs, from_logits_of_probs: logits(LOGITS), new(q => q.softmax(1));
    probs_of_logits, from_probs_of_logits: new(Tensor::from(&arr2(&LOGITS)).softmax(1)), logits(q => q);
    probs_of_probs, from_probs_of_probs: new(Tensor::from(&arr2(&LOGITS)).softmax(1)), new(q => q.softmax(1));
}

/// Arrays of more dimensions, without a plate.
#[model]
fn cube() {
    let kind =
        sample!("kind", Categorical::logits(Tensor::zeros(&[2, 1, 2, 3]) + param!("l", arr2(&LOGITS))));
    factor!("cost", kind.to_tensor().sum());
}

#[guide(cube)]
fn of_cube() {
    sample!("kind", Categorical::logits(Tensor::zeros(&[2, 1, 2, 3]) + param!("q", arr2(&Q))));
}

#[test]
fn leading_dimensions_are_those_of_the_value() {
    let mut svi = Svi::new(cube(), of_cube(), Elbo::default(), Adam::new(0.1)).seed(1);
    let (step, gradient) = svi.gradient().unwrap();
    let rows = |l: Logits| l.map(|l| log_softmax(l).map(f64::exp));
    let divergence: f64 = (0..2)
        .map(|t| {
            let (q, p) = (log_softmax(Q[t]), log_softmax(LOGITS[t]));
            2.0 * (0..3).map(|k| q[k].exp() * (q[k] - p[k])).sum::<f64>()
        })
        .sum();
    close(step.kl, divergence, 1e-12);
    // By the prior's logits the divergence has p - q, twice.
    let (found, p, q) = (gradient.get("l").unwrap(), rows(LOGITS), rows(Q));
    for (t, k) in (0..2).flat_map(|t| (0..3).map(move |k| (t, k))) {
        close(found[[t, k]], 2.0 * (p[t][k] - q[t][k]), 1e-12);
    }
    assert_eq!(svi.posterior().draws(5).unwrap().get("kind").unwrap().shape(), [5, 2, 1, 2]);
}

#[test]
fn draws_have_the_probabilities_of_their_row() {
    let mut svi = Svi::new(cube(), of_cube(), Elbo::default(), Adam::new(0.1)).seed(2);
    svi.gradient().unwrap();
    let n = 100_000;
    let draws = svi.posterior().draws(n).unwrap();
    let draws = draws.get("kind").unwrap();
    for (a, t, k) in (0..2).flat_map(|a| (0..2).flat_map(move |t| (0..3).map(move |k| (a, t, k)))) {
        let p = log_softmax(Q[t])[k].exp();
        let share = (0..n).filter(|&d| draws[[d, a, 0, t]] == k as f64).count() as f64 / n as f64;
        let error = (p * (1.0 - p) / n as f64).sqrt();
        assert!((share - p).abs() < 5.0 * error && 5.0 * error < 0.05 * p, "{a} {t} {k}: {share}, {p}");
    }
    // Neighbours are independent.
    let both = (0..n).filter(|&d| draws[[d, 0, 0, 0]] == 0.0 && draws[[d, 0, 0, 1]] == 0.0).count() as f64;
    let p = (log_softmax(Q[0])[0] + log_softmax(Q[1])[0]).exp();
    assert!((both / n as f64 - p).abs() < 5.0 * (p / n as f64).sqrt(), "{both}, {p}");
}

/// A floor for each number.
#[model]
fn floored(x: &[f64], least: f64) {
    plate!("row", x.len(), |i| {
        let prior = Tensor::from(&arr2(&LOGITS)).softmax(1);
        let kind = sample!("kind", Categorical::new(prior), free_bits(least).per_dimension());
        observe!("x", Normal::new((kind.one_hot(3) * WEIGHTS).sum(), 0.5), x.at(i));
    });
}

#[guide(floored)]
fn of_floored(x: &[f64], _least: f64) {
    let q = param!("q", arr2(&Q));
    plate!("row", x.len(), |i| sample!("kind", Categorical::logits(q * x.at(i))));
}

#[test]
fn each_number_may_have_its_floor() {
    for least in [0.0, 0.1, 0.4] {
        let mut svi =
            Svi::new(floored(&X, least), of_floored(&X, least), Elbo::default(), Adam::new(0.1)).seed(3);
        let step = svi.step().unwrap();
        let number = |x: f64, t: usize| -> f64 {
            let (q, p) = (log_softmax(Q[t].map(|q| q * x)), log_softmax(LOGITS[t]));
            (0..3).map(|k| q[k].exp() * (q[k] - p[k])).sum()
        };
        let all = || X.iter().flat_map(|&x| (0..2).map(move |t| number(x, t)));
        close(step.kl, all().sum(), 1e-12);
        close(step.loss + step.log_likelihood, all().map(|kl| kl.max(least)).sum(), 1e-12);
    }
}

#[test]
fn an_explanation_shows_the_shape() {
    let kept = MASKS[0];
    let svi = Svi::new(causes(&X, &kept), nothing(&X, &kept), Elbo::default(), Adam::new(0.1));
    let printed = svi.explain().unwrap().to_string();
    let row = printed.lines().find(|line| line.starts_with("kind")).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        words,
        ["kind", "summed", "out", "(9)", "Categorical", "Finite", "[2]", "row", "l"],
        "{printed}"
    );
    let svi = Svi::new(cube(), of_cube(), Elbo::default(), Adam::new(0.1));
    let site = svi.explain().unwrap().site("kind").unwrap().clone();
    assert_eq!((&site.event[..], site.closed_divergence), (&[2, 1, 2][..], true));
}

#[test]
fn simulated_data_have_the_probabilities_of_their_row() {
    let z = labels();
    let mut svi =
        Svi::new(shared::arrays(&z, &X), shared::of_arrays(&z, &X), Elbo::default(), Adam::new(0.1)).seed(4);
    svi.gradient().unwrap();
    let n = 40_000;
    let data = svi.posterior().predictive(n).unwrap().get("z").unwrap().clone();
    assert_eq!(data.shape(), [n, 3, 2]);
    for (row, t, k) in (0..3).flat_map(|r| (0..2).flat_map(move |t| (0..3).map(move |k| (r, t, k)))) {
        let p = log_softmax(LOGITS[t])[k].exp();
        let share = (0..n).filter(|&d| data[[d, row, t]] == k as f64).count() as f64 / n as f64;
        assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / n as f64).sqrt(), "{row} {t} {k}: {share}, {p}");
    }
}

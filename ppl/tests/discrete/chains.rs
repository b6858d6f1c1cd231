use super::*;
use ndarray::Array2;

const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.25, 0.75]];

#[model]
fn case(y: &[usize], table: &Array2<f64>) {
    markov!("time", y.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
        observe!("y", Categorical::new(table.at(z)), y.at(t));
        z
    });
}

#[guide(case)]
fn nothing(_y: &[usize], _table: &Array2<f64>) {}

fn table() -> Array2<f64> {
    ndarray::arr2(&STICKY)
}

#[test]
fn the_evidence_is_that_of_the_forward_recursion() {
    let table = table();
    for (steps, expected) in [(2, 1.6739764336), (3, 2.2493405785), (10, 5.9439738588)] {
        let y = vec![1; steps];
        let mut svi = Svi::new(case(&y, &table), nothing(&y, &table), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, expected, 1e-10);
        // Later runs know the sizes already.
        close(svi.step().unwrap().loss, expected, 1e-10);
    }
}

#[test]
fn marginals_draws_and_the_likeliest_path_are_those_of_the_sum_over_all_paths() {
    let (table, y) = (table(), [1, 0, 1, 1]);
    let joint = |path: [usize; 4]| -> f64 {
        let mut before = 0;
        path.iter()
            .zip(y)
            .map(|(&z, y)| STICKY[std::mem::replace(&mut before, z)][z] * STICKY[z][y])
            .product()
    };
    let paths = || (0..16).map(|n| [n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1]);
    let evidence: f64 = paths().map(joint).sum();
    let mut svi = Svi::new(case(&y, &table), nothing(&y, &table), Elbo::default(), Adam::new(0.1));
    let marginals = svi.posterior().marginals(1).unwrap();
    let found = marginals.get("z").unwrap();
    assert_eq!(found.shape(), [4, 2]);
    for t in 0..4 {
        let expected = paths().filter(|p| p[t] == 1).map(joint).sum::<f64>() / evidence;
        close(found[[t, 1]], expected, 1e-12);
    }
    let best = paths().max_by(|a, b| joint(*a).total_cmp(&joint(*b))).unwrap();
    let likeliest = svi.posterior().likeliest(1).unwrap();
    let likeliest = likeliest.get("z").unwrap().mapv(|z| z as usize);
    let path: [usize; 4] = std::array::from_fn(|t| likeliest[[0, t]]);
    close(joint(path), joint(best), 1e-14);
    let n = 2000;
    let draws = svi.posterior().assignments(n).unwrap();
    let draws = draws.get("z").unwrap();
    let chi_squared: f64 = paths()
        .map(|path| {
            let hits = (0..n).filter(|&d| (0..4).all(|t| draws[[d, t]] == path[t] as f64)).count();
            let expected = n as f64 * joint(path) / evidence;
            (hits as f64 - expected).powi(2) / expected
        })
        .sum();
    assert!(chi_squared < 55.8, "chi-squared {chi_squared}");
}

#[model]
fn factorial(y: &Array2<f64>, lengths: &[usize]) {
    let a = param!("a", ndarray::arr2(&[[0.6, 0.4], [0.1, 0.9]]));
    let b = param!("b", ndarray::arr2(&[[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]]));
    let mu = param!("mu", 1.5);
    let start = sample!("start", Categorical::new([0.3, 0.7]), enumerate);
    plate!("sequence", y.dim().0, |i| {
        markov!("time", y.dim().1, (start, 1), lengths(lengths.at(i)), |(v, w), t| {
            let v = sample!("v", Categorical::new(a.at(v)), enumerate);
            let w = sample!("w", Categorical::new(b.at(w)), enumerate);
            let mean = mu * v.to_real() + w.to_real() * 0.7;
            observe!("y", Normal::new(mean, 1.0), y.at(i).at(t).to_real());
            (v, w)
        });
    });
}

#[guide(factorial)]
fn free(_y: &Array2<f64>, _lengths: &[usize]) {}

/// The log-evidence by the sum over every pair of paths.
fn by_hand(y: &Array2<f64>, lengths: &[usize], mu: f64) -> f64 {
    let a = [[0.6, 0.4], [0.1, 0.9]];
    let b = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]];
    let start = [0.3, 0.7];
    let sequence = |i: usize, s: usize| -> f64 {
        let mut states = vec![((s, 1), 1.0)];
        for t in 0..lengths[i] {
            let mut next = Vec::new();
            for ((v, w), p) in states {
                for (v2, to_v) in a[v].iter().enumerate() {
                    for (w2, to_w) in b[w].iter().enumerate() {
                        let d = y[[i, t]] - mu * v2 as f64 - 0.7 * w2 as f64;
                        let density = (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
                        next.push(((v2, w2), p * to_v * to_w * density));
                    }
                }
            }
            states = next;
        }
        states.iter().map(|s| s.1).sum()
    };
    (0..2).map(|s| start[s] * (0..lengths.len()).map(|i| sequence(i, s)).product::<f64>()).sum::<f64>().ln()
}

#[test]
fn two_chains_side_by_side_with_lengths_and_an_enumerated_start() {
    let y = ndarray::arr2(&[[0.3, 2.2, -0.5], [1.1, 0.2, 3.0]]);
    let lengths = [3, 2];
    let mut svi = Svi::new(factorial(&y, &lengths), free(&y, &lengths), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, -by_hand(&y, &lengths, 1.5), 1e-12);
    let h = 1e-4;
    let slope = (by_hand(&y, &lengths, 1.5 + h) - by_hand(&y, &lengths, 1.5 - h)) / (2.0 * h);
    close(gradient.get("mu").unwrap()[[]], -slope, 1e-7);
}

#[model]
fn second_order(y: &[f64], table: &ndarray::Array3<f64>) {
    markov!("time", y.len(), (0, 1), |(a, b), t| {
        let c = sample!("c", Categorical::new(table.at(a).at(b)), enumerate);
        observe!("y", Normal::new(c.to_real(), 1.0), y.at(t));
        (b, c)
    });
}

#[guide(second_order)]
fn none(_y: &[f64], _table: &ndarray::Array3<f64>) {}

#[test]
fn a_state_may_remember_the_state_before() {
    let table = ndarray::arr3(&[[[0.2, 0.8], [0.5, 0.5]], [[0.9, 0.1], [0.3, 0.7]]]);
    let y = [0.2, 1.4, -0.3];
    let mut states = vec![((0, 1), 1.0)];
    for y in y {
        let mut next = Vec::new();
        for ((a, b), p) in states {
            for c in 0..2 {
                let d: f64 = y - c as f64;
                let density = (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
                next.push(((b, c), p * table[[a, b, c]] * density));
            }
        }
        states = next;
    }
    let expected = states.iter().map(|s| s.1).sum::<f64>().ln();
    let mut svi = Svi::new(second_order(&y, &table), none(&y, &table), Elbo::default(), Adam::new(0.1));
    close(svi.step().unwrap().loss, -expected, 1e-12);
}

#[model]
fn walk(y: &[f64]) {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", y.len(), start, |prev, t| {
        let x = sample!("x", Normal::new(prev, 1.0));
        observe!("y", Normal::new(x, 0.5), y.at(t));
        x
    });
}

#[guide(walk)]
fn mean_field(y: &[f64]) {
    sample!("start", Normal::new(param!("start_loc", 0.0), param!("start_scale", 0.5, Positive)));
    let loc = param!("loc", vec![0.0; y.len()]);
    markov!("time", y.len(), 0.0, |_prev, t| { sample!("x", Normal::new(loc.at(t).to_real(), 0.5)) });
}

#[test]
fn continuous_states_run_step_by_step() {
    let y = [0.5, 1.0, 1.5];
    let mut svi = Svi::new(walk(&y), mean_field(&y), Elbo::default(), Adam::new(0.05)).seed(3);
    for _ in 0..1500 {
        svi.step().unwrap();
    }
    // The mean of the posterior solves a tridiagonal system.
    let loc = svi.parameters().get("loc").unwrap().clone();
    // Precision: start 1 + 1; x_t: 1 + 1 (or 1 at the end) + 4.
    let (mut d, mut b) = ([2.0, 6.0, 6.0, 5.0], [0.0, 2.0, 4.0, 6.0]);
    for k in 1..4 {
        d[k] -= 1.0 / d[k - 1];
        b[k] += b[k - 1] / d[k - 1];
    }
    let mut mean = [0.0; 4];
    for k in (0..4).rev() {
        mean[k] = (b[k] + if k < 3 { mean[k + 1] } else { 0.0 }) / d[k];
    }
    for t in 0..3 {
        assert!((loc[[t]] - mean[t + 1]).abs() < 0.15, "{loc:?} {mean:?}");
    }
}

#[model]
fn chain_first(y: &[f64]) {
    markov!("time", y.len(), 0.0, |prev, t| {
        let z = sample!("z", Normal::new(prev, 1.0));
        observe!("y", Normal::new(z, 0.5), y.at(t));
        z
    });
    plate!("row", y.len(), |i| observe!(
        "again",
        Normal::new(sample!("w", Normal::new(0.0, 1.0)), 0.5),
        y.at(i)
    ));
}

#[guide(chain_first)]
fn chain_first_guide(y: &[f64]) {
    markov!("time", y.len(), 0.0, |prev, _t| sample!("z", Normal::new(0.5 * prev, 0.6)));
    plate!("row", y.len(), |_| sample!("w", Normal::new(param!("loc", 0.2), 0.6)));
}

#[model]
fn plate_first(y: &[f64]) {
    plate!("row", y.len(), |i| observe!(
        "again",
        Normal::new(sample!("w", Normal::new(0.0, 1.0)), 0.5),
        y.at(i)
    ));
    markov!("time", y.len(), 0.0, |prev, t| {
        let z = sample!("z", Normal::new(prev, 1.0));
        observe!("y", Normal::new(z, 0.5), y.at(t));
        z
    });
}

#[guide(plate_first)]
fn plate_first_guide(y: &[f64]) {
    plate!("row", y.len(), |_| sample!("w", Normal::new(param!("loc", 0.2), 0.6)));
    markov!("time", y.len(), 0.0, |prev, _t| sample!("z", Normal::new(0.5 * prev, 0.6)));
}

#[test]
fn a_plate_may_follow_a_chain_that_runs_step_by_step() {
    let y = [0.3, 1.2, -0.4];
    let mut chain = Svi::new(chain_first(&y), chain_first_guide(&y), Elbo::default(), Adam::new(0.1)).seed(1);
    let mut plate = Svi::new(plate_first(&y), plate_first_guide(&y), Elbo::default(), Adam::new(0.1)).seed(1);
    for _ in 0..3 {
        close(chain.step().unwrap().loss, plate.step().unwrap().loss, 1e-12);
    }
    assert_eq!(chain.parameters(), plate.parameters());
}

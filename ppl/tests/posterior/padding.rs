//! What lies behind the end of a chain is NaN, in whatever is asked for, and so is told from state 0.

use super::*;
use ndarray::{Array2, Axis, arr2};

const STEPS: usize = 3;
const LENGTHS: [usize; 4] = [2, 3, 0, 1];

#[model]
fn both(y: &Array2<f64>, lengths: &[usize], table: &Array2<f64>) {
    plate!("row", lengths.len(), |i| {
        markov!("hidden", STEPS, 0, lengths(lengths.at(i)), |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            deterministic!("state", z);
            observe!("y", Normal::new(z.to_real(), 1.0), y.at(i).at(t));
            z
        });
        markov!("walk", STEPS, 0.0, lengths(lengths.at(i)), |prev, _t| {
            let x = sample!("x", Normal::new(prev, 1.0));
            deterministic!("double", 2.0 * x);
            x
        });
    });
}

#[guide(both)]
fn walks(_y: &Array2<f64>, lengths: &[usize], _table: &Array2<f64>) {
    plate!("row", lengths.len(), |i| {
        markov!("walk", STEPS, 0.0, lengths(lengths.at(i)), |prev, _t| {
            sample!("x", Normal::new(prev * param!("slope", 0.5), 1.0))
        });
    });
}

/// Asserts which elements of `[draws, rows, steps]` are there.
fn assert_padded(draws: &ppl::results::Draws, name: &str) {
    let all = draws.get(name).unwrap();
    assert_eq!(&all.shape()[1..], [LENGTHS.len(), STEPS], "{name}");
    for draw in all.axis_iter(Axis(0)) {
        for (row, length) in LENGTHS.into_iter().enumerate() {
            for t in 0..STEPS {
                assert_eq!(draw[[row, t]].is_nan(), t >= length, "{name}: {draw}");
            }
        }
    }
    let summary = draws.summary();
    assert!(summary.row(name, &[0, 2]).unwrap().mean.is_nan());
    assert!(summary.row(name, &[1, 2]).unwrap().mean.is_finite());
}

#[test]
fn behind_an_end_nothing_is_there() {
    let y = arr2(&[[0.1, -0.2, 0.3], [0.9, 1.1, -0.4], [0.0, 0.0, 0.0], [-0.5, 0.2, 0.4]]);
    let table = arr2(&[[0.9, 0.1], [0.6, 0.4]]);
    let (model, guide) = (both(&y, &LENGTHS, &table), walks(&y, &LENGTHS, &table));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(1);
    let draws = svi.posterior().draws(20).unwrap();
    for name in ["x", "state", "double"] {
        assert_padded(&draws, name);
    }
    assert_padded(&svi.posterior().assignments(20).unwrap(), "z");
    let likeliest = svi.posterior().likeliest(2).unwrap();
    assert_padded(&likeliest, "z");
    // State 0 is the likeliest everywhere else.
    assert!(likeliest.get("z").unwrap().iter().all(|&z| z.is_nan() || z == 0.0));
    let joint = svi.posterior().joint(20).unwrap();
    for name in ["x", "y", "state", "double"] {
        assert_padded(&joint, name);
    }
    for n in [1, 5] {
        let marginals = svi.posterior().marginals(n).unwrap();
        let pairs = svi.posterior().pairwise_marginals(n).unwrap();
        let (marginals, pairs) = (marginals.get("z").unwrap(), pairs.get("z").unwrap());
        for (row, length) in LENGTHS.into_iter().enumerate() {
            for t in 0..STEPS {
                let at = |array: &ndarray::ArrayD<f64>| {
                    array.index_axis(Axis(0), row).index_axis(Axis(0), t).to_owned()
                };
                let (one, two) = (at(marginals), at(pairs));
                if t < length {
                    close(one.sum(), 1.0, 1e-14);
                    close(two.sum(), 1.0, 1e-14);
                } else {
                    assert!(one.iter().chain(&two).all(|p| p.is_nan()), "{one}, {two}");
                }
            }
        }
    }
}

/// A chain whose sites stand in a program that it calls runs step by step.
#[model]
fn one_step(before: Discrete, table: &Array2<f64>) -> Discrete {
    sample!("z", Categorical::new(table.at(before)), enumerate)
}

#[model]
fn called(table: &Array2<f64>, lengths: &[usize]) {
    plate!("row", lengths.len(), |i| {
        markov!("time", STEPS, 0, lengths(lengths.at(i)), |prev, _t| call!("step", one_step(prev, table)));
    });
}

#[guide(called)]
fn of_called(_table: &Array2<f64>, _lengths: &[usize]) {}

#[test]
fn a_chain_that_runs_step_by_step_is_padded_too() {
    let table = arr2(&[[0.9, 0.1], [0.6, 0.4]]);
    let mut svi =
        Svi::new(called(&table, &LENGTHS), of_called(&table, &LENGTHS), Elbo::default(), Adam::new(0.1));
    let likeliest = svi.posterior().likeliest(1).unwrap();
    let marginals = svi.posterior().marginals(1).unwrap();
    let pairs = svi.posterior().pairwise_marginals(1).unwrap();
    let names: Vec<String> = likeliest.names().map(str::to_owned).collect();
    assert_eq!(names.len(), STEPS);
    for (t, name) in names.iter().enumerate() {
        for (row, length) in LENGTHS.into_iter().enumerate() {
            assert_eq!(likeliest.get(name).unwrap()[[0, row]].is_nan(), t >= length);
            assert_eq!(marginals.get(name).unwrap()[[row, 0]].is_nan(), t >= length);
            if t > 0 {
                assert_eq!(pairs.get("step/z").unwrap()[[row, t - 1, 0, 0]].is_nan(), t >= length);
            }
        }
    }
}

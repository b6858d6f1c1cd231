//! Reductions and normalisations over all dimensions, and over each of an array of rank 3 or less.

use super::Case;
use super::harness::{Dense, positions, tensor, value};
use crate::value::{Tensor, Value};

const SHAPES: [&[usize]; 5] = [&[5], &[70], &[2, 3], &[3, 2, 4], &[1, 9, 1]];

fn log_sum_exp(x: &[f64]) -> f64 {
    let m = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    m + x.iter().map(|v| (v - m).exp()).sum::<f64>().ln()
}

fn sum(x: &[f64]) -> f64 {
    x.iter().sum()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn max(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The line of elements through `event` along `dim`.
fn line(x: &Dense, row: &[usize], event: &[usize], dim: usize) -> Vec<f64> {
    let mut at = event.to_vec();
    (0..x.shape[dim])
        .map(|k| {
            at[dim] = k;
            x.at(row, &at)
        })
        .collect()
}

type OverAll = (&'static str, fn(Tensor) -> crate::Real, fn(&[f64]) -> f64);
type Over = (&'static str, fn(Tensor, usize) -> Tensor, fn(&[f64]) -> f64);

#[test]
fn over_all_dimensions() {
    let kinds: [OverAll; 4] = [
        ("sum", |x| x.sum(), sum),
        ("mean", |x| x.mean(), mean),
        ("max", |x| x.max(), max),
        ("logsumexp", |x| x.logsumexp(), log_sum_exp),
    ];
    for (what, op, twin) in kinds {
        for shape in SHAPES {
            for (plates, range) in [(&[][..], -0.1..0.1), (&[2], -2.0..2.0), (&[2, 3], -50.0..50.0)] {
                let all: Vec<usize> = (0..plates.len()).collect();
                Case::new(plates).input(&all, shape, range).check(
                    what,
                    |x, _| value(op(tensor(x[0]))),
                    |x, row, _| twin(x[0].event(row)),
                );
            }
        }
    }
}

#[test]
fn over_each_dimension() {
    let kinds: [Over; 4] = [
        ("sum_over", |x, k| x.sum_over(k), sum),
        ("mean_over", |x, k| x.mean_over(k), mean),
        ("max_over", |x, k| x.max_over(k), max),
        ("logsumexp_over", |x, k| x.logsumexp_over(k), log_sum_exp),
    ];
    for (what, op, twin) in kinds {
        for shape in SHAPES {
            for dim in 0..shape.len() {
                for (plates, range) in [(&[][..], -0.1..0.1), (&[2], -2.0..2.0), (&[2, 3], -50.0..50.0)] {
                    let all: Vec<usize> = (0..plates.len()).collect();
                    Case::new(plates).input(&all, shape, range).check(
                        what,
                        |x, _| value(op(tensor(x[0]), dim)),
                        |x, row, event| {
                            let mut whole = event.to_vec();
                            whole.insert(dim, 0);
                            twin(&line(&x[0], row, &whole, dim))
                        },
                    );
                }
            }
        }
    }
}

/// A line of so many elements is a loop of its own where it is contiguous, and not where it is a column.
const LONG: [&[usize]; 4] = [&[16], &[37], &[2, 33], &[33, 2]];

#[test]
fn normalisations() {
    for shape in SHAPES.into_iter().chain(LONG) {
        for dim in 0..shape.len() {
            for (plates, range) in [(&[][..], -0.1..0.1), (&[2], -2.0..2.0), (&[2, 3], -20.0..20.0)] {
                let all: Vec<usize> = (0..plates.len()).collect();
                let case = Case::new(plates).input(&all, shape, range);
                case.check(
                    "log_softmax",
                    |x, _| value(tensor(x[0]).log_softmax(dim)),
                    |x, row, e| x[0].at(row, e) - log_sum_exp(&line(&x[0], row, e, dim)),
                );
                case.check(
                    "softmax",
                    |x, _| value(tensor(x[0]).softmax(dim)),
                    |x, row, e| (x[0].at(row, e) - log_sum_exp(&line(&x[0], row, e, dim))).exp(),
                );
            }
        }
    }
}

/// Returns the value and the derivatives of a reduction of a vector.
fn of(x: &[f64], op: impl Fn(Tensor) -> Value<f64>) -> (Vec<f64>, Vec<f64>) {
    let case = Case::new(&[]).given(&[], &[x.len()], x.to_vec());
    let mut recorded = case.record(&[x.to_vec()], &|x, _| op(tensor(x[0])));
    assert_eq!(recorded.run.outcome(), Ok(()));
    let n = recorded.run.tape.value(recorded.out).len();
    recorded.sweep(&vec![1.0; n]);
    (recorded.run.tape.value(recorded.out).to_vec(), recorded.run.tape.adjoint(recorded.leaves[0]).to_vec())
}

#[test]
fn edges_of_reductions() {
    const NEVER: f64 = f64::NEG_INFINITY;
    // The first of several largest takes the derivative.
    assert_eq!(of(&[1.0, 3.0, 3.0], |x| value(x.max())), (vec![3.0], vec![0.0, 1.0, 0.0]));
    assert_eq!(of(&[NEVER, 0.0], |x| value(x.logsumexp())), (vec![0.0], vec![0.0, 1.0]));
    assert_eq!(of(&[NEVER, NEVER], |x| value(x.logsumexp())), (vec![NEVER], vec![0.0, 0.0]));
    assert_eq!(of(&[800.0, -800.0], |x| value(x.logsumexp())), (vec![800.0], vec![1.0, 0.0]));
    assert_eq!(of(&[800.0, -800.0], |x| value(x.softmax(0))).0, vec![1.0, 0.0]);
    assert_eq!(of(&[800.0, -800.0], |x| value(x.log_softmax(0))).0, vec![0.0, -1600.0]);
    for n in [3, 40] {
        // An element that is never chosen, a row of such, one that is always, and NaN.
        let with = |last: f64| [vec![0.0; n - 1], vec![last]].concat();
        let shares = of(&with(NEVER), |x| value(x.softmax(0))).0;
        assert!((shares[0] - 1.0 / (n - 1) as f64).abs() < 1e-15 && shares[n - 1] == 0.0);
        assert_eq!(of(&with(NEVER), |x| value(x.log_softmax(0))).0[n - 1], NEVER);
        for of_row in [|x: Tensor| value(x.softmax(0)), |x: Tensor| value(x.log_softmax(0))] {
            assert!(of(&vec![NEVER; n], of_row).0.iter().all(|y| y.is_nan()));
            assert!(of(&with(f64::NAN), of_row).0.iter().all(|y| y.is_nan()));
            assert!(of(&with(f64::INFINITY), of_row).0[n - 1].is_nan());
        }
    }
    assert!(of(&[f64::NAN, 1.0], |x| value(x.max())).0[0].is_nan());
    assert!(of(&[1.0, f64::NAN], |x| value(x.logsumexp())).0[0].is_nan());
    assert_eq!(of(&[], |x| value(x.sum())), (vec![0.0], vec![]));
}

#[test]
fn a_sum_over_a_dimension_is_that_of_slices() {
    let case = Case::new(&[2]).input(&[0], &[3, 4, 5], -1.0..1.0);
    for event in positions(&[3, 4]) {
        assert!(event[0] < 3);
    }
    case.check(
        "sum of slices",
        |x, _| {
            value((0..4).fold(tensor(x[0]).slice(1, 0..1) * 0.0, |s, k| s + tensor(x[0]).slice(1, k..k + 1)))
        },
        |x, row, e| line(&x[0], row, e, 1).iter().sum(),
    );
}

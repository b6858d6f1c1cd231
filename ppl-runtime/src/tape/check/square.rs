//! Determinants, solutions, inverses and diagonals, against closed forms and slow twins.

use super::Case;
use super::harness::{Dense, tensor, value};
use crate::value::{Tensor, Value};

/// Square matrices that need exchanges of rows, at a scale.
fn matrices(count: usize, n: usize, scale: f64) -> Vec<f64> {
    let element = |m: usize, i: usize, j: usize| {
        // Large below the diagonal.
        let large = if i == (j + 1) % n { 2.0 } else { 0.0 };
        scale * (large + ((m * 29 + i * 7 + j * 3 + 1) as f64).sin())
    };
    (0..count * n * n).map(|k| element(k / (n * n), k / n % n, k % n)).collect()
}

/// Returns the determinant by the expansion along the first row.
fn determinant(a: &[f64], n: usize) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let minor = |k: usize| {
        let rows = (1..n).flat_map(|i| (0..n).filter(move |&j| j != k).map(move |j| a[i * n + j]));
        determinant(&rows.collect::<Vec<_>>(), n - 1)
    };
    (0..n).map(|k| if k % 2 == 0 { a[k] * minor(k) } else { -a[k] * minor(k) }).sum()
}

/// Returns the solution of `A y = b` by Cramer's rule.
fn solution(a: &[f64], n: usize, b: impl Fn(usize) -> f64, k: usize) -> f64 {
    let mut replaced = a.to_vec();
    (0..n).for_each(|i| replaced[i * n + k] = b(i));
    determinant(&replaced, n) / determinant(a, n)
}

/// Returns the matrix at a position of the dimensions before it.
fn matrix<'a>(x: &'a Dense, row: &[usize], batch: &[usize], n: usize) -> &'a [f64] {
    let dims = &x.shape[..x.shape.len() - 2];
    let missing = batch.len() - dims.len();
    let at = dims.iter().zip(&batch[missing..]).fold(0, |at, (&d, &i)| at * d + if d == 1 { 0 } else { i });
    &x.event(row)[at * n * n..(at + 1) * n * n]
}

const AXES: [(&[usize], usize); 4] = [(&[], 1), (&[0], 2), (&[1], 3), (&[0, 1], 6)];

#[test]
fn determinants_and_inverses() {
    for n in [1, 2, 4] {
        for scale in [0.01, 1.0, 100.0] {
            for (of, rows) in AXES {
                for batch in [&[][..], &[2], &[1], &[2, 1]] {
                    let shape = [batch, &[n, n]].concat();
                    let count = rows * batch.iter().product::<usize>();
                    let case = Case::new(&[2, 3]).given(of, &shape, matrices(count, n, scale));
                    case.check(
                        "log_det",
                        |x, _| value(tensor(x[0]).log_det()),
                        |x, row, e| determinant(matrix(&x[0], row, e, n), n).abs().ln(),
                    );
                    case.check(
                        "inverse",
                        |x, _| value(tensor(x[0]).inverse()),
                        |x, row, e| {
                            let (batch, at) = e.split_at(e.len() - 2);
                            let unit = |i: usize| if i == at[1] { 1.0 } else { 0.0 };
                            solution(matrix(&x[0], row, batch, n), n, unit, at[0])
                        },
                    );
                }
            }
        }
    }
}

#[test]
fn solutions_of_square_systems() {
    for n in [1, 3] {
        for (of_a, rows) in AXES {
            for of_b in [&[][..], &[0], &[1]] {
                for (batch, right) in [
                    (&[][..], vec![n]),
                    (&[], vec![n, 2]),
                    (&[2], vec![n]),
                    (&[2], vec![n, 1]),
                    (&[2, 1], vec![3, n, 2]),
                    (&[], vec![2, n, 1]),
                ] {
                    let shape = [batch, &[n, n]].concat();
                    let count = rows * batch.iter().product::<usize>();
                    let case = Case::new(&[2, 3]).given(of_a, &shape, matrices(count, n, 1.0));
                    case.input(of_b, &right, -1.0..1.0).check(
                        &format!("solve {shape:?} {right:?}"),
                        |x, _| value(tensor(x[0]).solve(tensor(x[1]))),
                        |x, row, e| {
                            let (batch, at) = e.split_at(e.len() - right.len().min(2));
                            let b = |i: usize| {
                                let dims = &right[..right.len().saturating_sub(2)];
                                let own = dims.iter().zip(&batch[batch.len() - dims.len()..]);
                                let mut place: Vec<usize> =
                                    own.map(|(&d, &i)| if d == 1 { 0 } else { i }).collect();
                                place.push(i);
                                place.extend(at.get(1));
                                x[1].at(row, &place)
                            };
                            solution(matrix(&x[0], row, batch, n), n, b, at[0])
                        },
                    );
                }
            }
        }
    }
    for scale in [0.01, 100.0] {
        Case::new(&[]).given(&[], &[3, 3], matrices(1, 3, scale)).check_adjoints(
            "solve by itself",
            &|x, _| {
                let a: Tensor = tensor(x[0]);
                value(a.solve(a.at_row(0) + 1.0).sum() + a.log_det().sum())
            },
        );
    }
}

trait AtRow {
    fn at_row(&self, k: usize) -> Self;
}

impl AtRow for Tensor {
    fn at_row(&self, k: usize) -> Tensor {
        crate::value::At::at(self, k)
    }
}

#[test]
fn a_determinant_in_closed_form() {
    // The identity times `a` plus ones times `b`: (a + n b) a^(n - 1).
    for (n, a, b) in [(1, 2.0, 0.5), (5, 0.3, 1.5), (40, 1e-3, 7.0), (40, 20.0, -0.1)] {
        let values = vec![a, b];
        let case = Case::new(&[]).given(&[], &[2], values.clone());
        let op = |x: &[Value<f64>], _: &[_]| {
            let (a, b) = (tensor(x[0]).at_row(0), tensor(x[0]).at_row(1));
            value((Tensor::eye(n) * a + Tensor::ones(&[n, n]) * b).log_det())
        };
        let mut recorded = case.record(&[values], &op);
        assert_eq!(recorded.run.outcome(), Ok(()));
        let whole = a + n as f64 * b;
        let expected = whole.abs().ln() + (n as f64 - 1.0) * a.ln();
        let found = recorded.run.tape.value(recorded.out)[0];
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found}, expected {expected}");
        recorded.sweep(&[1.0]);
        let slopes = [1.0 / whole + (n as f64 - 1.0) / a, n as f64 / whole];
        for (found, expected) in recorded.run.tape.adjoint(recorded.leaves[0]).iter().zip(slopes) {
            assert!((found / expected - 1.0).abs() < 1e-7, "{found}, expected {expected}");
        }
    }
}

#[test]
fn diagonals() {
    for (of, _) in AXES {
        for (m, n) in [(3, 3), (2, 3), (3, 2), (1, 1), (1, 4)] {
            Case::new(&[2, 3]).input(of, &[m, n], -1.0..1.0).check(
                "diag of a matrix",
                |x, _| value(tensor(x[0]).diag().sin()),
                |x, row, e| x[0].at(row, &[e[0], e[0]]).sin(),
            );
        }
        Case::new(&[2, 3]).input(of, &[3], -1.0..1.0).check(
            "diag of a vector",
            |x, _| value(tensor(x[0]).diag() + 0.5),
            |x, row, e| if e[0] == e[1] { x[0].at(row, &e[..1]) + 0.5 } else { 0.5 },
        );
    }
    // What is infinite stays where it is.
    let case = Case::new(&[]).given(&[], &[2], vec![f64::INFINITY, 2.0]);
    let recorded = case.record(&[vec![f64::INFINITY, 2.0]], &|x, _| value(tensor(x[0]).diag()));
    assert_eq!(recorded.run.tape.value(recorded.out), [f64::INFINITY, 0.0, 0.0, 2.0]);
}

#[test]
fn nothing_has_a_determinant_of_one() {
    for shape in [&[0, 0][..], &[2, 0, 0], &[0, 2, 2]] {
        Case::new(&[2]).input(&[0], shape, 0.0..1.0).check(
            "empty",
            |x, _| {
                let a = tensor(x[0]);
                value(a.log_det().sum() + a.inverse().sum() + a.solve(a).sum() + a.sum())
            },
            |_, _, _| 0.0,
        );
    }
}

/// Returns the error of an operation on one array.
fn error(shape: &[usize], values: Vec<f64>, op: impl Fn(Tensor) -> Tensor) -> String {
    let case = Case::new(&[]).given(&[], shape, values.clone());
    let mut recorded = case.record(&[values], &|x, _| value(op(tensor(x[0]))));
    recorded.run.outcome().expect_err("it cannot be done").to_string()
}

#[test]
fn singular_matrices_are_errors() {
    let singular = || vec![1.0, 2.0, 2.0, 4.0];
    for (operation, op) in [
        ("log_det", (|x| x.log_det()) as fn(Tensor) -> Tensor),
        ("inverse", |x| x.inverse()),
        ("solve", |x| x.solve([1.0, 2.0])),
    ] {
        let found = error(&[2, 2], singular(), op);
        let words = format!("{operation}: the matrix of shape [2, 2] is singular; its pivot 1 is 0");
        assert!(found.ends_with(&words), "{found}");
        let found = error(&[2, 2, 2], [vec![1.0, 0.0, 0.0, 1.0], singular()].concat(), op);
        let words =
            format!("{operation}: the matrix of shape [2, 2] at element 1 is singular; its pivot 1 is 0");
        assert!(found.ends_with(&words), "{found}");
        for shape in [&[2, 3][..], &[4], &[]] {
            let values = vec![1.0; shape.iter().product()];
            let found = error(shape, values, op);
            assert!(found.contains(operation) && found.contains(&format!("{shape:?}")), "{found}");
        }
    }
    let values = [vec![1.0, 0.0, 0.0, 1.0], singular()].concat();
    let case = Case::new(&[2]).given(&[0], &[2, 2], values.clone());
    let mut recorded = case.record(&[values], &|x, _| value(tensor(x[0]).log_det()));
    let found = recorded.run.outcome().expect_err("the second is singular").to_string();
    assert!(found.ends_with("the matrix of shape [2, 2] at a = 1 is singular; its pivot 1 is 0"), "{found}");
    let found = error(&[2, 2], vec![1.0; 4], |x| x.solve([1.0, 2.0, 3.0]));
    assert!(
        found.ends_with("solve: expected [.., n, n] and [n] or [.., n, m], got [2, 2] and [3]"),
        "{found}"
    );
    let found = error(&[2, 2, 2], vec![1.0; 8], |x| x.diag());
    assert!(found.ends_with("diag: expected a vector or a matrix, got the shape [2, 2, 2]"), "{found}");
}

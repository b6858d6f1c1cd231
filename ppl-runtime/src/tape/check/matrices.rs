//! Products of many matrices at once, and in log space, against the sums that define them.

use super::Case;
use super::harness::{Dense, tensor, value};
use crate::value::Value;

const AXES: [(&[usize], &[usize]); 7] =
    [(&[], &[]), (&[0], &[]), (&[], &[1]), (&[0], &[1]), (&[1], &[0]), (&[1], &[0, 1]), (&[0, 1], &[0, 1])];

/// Operands and the rank that their result has.
const SHAPES: [(&[usize], &[usize]); 12] = [
    (&[2, 3, 4], &[4, 2]),
    (&[2, 3, 4], &[2, 4, 3]),
    (&[2, 3], &[4, 3, 2]),
    (&[2, 1, 2, 3], &[3, 3, 1]),
    (&[1, 2, 3], &[4, 3, 2]),
    (&[2, 2, 3], &[3]),
    (&[3], &[2, 3, 2]),
    (&[2, 1, 3], &[2, 3, 1]),
    (&[2, 3], &[3, 2]),
    (&[1, 3], &[3, 1]),
    (&[3], &[3]),
    (&[1, 1, 1], &[1]),
];

/// Returns the terms of an element of a product.
fn terms(a: &Dense, b: &Dense, row: &[usize], event: &[usize]) -> Vec<(f64, f64)> {
    let (ra, rb) = (a.shape.len(), b.shape.len());
    let own = usize::from(ra > 1) + usize::from(rb > 1);
    let (batch, rest) = event.split_at(event.len() - own);
    let before = |x: &Dense| -> Vec<usize> {
        let dims = &x.shape[..x.shape.len().saturating_sub(2)];
        let missing = batch.len() - dims.len();
        dims.iter().zip(&batch[missing..]).map(|(&d, &i)| if d == 1 { 0 } else { i }).collect()
    };
    let (in_a, in_b) = (before(a), before(b));
    let of_a = |k: usize| [&in_a[..], if ra > 1 { &rest[..1] } else { &[] }, &[k]].concat();
    let of_b = |k: usize| [&in_b[..], &[k], if rb > 1 { &rest[rest.len() - 1..] } else { &[] }].concat();
    (0..a.shape[ra - 1]).map(|k| (a.at(row, &of_a(k)), b.at(row, &of_b(k)))).collect()
}

#[test]
fn products_of_many_matrices() {
    for (of_a, of_b) in AXES {
        for (a, b) in SHAPES {
            Case::new(&[2, 3]).input(of_a, a, -1.0..1.0).input(of_b, b, -1.0..1.0).check(
                &format!("matmul {a:?} {b:?} along {of_a:?} {of_b:?}"),
                |x, _| value(tensor(x[0]).matmul(tensor(x[1]))),
                |x, row, e| terms(&x[0], &x[1], row, e).iter().map(|(a, b)| a * b).sum(),
            );
        }
    }
}

#[test]
fn products_in_log_space() {
    for (of_a, of_b) in AXES {
        for (a, b) in SHAPES {
            for range in [-0.1..0.1, -3.0..3.0, 20.0..30.0] {
                Case::new(&[2, 3]).input(of_a, a, range.clone()).input(of_b, b, range).check(
                    &format!("log_matmul {a:?} {b:?} along {of_a:?} {of_b:?}"),
                    |x, _| value(tensor(x[0]).log_matmul(tensor(x[1]))),
                    |x, row, e| {
                        let sums: Vec<f64> = terms(&x[0], &x[1], row, e).iter().map(|(a, b)| a + b).collect();
                        let top = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                        top + sums.iter().map(|s| (s - top).exp()).sum::<f64>().ln()
                    },
                );
            }
        }
    }
    // Nothing overflows.
    Case::new(&[]).input(&[], &[2, 3], 600.0..900.0).input(&[], &[3, 2], 600.0..900.0).check_value(
        "log_matmul of large numbers",
        &|x, _| value(tensor(x[0]).log_matmul(tensor(x[1]))),
        |x, row, e| {
            let sums: Vec<f64> = terms(&x[0], &x[1], row, e).iter().map(|(a, b)| a + b).collect();
            let top = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            top + sums.iter().map(|s| (s - top).exp()).sum::<f64>().ln()
        },
    );
    // More columns than are computed together.
    Case::new(&[2]).input(&[0], &[2, 3], -1.0..1.0).input(&[], &[3, 70], -1.0..1.0).check(
        "log_matmul of long rows",
        |x, _| value(tensor(x[0]).log_matmul(tensor(x[1]))),
        |x, row, e| terms(&x[0], &x[1], row, e).iter().map(|(a, b)| (a + b).exp()).sum::<f64>().ln(),
    );
}

#[test]
fn logarithms_of_zero_have_no_share() {
    let zero = f64::NEG_INFINITY;
    let a = vec![zero, zero, 0.5, zero];
    let b = vec![1.0, zero, 2.0, zero];
    let case = Case::new(&[]).given(&[], &[2, 2], a.clone()).given(&[], &[2, 2], b.clone());
    let mut recorded =
        case.record(&[a, b], &|x: &[Value<f64>], _| value(tensor(x[0]).log_matmul(tensor(x[1]))));
    assert_eq!(recorded.run.outcome(), Ok(()));
    assert_eq!(recorded.run.tape.value(recorded.out), [zero, zero, 1.5, zero]);
    recorded.sweep(&[1.0, 1.0, 1.0, 1.0]);
    assert_eq!(recorded.run.tape.adjoint(recorded.leaves[0]), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(recorded.run.tape.adjoint(recorded.leaves[1]), [1.0, 0.0, 0.0, 0.0]);
    // What nobody asks of has no derivative, even where the result is no number.
    let (a, b) = (vec![f64::NAN, 1.0], vec![1.0, 2.0]);
    let case = Case::new(&[]).given(&[], &[2, 1], a.clone()).given(&[], &[1, 2], b.clone());
    let mut recorded =
        case.record(&[a, b], &|x: &[Value<f64>], _| value(tensor(x[0]).log_matmul(tensor(x[1]))));
    recorded.sweep(&[0.0, 0.0, 1.0, 0.0]);
    assert_eq!(recorded.run.tape.adjoint(recorded.leaves[0]), [0.0, 1.0]);
    assert_eq!(recorded.run.tape.adjoint(recorded.leaves[1]), [1.0, 0.0]);
}

#[test]
fn matrices_without_rows_columns_or_terms() {
    for (a, b) in
        [(&[2, 0, 3][..], &[3, 2][..]), (&[0, 2, 3], &[3, 2]), (&[2, 3], &[0, 3, 2]), (&[2, 3, 1], &[1, 0])]
    {
        Case::new(&[2]).input(&[0], a, -1.0..1.0).input(&[], b, -1.0..1.0).check(
            "empty",
            |x, _| {
                let (a, b) = (tensor(x[0]), tensor(x[1]));
                value(a.matmul(b).sum() + a.log_matmul(b).sum() + a.sum() + b.sum())
            },
            |x, row, _| x[0].event(row).iter().sum::<f64>() + x[1].event(row).iter().sum::<f64>(),
        );
    }
    // A sum of nothing is zero, and its logarithm minus infinity.
    let case = Case::new(&[]).given(&[], &[2, 0], vec![]).given(&[], &[0, 1], vec![]);
    let op = |x: &[Value<f64>], _: &[_]| value(tensor(x[0]).log_matmul(tensor(x[1])));
    let recorded = case.record(&[vec![], vec![]], &op);
    assert_eq!(recorded.run.tape.value(recorded.out), [f64::NEG_INFINITY; 2]);
}

#[test]
fn matrices_that_do_not_fit_are_errors() {
    for (a, b) in
        [(&[2, 3][..], &[2, 3][..]), (&[2, 2, 3], &[3, 3, 2]), (&[], &[2]), (&[2], &[]), (&[3], &[2, 2, 3])]
    {
        for (operation, log) in [("matmul", false), ("log_matmul", true)] {
            let case = Case::new(&[]).input(&[], a, -1.0..1.0).input(&[], b, -1.0..1.0);
            let values: Vec<Vec<f64>> = case.inputs.iter().map(|i| i.values.clone()).collect();
            let mut recorded = case.record(&values, &|x, _| {
                let (a, b) = (tensor(x[0]), tensor(x[1]));
                value(if log { a.log_matmul(b) } else { a.matmul(b) })
            });
            let error = recorded.run.outcome().expect_err("the shapes do not fit").to_string();
            let words = format!("{operation}: the shapes {a:?} and {b:?} do not fit");
            assert!(error.ends_with(&words), "{error}");
        }
    }
}

//! Products, factorisations and solves, against the sums that define them.

use super::Case;
use super::harness::{Dense, tensor, value};
use crate::value::Tensor;

const SIZES: [usize; 4] = [2, 3, 2, 3];

/// The axes of the operands: none, on one alone, shared, disjoint, nested in every order.
fn patterns() -> Vec<(Vec<usize>, Vec<usize>)> {
    let plates = |mask: u8| (0..4).filter(|k| mask >> k & 1 != 0).collect::<Vec<usize>>();
    (0..16).flat_map(|a| (0..16).map(move |b| (plates(a), plates(b)))).collect()
}

/// The naive product: a sum over the last dimension of `a` and the first of `b`.
fn product(a: &Dense, b: &Dense, row: &[usize], event: &[usize]) -> f64 {
    let (before, behind) = event.split_at(a.shape.len() - 1);
    (0..b.shape[0]).map(|k| a.at(row, &[before, &[k]].concat()) * b.at(row, &[&[k], behind].concat())).sum()
}

#[test]
fn products_of_vectors_and_matrices() {
    for (of_a, of_b) in patterns() {
        for (a, b) in
            [(&[3][..], &[3][..]), (&[2, 3], &[3]), (&[3], &[3, 2]), (&[2, 3], &[3, 2]), (&[1, 3], &[3, 1])]
        {
            let case = Case::new(&SIZES).input(&of_a, a, -1.0..1.0).input(&of_b, b, -1.0..1.0);
            let what = format!("matmul {a:?} {b:?} along {of_a:?} {of_b:?}");
            let op = |x: &[_], _: &[_]| value(tensor(x[0]).matmul(tensor(x[1])));
            // The adjoints of large results take long, and say nothing that small ones do not.
            if of_a.len() + of_b.len() <= 4 {
                case.check(&what, op, |x, row, e| product(&x[0], &x[1], row, e));
            } else {
                case.check_value(&what, &op, |x, row, e| product(&x[0], &x[1], row, e));
            }
        }
    }
}

#[test]
fn products_of_larger_matrices() {
    for (a, b, scale) in [([17, 9], [9, 33], 1.0), ([1, 40], [40, 1], 100.0), ([8, 8], [8, 8], 0.01)] {
        Case::new(&[2]).input(&[0], &a, -scale..scale).input(&[], &b, -scale..scale).check_value(
            "matmul",
            &|x, _| value(tensor(x[0]).matmul(tensor(x[1]))),
            |x, row, e| product(&x[0], &x[1], row, e),
        );
        Case::new(&[2])
            .input(&[0], &a, -scale..scale)
            .input(&[], &b, -scale..scale)
            .check_adjoints("matmul", &|x, _| value(tensor(x[0]).matmul(tensor(x[1])).square().sum()));
    }
}

#[test]
fn inner_products() {
    for (of_a, of_b) in
        [(&[][..], &[][..]), (&[0], &[]), (&[], &[1]), (&[0], &[1]), (&[1], &[0]), (&[0, 1], &[0, 1])]
    {
        Case::new(&[2, 3]).input(of_a, &[5], -1.0..1.0).input(of_b, &[5], -1.0..1.0).check(
            "dot",
            |x, _| value(tensor(x[0]).dot(tensor(x[1]))),
            |x, row, e| product(&x[0], &x[1], row, e),
        );
    }
    Case::new(&[2]).input(&[0], &[5], -1.0..1.0).check(
        "square of a vector",
        |x, _| value(tensor(x[0]).dot(tensor(x[0]))),
        |x, row, e| product(&x[0], &x[0], row, e),
    );
}

#[test]
fn products_with_data() {
    let data = ndarray::array![[1.0, -2.0], [0.5, 3.0], [2.0, 0.0]];
    Case::new(&[2]).input(&[0], &[3], -1.0..1.0).check(
        "matmul with data",
        |x, _| value(tensor(x[0]).matmul(&data)),
        |x, row, e| (0..3).map(|k| x[0].at(row, &[k]) * data[[k, e[0]]]).sum(),
    );
}

/// A positive definite matrix for each of `rows`, at a scale.
fn definite(rows: usize, n: usize, scale: f64) -> Vec<f64> {
    let mut all = Vec::new();
    for r in 0..rows {
        let b = |i: usize, k: usize| ((r * 31 + i * 7 + k * 3 + 1) as f64).sin();
        for i in 0..n {
            for j in 0..n {
                let dot: f64 = (0..n).map(|k| b(i, k) * b(j, k)).sum();
                all.push(scale * (dot + if i == j { 1.5 } else { 0.0 }));
            }
        }
    }
    all
}

/// The factor by the Cholesky-Banachiewicz recursion.
fn factor(a: &[f64], n: usize) -> Vec<f64> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let s: f64 = a[i * n + j] - (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum::<f64>();
            l[i * n + j] = if i == j { s.sqrt() } else { s / l[j * n + j] };
        }
    }
    l
}

#[test]
fn cholesky_factors() {
    for n in [1, 2, 5] {
        for scale in [0.01, 1.0, 100.0] {
            Case::new(&[3]).given(&[0], &[n, n], definite(3, n, scale)).check(
                "cholesky",
                |x, _| value(tensor(x[0]).cholesky()),
                |x, row, e| factor(x[0].event(row), n)[e[0] * n + e[1]],
            );
        }
    }
}

#[test]
fn triangular_solves() {
    for n in [1, 2, 4] {
        for right in [vec![n], vec![n, 1], vec![n, 3]] {
            for (of_l, of_b) in
                [(&[][..], &[][..]), (&[0], &[]), (&[], &[1]), (&[0], &[1]), (&[1], &[0]), (&[0, 1], &[1])]
            {
                let rows = of_l.iter().map(|&p: &usize| [2, 3][p]).product();
                let case = Case::new(&[2, 3]).given(of_l, &[n, n], definite(rows, n, 1.0)).input(
                    of_b,
                    &right,
                    -1.0..1.0,
                );
                let columns = if right.len() == 2 { right[1] } else { 1 };
                // The solution put back gives the right side; the upper triangle is not read.
                for transposed in [false, true] {
                    let op = |x: &[_], _: &[_]| {
                        let (l, b) = (tensor(x[0]), tensor(x[1]));
                        value(if transposed { l.solve_lower_transposed(b) } else { l.solve_lower(b) })
                    };
                    case.check(&format!("solve {transposed}"), op, |x, row, e| {
                        let (l, b) = (x[0].event(row), x[1].event(row));
                        let c = e.get(1).copied().unwrap_or(0);
                        solution(l, n, transposed, &(0..n).map(|i| b[i * columns + c]).collect::<Vec<f64>>())
                            [e[0]]
                    });
                }
            }
        }
    }
}

/// Solves by Gauss elimination's substitution, on a full copy of the matrix.
fn solution(l: &[f64], n: usize, transposed: bool, b: &[f64]) -> Vec<f64> {
    let entry = |i: usize, j: usize| if transposed { l[j * n + i] } else { l[i * n + j] };
    let order: Vec<usize> = if transposed { (0..n).rev().collect() } else { (0..n).collect() };
    let mut y = vec![0.0; n];
    for (step, &i) in order.iter().enumerate() {
        let known: f64 = order[..step].iter().map(|&j| entry(i, j) * y[j]).sum();
        y[i] = (b[i] - known) / entry(i, i);
    }
    y
}

#[test]
fn a_factor_used_twice() {
    // A log-determinant and a quadratic form of the same matrix, as in a normal density.
    let case = Case::new(&[2]).given(&[0], &[3, 3], definite(2, 3, 1.0)).input(&[], &[3], -1.0..1.0);
    case.check_adjoints("normal density", &|x, _| {
        let l: Tensor = tensor(x[0]).cholesky();
        let w = l.solve_lower(tensor(x[1]));
        value(w.dot(w) + l.solve_lower_transposed(w).sum() * l.sum())
    });
}

//! LU factors with partial pivoting, and solves by them, of small dense matrices, row-major.

use crate::element::Numeric;

/// A pivot of a singular matrix: its column, and what is left there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pivot<E> {
    pub(crate) column: usize,
    pub(crate) value: E,
}

/// Replaces the matrix `a` (`[n, n]`) by its factors: the upper one, and below its diagonal the lower one, whose diagonal is one.
/// Row `i` of the factors is row `order[i]` of the matrix.
///
/// Returns the first pivot that is no more than what rounding leaves of a zero: of each element of its column, `n` units in the last
/// place of the sizes of all that was added up in it. `sizes` is memory for these, of `n * n` elements. The bound goes with the scale
/// of rows and columns, so that a matrix is singular in any units or in none.
pub(crate) fn factorise<E: Numeric>(
    a: &mut [E],
    n: usize,
    order: &mut [E],
    sizes: &mut [E],
) -> Option<Pivot<E>> {
    let tolerance = E::of(n as f64) * E::epsilon();
    for (i, row) in order.iter_mut().enumerate().take(n) {
        *row = E::of(i as f64);
    }
    for (size, &x) in sizes.iter_mut().zip(&*a) {
        *size = x.abs();
    }
    for k in 0..n {
        let at = |i: usize| i * n + k;
        let largest = (k..n).fold(k, |top, i| if a[at(i)].abs() > a[at(top)].abs() { i } else { top });
        let is_lost = |i: usize| a[at(i)].is_finite() && a[at(i)].abs() <= tolerance * sizes[at(i)];
        if (k..n).all(is_lost) {
            return Some(Pivot { column: k, value: a[at(largest)] });
        }
        if largest != k {
            order.swap(k, largest);
            for j in 0..n {
                a.swap(k * n + j, largest * n + j);
                sizes.swap(k * n + j, largest * n + j);
            }
        }
        let pivot = a[k * n + k];
        for i in k + 1..n {
            let (above, below) = a.split_at_mut(i * n);
            let (upper, row) = (&above[k * n..(k + 1) * n], &mut below[..n]);
            let factor = row[k] / pivot;
            row[k] = factor;
            for j in k + 1..n {
                let product = factor * upper[j];
                row[j] -= product;
                sizes[i * n + j] += product.abs();
            }
        }
    }
    None
}

/// Writes the solution of `A x = b` to `x`, or of `A^T x = b` if `transposed`; `b`, `x` and `memory` have `n` rows of equally many
/// columns.
pub(crate) fn solve_into<E: Numeric>(
    (factors, order): (&[E], &[E]),
    n: usize,
    transposed: bool,
    b: &[E],
    memory: &mut [E],
    x: &mut [E],
) {
    let m = b.len() / n.max(1);
    let row_of = |i: usize| order[i].as_f64() as usize;
    let row = |i: usize| i * m..(i + 1) * m;
    // Subtracts rows that are known from row `i`.
    let subtract = |memory: &mut [E], i: usize, others: std::ops::Range<usize>| {
        for j in others {
            let factor = if transposed { factors[j * n + i] } else { factors[i * n + j] };
            for c in 0..m {
                let known = memory[j * m + c];
                memory[i * m + c] -= factor * known;
            }
        }
    };
    let divide = |memory: &mut [E], i: usize| {
        let pivot = factors[i * n + i];
        memory[row(i)].iter_mut().for_each(|v| *v /= pivot);
    };
    if transposed {
        memory.copy_from_slice(b);
        for i in 0..n {
            subtract(memory, i, 0..i);
            divide(memory, i);
        }
        for i in (0..n).rev() {
            subtract(memory, i, i + 1..n);
        }
        for i in 0..n {
            x[row(row_of(i))].copy_from_slice(&memory[row(i)]);
        }
    } else {
        for i in 0..n {
            memory[row(i)].copy_from_slice(&b[row(row_of(i))]);
        }
        for i in 0..n {
            subtract(memory, i, 0..i);
        }
        for i in (0..n).rev() {
            subtract(memory, i, i + 1..n);
            divide(memory, i);
        }
        x.copy_from_slice(memory);
    }
}

/// Writes the inverse of a matrix to `x`; `memory` has `2 n * n` elements.
pub(crate) fn invert_into<E: Numeric>(factors: (&[E], &[E]), n: usize, memory: &mut [E], x: &mut [E]) {
    let (unit, memory) = memory.split_at_mut(n * n);
    unit.fill(E::zero());
    unit.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = E::one());
    solve_into(factors, n, false, unit, &mut memory[..n * n], x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    fn factors(a: &[f64], n: usize) -> Result<(Vec<f64>, Vec<f64>), Pivot<f64>> {
        let (mut lu, mut order, mut sizes) = (a.to_vec(), vec![0.0; n], vec![0.0; n * n]);
        match factorise(&mut lu, n, &mut order, &mut sizes) {
            None => Ok((lu, order)),
            Some(pivot) => Err(pivot),
        }
    }

    fn matrices() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1..6_usize).prop_flat_map(|n| (Just(n), proptest::collection::vec(-2.0..2.0, n * n)))
    }

    proptest! {
        // Few matrices are what a test asks for.
        #![proptest_config(proptest::test_runner::Config { max_global_rejects: 65_536, ..Default::default() })]

        #[test]
        fn solutions_are_those_of_cramer((n, a) in matrices(), scales in proptest::collection::vec(-9..9_i32, 6)) {
            let whole = determinant(&a, n);
            prop_assume!(whole.abs() > 1e-3);
            // Neither the units of a row nor those of a column matter.
            let scaled: Vec<f64> = (0..n * n).map(|k| a[k] * 10f64.powi(scales[k / n] - scales[5 - k % n])).collect();
            let (lu, order) = factors(&scaled, n).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
            let found: f64 = (0..n).map(|k| lu[k * n + k].abs().ln()).sum();
            let log_of_scales: f64 = (0..n).map(|k| f64::from(scales[k] - scales[5 - k])).sum::<f64>() * 10f64.ln();
            prop_assert!((found - whole.abs().ln() - log_of_scales).abs() < 1e-9);
            for transposed in [false, true] {
                let (lu, order) = factors(&a, n).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
                let b: Vec<f64> = (0..n).map(|i| (i as f64 + 0.3).sin()).collect();
                let (mut memory, mut x) = (vec![0.0; n], vec![0.0; n]);
                solve_into((&lu, &order), n, transposed, &b, &mut memory, &mut x);
                for (k, &found) in x.iter().enumerate() {
                    // Cramer's rule: the column, or the row, of the unknown is replaced by the right side.
                    let mut replaced = a.clone();
                    for i in 0..n {
                        replaced[if transposed { k * n + i } else { i * n + k }] = b[i];
                    }
                    let expected = determinant(&replaced, n) / whole;
                    prop_assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{found}, expected {expected}");
                }
            }
            let (mut memory, mut x) = (vec![0.0; 2 * n * n], vec![0.0; n * n]);
            invert_into((&lu, &order), n, &mut memory, &mut x);
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let terms: Vec<f64> = (0..n).map(|k| scaled[i * n + k] * x[k * n + j]).collect();
                let size: f64 = terms.iter().map(|t| t.abs()).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                prop_assert!((terms.iter().sum::<f64>() - expected).abs() < 1e-9 * (1.0 + size));
            }
        }

        #[test]
        fn products_of_narrow_matrices_are_singular((n, a) in matrices(), scale in -9..9_i32) {
            // A rank of less than the size.
            prop_assume!(n > 1);
            let narrow = n - 1;
            let element = |i: usize, j: usize| (0..narrow).map(|k| a[i * n + k] * a[(j * n + k + 1) % (n * n)]).sum::<f64>();
            let product: Vec<f64> = (0..n * n).map(|k| element(k / n, k % n) * 10f64.powi(scale)).collect();
            // What is added up in an element may cancel before it is given: then its rounding cannot be seen.
            let size = |i: usize, j: usize| (0..narrow).map(|k| (a[i * n + k] * a[(j * n + k + 1) % (n * n)]).abs()).sum::<f64>();
            prop_assume!((0..n * n).all(|k| element(k / n, k % n).abs() > 0.5 * size(k / n, k % n)));
            if let Ok((lu, _)) = factors(&product, n) {
                let largest = (0..n).map(|k| lu[k * n + k].abs()).fold(0.0, f64::max);
                let smallest = (0..n).map(|k| lu[k * n + k].abs()).fold(f64::INFINITY, f64::min);
                prop_assert!(smallest > 1e-17 * largest, "a pivot of zero passes");
            }
        }
    }

    #[test]
    fn pivots_of_singular_matrices() {
        assert_eq!(factors(&[1.0, 2.0, 2.0, 4.0], 2).map(|_| ()), Err(Pivot { column: 1, value: 0.0 }));
        assert_eq!(factors(&[0.0, 1.0, 0.0, 4.0], 2).map(|_| ()), Err(Pivot { column: 0, value: 0.0 }));
        // Rounding leaves something where there would be nothing.
        let rounded = factors(&[0.1, 0.2, 0.3, 0.6], 2).map(|_| ()).unwrap_err();
        assert_eq!((rounded.column, rounded.value.abs() < 1e-16), (1, true));
        let ranks = factors(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 3).map(|_| ()).unwrap_err();
        assert_eq!(ranks.column, 2);
        // Small numbers are not zeros; what is no number is not singular.
        assert!(factors(&[1e-200, 0.0, 0.0, 1e200], 2).is_ok());
        assert!(factors(&[1.0, 1.0, 1.0, 1.0 + 1e-14], 2).is_ok());
        assert!(factors(&[f64::NAN, 1.0, 1.0, 1.0], 2).is_ok());
        assert!(factors(&[f64::INFINITY, 1.0, 1.0, 1.0], 2).is_ok());
        assert!(factors(&[], 0).is_ok());
        // A zero on the diagonal asks for an exchange of rows alone.
        let (lu, order) = factors(&[0.0, 1.0, 1.0, 0.0], 2).unwrap();
        assert_eq!((lu, order), (vec![1.0, 0.0, 0.0, 1.0], vec![1.0, 0.0]));
    }
}

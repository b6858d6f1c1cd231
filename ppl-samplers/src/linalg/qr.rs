//! An orthonormal basis of a few columns.

use super::{add_scaled, dot, norm};

/// The thin factors of `A = Q R` for columns of one length, no more of them than it: `Q` by columns, `R` row-major, upper triangular.
///
/// By modified Gram-Schmidt, done twice, which leaves `Q` orthonormal to rounding (Giraud, Langou and Rozloznik 2005). A column that is a
/// combination of those before it gets a column of noughts in `Q` and a nought on the diagonal of `R`, so that `A = Q R` still holds.
pub(crate) fn thin_qr(columns: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let count = columns.len();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    let mut upper = vec![0.0; count * count];
    for (j, column) in columns.iter().enumerate() {
        let mut rest = column.clone();
        let whole = norm(&rest);
        for _ in 0..2 {
            for (i, other) in basis.iter().enumerate() {
                let part = dot(other, &rest);
                add_scaled(-part, other, &mut rest);
                upper[i * count + j] += part;
            }
        }
        let left = norm(&rest);
        if left > 1e-14 * whole {
            upper[j * count + j] = left;
            rest.iter_mut().for_each(|x| *x /= left);
        } else {
            rest.fill(0.0);
        }
        basis.push(rest);
    }
    (basis, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_multiply_to_the_columns() {
        let near = 1e-9;
        let columns = [
            vec![1.0, 2.0, 0.0, -1.0],
            vec![1.0, 2.0, near, -1.0],
            vec![0.5, 0.0, 3.0, 1.0],
            vec![2.0, 4.0, 0.0, -2.0],
        ];
        let (basis, upper) = thin_qr(&columns);
        for (j, column) in columns.iter().enumerate() {
            for (row, &want) in column.iter().enumerate() {
                let got: f64 = (0..=j).map(|i| basis[i][row] * upper[i * 4 + j]).sum();
                assert!((got - want).abs() < 1e-14, "{got} is not {want}");
            }
            for i in 0..j.min(3) {
                assert!(dot(&basis[i], &basis[j]).abs() < 1e-14);
            }
        }
        assert!((norm(&basis[1]) - 1.0).abs() < 1e-14);
        // The last column is twice the first.
        assert_eq!(norm(&basis[3]), 0.0);
    }
}

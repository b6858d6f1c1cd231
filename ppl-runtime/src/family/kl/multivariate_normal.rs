//! Divergences of multivariate normal distributions, given Cholesky factors of their covariances.

use crate::element::Numeric;
use crate::family::triangular::{add_outer, add_scaled, dot, ln_diagonal, solve, solve_transposed};
use crate::kernel::math;

/// Adds `a / d` for each element `d` of the diagonal to the diagonal of `by`.
pub(super) fn add_reciprocal_diagonal<E: Numeric>(a: E, lower: &[E], n: usize, by: &mut [E]) {
    for (by, &d) in by.iter_mut().zip(lower).step_by(n + 1) {
        *by += a / d;
    }
}

/// Returns the number of scratch elements that [`mvn_cholesky_mvn_cholesky`] needs in `n` dimensions.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_runtime::family::kl::mvn_mvn_scratch(2), 12);
/// ```
pub fn mvn_mvn_scratch(n: usize) -> usize {
    2 * n * n + 2 * n
}

/// Returns the divergence of a multivariate normal distribution from another, each given as `[loc, scale_tril]`.
///
/// With `q = (m, L)`, `p = (c, T)`, `A = T^-1 L` and `w = T^-1 (m - c)`:
/// `(|A|^2 + |w|^2 - n) / 2 + sum of ln(T[i, i] / L[i, i])`.
/// The partials by the factors are those by their lower triangles.
///
/// # Shapes
///
/// `loc`: `[n]`; `scale_tril`: `[n, n]`; `scratch`: at least [`mvn_mvn_scratch`] of `n`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::{mvn_cholesky_mvn_cholesky, normal_normal};
///
/// let (q, p): ([&[f64]; 2], [&[f64]; 2]) = ([&[1.0], &[2.0]], [&[0.0], &[3.0]]);
/// let scratch = &mut [0.0; 4];
/// let none = || [&mut [][..], &mut []];
/// let value = mvn_cholesky_mvn_cholesky(q, p, 1.0, none(), none(), scratch);
/// assert!((value - normal_normal([1.0, 2.0], [0.0, 3.0]).0).abs() < 1e-15);
/// ```
pub fn mvn_cholesky_mvn_cholesky<E: Numeric>(
    [loc_q, tril_q]: [&[E]; 2],
    [loc_p, tril_p]: [&[E]; 2],
    seed: E,
    [by_loc_q, by_tril_q]: [&mut [E]; 2],
    [by_loc_p, by_tril_p]: [&mut [E]; 2],
    scratch: &mut [E],
) -> E {
    let n = loc_q.len();
    let (ratio, rest) = scratch.split_at_mut(n * n);
    let (pull, rest) = rest.split_at_mut(n * n);
    let (shift, rest) = rest.split_at_mut(n);
    let steer = &mut rest[..n];
    for ((s, &q), &p) in shift.iter_mut().zip(loc_q).zip(loc_p) {
        *s = q - p;
    }
    solve(tril_p, shift);
    ratio_into(tril_q, tril_p, n, ratio);
    let value = E::of(0.5) * (dot(ratio, ratio) + dot(shift, shift) - E::of(n as f64))
        + ln_diagonal(tril_p, n)
        - ln_diagonal(tril_q, n);

    steer.copy_from_slice(shift);
    solve_transposed(tril_p, steer);
    by_loc_q.iter_mut().zip(steer.iter()).for_each(|(by, &v)| *by += seed * v);
    by_loc_p.iter_mut().zip(steer.iter()).for_each(|(by, &v)| *by -= seed * v);
    if by_tril_q.is_empty() && by_tril_p.is_empty() {
        return value;
    }
    pull.copy_from_slice(ratio);
    solve_transposed_rows(tril_p, n, pull);
    if !by_tril_q.is_empty() {
        for (i, (by, row)) in by_tril_q.chunks_exact_mut(n).zip(pull.chunks_exact(n)).enumerate() {
            add_scaled(&mut by[..=i], seed, &row[..=i]);
        }
        add_reciprocal_diagonal(-seed, tril_q, n, by_tril_q);
    }
    if !by_tril_p.is_empty() {
        // T enters A and w as T^-1: -T^-T (A A^T + w w^T).
        for (i, (by, row)) in by_tril_p.chunks_exact_mut(n).zip(pull.chunks_exact(n)).enumerate() {
            for (j, (by, a)) in by[..=i].iter_mut().zip(ratio.chunks_exact(n)).enumerate() {
                *by -= seed * dot(&row[..=j], &a[..=j]);
            }
        }
        add_outer(-seed, steer, shift, by_tril_p);
        add_reciprocal_diagonal(seed, tril_p, n, by_tril_p);
    }
    value
}

/// Replaces the matrix `X` by `T^-1 X`.
pub(super) fn solve_rows<E: Numeric>(t: &[E], n: usize, x: &mut [E]) {
    for i in 0..n {
        let (above, rest) = x.split_at_mut(i * n);
        let row = &mut rest[..n];
        for (k, before) in above.chunks_exact(n).enumerate() {
            add_scaled(row, -t[i * n + k], before);
        }
        let diagonal = t[i * n + i];
        row.iter_mut().for_each(|v| *v /= diagonal);
    }
}

/// Writes `T^-1 L` for lower triangular `L` and `T`, itself lower triangular, with zeros above the diagonal.
fn ratio_into<E: Numeric>(l: &[E], t: &[E], n: usize, out: &mut [E]) {
    for i in 0..n {
        let (above, rest) = out.split_at_mut(i * n);
        let row = &mut rest[..n];
        row.fill(E::zero());
        row[..=i].copy_from_slice(&l[i * n..i * n + i + 1]);
        for (k, before) in above.chunks_exact(n).enumerate() {
            add_scaled(&mut row[..=k], -t[i * n + k], &before[..=k]);
        }
        let diagonal = t[i * n + i];
        row[..=i].iter_mut().for_each(|v| *v /= diagonal);
    }
}

/// Replaces the matrix `X` by `T^-T X`.
pub(super) fn solve_transposed_rows<E: Numeric>(t: &[E], n: usize, x: &mut [E]) {
    for i in (0..n).rev() {
        let (above, below) = x.split_at_mut((i + 1) * n);
        let row = &mut above[i * n..];
        for (k, after) in below.chunks_exact(n).enumerate() {
            add_scaled(row, -t[(i + 1 + k) * n + i], after);
        }
        let diagonal = t[i * n + i];
        row.iter_mut().for_each(|v| *v /= diagonal);
    }
}

/// Returns the divergence of a multivariate normal distribution, given as `[loc, scale_tril]`, from independent
/// normal distributions, given as `[loc, scale]`.
///
/// With `q = (m, L)` and `p = (c, s)`, the sum over `i` of
/// `ln(s_i / L_ii) - 1/2 + (sum_j L_ij^2 + (m_i - c_i)^2) / (2 s_i^2)`.
///
/// # Shapes
///
/// `loc` and `scale`: `[n]`; `scale_tril`: `[n, n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::mvn_cholesky_normal;
///
/// let (q, p): ([&[f64]; 2], [&[f64]; 2]) = ([&[1.0, 0.0], &[1.0, 0.0, 2.0, 1.0]], [&[0.0; 2], &[1.0; 2]]);
/// let mut by_tril = [0.0; 4];
/// let value = mvn_cholesky_normal(q, p, 1.0, [&mut [], &mut by_tril], [&mut [], &mut []]);
/// assert_eq!((value, by_tril), (2.5, [0.0, 0.0, 2.0, 0.0]));
/// ```
pub fn mvn_cholesky_normal<E: Numeric>(
    [loc_q, tril_q]: [&[E]; 2],
    [loc_p, scale_p]: [&[E]; 2],
    seed: E,
    [by_loc_q, by_tril_q]: [&mut [E]; 2],
    [by_loc_p, by_scale_p]: [&mut [E]; 2],
) -> E {
    let n = loc_q.len();
    let half = E::of(0.5);
    let mut value = E::zero();
    for (i, row) in tril_q.chunks_exact(n).enumerate() {
        let row = &row[..=i];
        let s = scale_p[i];
        let weight = (s * s).recip();
        let d = loc_q[i] - loc_p[i];
        let square = dot(row, row) + d * d;
        value += math::ln(s / row[i]) + half * (square * weight - E::one());
        if let Some(by) = by_loc_q.get_mut(i) {
            *by += seed * d * weight;
        }
        if let Some(by) = by_loc_p.get_mut(i) {
            *by -= seed * d * weight;
        }
        if let Some(by) = by_scale_p.get_mut(i) {
            *by += seed * (E::one() - square * weight) / s;
        }
        if let Some(by) = by_tril_q.get_mut(i * n..i * n + i + 1) {
            add_scaled(by, seed * weight, row);
            by[i] -= seed / row[i];
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_derivative};
    use crate::family::check_rows::{Member, row_log_density};
    use crate::family::mvn_cholesky::MvNormalCholeskyFamily;

    /// Returns the divergence as the mean of `ln q - ln p` over the points `m +- sqrt(n) L[:, i]`: the logarithms are
    /// quadratic, for which this cubature is exact.
    fn cubature(q: &[Vec<f64>; 2], p: &[Vec<f64>; 2]) -> f64 {
        let n = q[0].len();
        let member = |p: &[Vec<f64>; 2]| Member::new([(&p[0], &[n]), (&p[1], &[n, n])]);
        let (q_member, p_member) = (member(q), member(p));
        let mut total = 0.0;
        for i in 0..n {
            for side in [-1.0, 1.0] {
                let at = |j: usize| q[0][j] + side * (n as f64).sqrt() * q[1][j * n + i];
                let x: Vec<f64> = (0..n).map(at).collect();
                total += row_log_density::<MvNormalCholeskyFamily, 2>(&x, &q_member)
                    - row_log_density::<MvNormalCholeskyFamily, 2>(&x, &p_member);
            }
        }
        total / (2 * n) as f64
    }

    type Parameters = [Vec<f64>; 2];

    fn pairs() -> [(Parameters, Parameters); 3] {
        let q3 = [vec![0.5, -1.0, 2.0], vec![1.5, 0.0, 0.0, 0.3, 0.7, 0.0, -0.2, 0.4, 2.0]];
        let p3 = [vec![0.1, -0.7, 1.1], vec![1.1, 0.0, 0.0, -0.4, 1.3, 0.0, 0.6, 0.2, 0.9]];
        let q2 = [vec![300.0, -0.01], vec![40.0, 0.0, -30.0, 0.02]];
        let p2 = [vec![290.0, 0.05], vec![60.0, 0.0, -25.0, 0.7]];
        [(q3, p3), (q2, p2), ([vec![0.3], vec![1e-3]], [vec![0.3001], vec![2e-3]])]
    }

    /// A divergence of slices: value and gradients by the four parameters.
    type Divergence = fn(&Parameters, &Parameters, f64, [&mut [f64]; 2], [&mut [f64]; 2]) -> f64;

    fn assert_divergence(divergence: Divergence, q: Parameters, p: Parameters, expected: f64) {
        let value =
            |q: &Parameters, p: &Parameters| divergence(q, p, 1.0, [&mut [], &mut []], [&mut [], &mut []]);
        assert_close("value", value(&q, &p), expected, 1e-9);
        let [mut by_q, mut by_p] = [&q, &p].map(|p| p.each_ref().map(|v| vec![0.5; v.len()]));
        divergence(
            &q,
            &p,
            2.0,
            by_q.each_mut().map(Vec::as_mut_slice),
            by_p.each_mut().map(Vec::as_mut_slice),
        );
        let with = |p: &Parameters, k: usize, j: usize, v: f64| {
            let mut p = p.clone();
            p[k][j] = v;
            p
        };
        for k in 0..2 {
            for j in 0..q[k].len() {
                let at = |v| value(&with(&q, k, j, v), &p);
                assert_derivative(&format!("by q {k} {j}"), at, q[k][j], (by_q[k][j] - 0.5) / 2.0);
            }
            for j in 0..p[k].len() {
                let at = |v| value(&q, &with(&p, k, j, v));
                assert_derivative(&format!("by p {k} {j}"), at, p[k][j], (by_p[k][j] - 0.5) / 2.0);
            }
        }
    }

    fn slices(p: &Parameters) -> [&[f64]; 2] {
        p.each_ref().map(Vec::as_slice)
    }

    #[test]
    fn divergences_between_factors_are_exact_cubatures() {
        for (q, p) in pairs() {
            let expected = cubature(&q, &p);
            let divergence: Divergence = |q, p, seed, by_q, by_p| {
                let mut scratch = vec![f64::NAN; mvn_mvn_scratch(q[0].len())];
                mvn_cholesky_mvn_cholesky(slices(q), slices(p), seed, by_q, by_p, &mut scratch)
            };
            assert_divergence(divergence, q, p, expected);
        }
    }

    #[test]
    fn divergences_from_independent_normals_are_exact_cubatures() {
        for (q, p) in pairs() {
            let n = q[0].len();
            let diagonal: Vec<f64> = p[1].iter().copied().step_by(n + 1).collect();
            let matrix = (0..n * n).map(|i| if i % (n + 1) == 0 { diagonal[i / (n + 1)] } else { 0.0 });
            let expected = cubature(&q, &[p[0].clone(), matrix.collect()]);
            let divergence: Divergence =
                |q, p, seed, by_q, by_p| mvn_cholesky_normal(slices(q), slices(p), seed, by_q, by_p);
            assert_divergence(divergence, q, [p[0].clone(), diagonal], expected);
        }
    }
}

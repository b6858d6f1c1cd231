//! Divergences of multivariate normal distributions of which at least one is given by a Cholesky factor of its precision.
//!
//! Whatever it is given by, `q` has a root `K` of its covariance `K K^T`, and `p` a matrix `W` that whitens, `W^T W` being its precision. The
//! divergence is `(|A|^2 + |w|^2 - n) / 2 - ln |W| - ln |K|`, where `A = W K` and `w = W (m - c)`: what each is given by says how `K` and `W` act.

use super::multivariate_normal::{add_reciprocal_diagonal, solve_rows, solve_transposed_rows};
use crate::element::Numeric;
use crate::family::triangular::{
    add_outer, add_product, add_scaled, dot, ln_diagonal, solve, solve_transposed, transposed_product_into,
};
use crate::kernel::math;

/// Returns the number of scratch elements that a divergence from or to a normal distribution by its precision needs in `n` dimensions.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_runtime::family::kl::mvn_precision_scratch(2), 22);
/// ```
pub fn mvn_precision_scratch(n: usize) -> usize {
    4 * n * n + 3 * n
}

/// A root `K` of the covariance of the distribution that a divergence is from.
trait Root {
    /// Replaces the matrix `X` by `K^T X`; `copy` has room for another one.
    fn apply_transposed<E: Numeric>(given: &[E], n: usize, x: &mut [E], copy: &mut [E]);

    /// Writes `K X`.
    fn apply_into<E: Numeric>(given: &[E], n: usize, x: &[E], out: &mut [E]);

    /// Returns `ln |K|`.
    fn ln_determinant<E: Numeric>(given: &[E], n: usize) -> E;

    /// Adds the partials by what it is given by, of `|K^T M|^2 / 2 - ln |K|` with `B = K^T M` and `C = K B`.
    fn add_partials<E: Numeric>(given: &[E], n: usize, seed: E, m: &[E], b: &[E], c: &[E], by: &mut [E]);
}

/// What whitens the distribution that a divergence is to: `W`.
trait Whitening {
    /// Writes `W^T`.
    fn transposed_into<E: Numeric>(given: &[E], n: usize, out: &mut [E]);

    /// Replaces the vector `d` by `W d`; `copy` has room for another one.
    fn whiten<E: Numeric>(given: &[E], d: &mut [E], copy: &mut [E]);

    /// Replaces the vector `w` by `W^T w`; `copy` has room for another one.
    fn apply_transposed<E: Numeric>(given: &[E], w: &mut [E], copy: &mut [E]);

    /// Returns `ln |W|`.
    fn ln_determinant<E: Numeric>(given: &[E], n: usize) -> E;

    /// Adds the partials by what it is given by.
    fn add_partials<E: Numeric>(given: &[E], n: usize, seed: E, parts: &mut Parts<'_, E>, by: &mut [E]);
}

/// What the partials by a whitening matrix are made of.
struct Parts<'a, E> {
    /// The difference of the means `d`, `w = W d` and `W^T w`.
    deviation: &'a [E],
    white: &'a [E],
    steer: &'a [E],
    /// `B = K^T W^T`, and `C = K B`.
    b: &'a [E],
    c: &'a [E],
    scratch: &'a mut [E],
}

/// A lower triangular factor `L` of the covariance `L L^T`.
struct OfCovariance;

/// A lower triangular factor `T` of the precision `T T^T`.
struct OfPrecision;

/// The standard deviations of independent numbers.
struct Scales;

impl Root for OfCovariance {
    fn apply_transposed<E: Numeric>(tril: &[E], n: usize, x: &mut [E], copy: &mut [E]) {
        copy.copy_from_slice(x);
        x.fill(E::zero());
        for (i, (row, from)) in tril.chunks_exact(n).zip(copy.chunks_exact(n)).enumerate() {
            for (into, &l) in x.chunks_exact_mut(n).zip(&row[..=i]) {
                add_scaled(into, l, from);
            }
        }
    }

    fn apply_into<E: Numeric>(tril: &[E], n: usize, x: &[E], out: &mut [E]) {
        out.fill(E::zero());
        for (i, (row, into)) in tril.chunks_exact(n).zip(out.chunks_exact_mut(n)).enumerate() {
            for (from, &l) in x.chunks_exact(n).zip(&row[..=i]) {
                add_scaled(into, l, from);
            }
        }
    }

    fn ln_determinant<E: Numeric>(tril: &[E], n: usize) -> E {
        ln_diagonal(tril, n)
    }

    fn add_partials<E: Numeric>(tril: &[E], n: usize, seed: E, m: &[E], b: &[E], _: &[E], by: &mut [E]) {
        add_products_of_rows(seed, m, b, n, by);
        add_reciprocal_diagonal(-seed, tril, n, by);
    }
}

impl Root for OfPrecision {
    fn apply_transposed<E: Numeric>(tril: &[E], n: usize, x: &mut [E], _: &mut [E]) {
        solve_rows(tril, n, x);
    }

    fn apply_into<E: Numeric>(tril: &[E], n: usize, x: &[E], out: &mut [E]) {
        out.copy_from_slice(x);
        solve_transposed_rows(tril, n, out);
    }

    fn ln_determinant<E: Numeric>(tril: &[E], n: usize) -> E {
        -ln_diagonal(tril, n)
    }

    fn add_partials<E: Numeric>(tril: &[E], n: usize, seed: E, _: &[E], b: &[E], c: &[E], by: &mut [E]) {
        // It enters as T^-1 M: -T^-T B B^T.
        add_products_of_rows(-seed, c, b, n, by);
        add_reciprocal_diagonal(seed, tril, n, by);
    }
}

impl Whitening for OfCovariance {
    fn transposed_into<E: Numeric>(tril: &[E], n: usize, out: &mut [E]) {
        out.fill(E::zero());
        out.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = E::one());
        solve_transposed_rows(tril, n, out);
    }

    fn whiten<E: Numeric>(tril: &[E], d: &mut [E], _: &mut [E]) {
        solve(tril, d);
    }

    fn apply_transposed<E: Numeric>(tril: &[E], w: &mut [E], _: &mut [E]) {
        solve_transposed(tril, w);
    }

    fn ln_determinant<E: Numeric>(tril: &[E], n: usize) -> E {
        -ln_diagonal(tril, n)
    }

    fn add_partials<E: Numeric>(tril: &[E], n: usize, seed: E, parts: &mut Parts<'_, E>, by: &mut [E]) {
        // It enters as L^-1: -L^-T (A A^T + w w^T), and A A^T = B^T B.
        let square = &mut *parts.scratch;
        square.fill(E::zero());
        for row in parts.b.chunks_exact(n) {
            for (into, &b) in square.chunks_exact_mut(n).zip(row) {
                add_scaled(into, b, row);
            }
        }
        solve_transposed_rows(tril, n, square);
        add_lower(-seed, square, n, by);
        add_outer(-seed, parts.steer, parts.white, by);
        add_reciprocal_diagonal(seed, tril, n, by);
    }
}

impl Whitening for OfPrecision {
    fn transposed_into<E: Numeric>(tril: &[E], n: usize, out: &mut [E]) {
        out.fill(E::zero());
        for (i, (out, row)) in out.chunks_exact_mut(n).zip(tril.chunks_exact(n)).enumerate() {
            out[..=i].copy_from_slice(&row[..=i]);
        }
    }

    fn whiten<E: Numeric>(tril: &[E], d: &mut [E], copy: &mut [E]) {
        copy.copy_from_slice(d);
        transposed_product_into(tril, copy, d);
    }

    fn apply_transposed<E: Numeric>(tril: &[E], w: &mut [E], copy: &mut [E]) {
        copy.copy_from_slice(w);
        w.fill(E::zero());
        add_product(tril, copy, w);
    }

    fn ln_determinant<E: Numeric>(tril: &[E], n: usize) -> E {
        ln_diagonal(tril, n)
    }

    fn add_partials<E: Numeric>(tril: &[E], n: usize, seed: E, parts: &mut Parts<'_, E>, by: &mut [E]) {
        add_lower(seed, parts.c, n, by);
        add_outer(seed, parts.deviation, parts.white, by);
        add_reciprocal_diagonal(-seed, tril, n, by);
    }
}

impl Whitening for Scales {
    fn transposed_into<E: Numeric>(scale: &[E], n: usize, out: &mut [E]) {
        out.fill(E::zero());
        out.iter_mut().step_by(n + 1).zip(scale).for_each(|(diagonal, &s)| *diagonal = s.recip());
    }

    fn whiten<E: Numeric>(scale: &[E], d: &mut [E], _: &mut [E]) {
        d.iter_mut().zip(scale).for_each(|(d, &s)| *d /= s);
    }

    fn apply_transposed<E: Numeric>(scale: &[E], w: &mut [E], _: &mut [E]) {
        w.iter_mut().zip(scale).for_each(|(w, &s)| *w /= s);
    }

    fn ln_determinant<E: Numeric>(scale: &[E], _: usize) -> E {
        -scale.iter().map(|&s| math::ln(s)).sum::<E>()
    }

    fn add_partials<E: Numeric>(scale: &[E], n: usize, seed: E, parts: &mut Parts<'_, E>, by: &mut [E]) {
        for (i, (by, &s)) in by.iter_mut().zip(scale).enumerate() {
            *by += seed * (E::one() - parts.c[i * (n + 1)] / s - parts.white[i] * parts.white[i]) / s;
        }
    }
}

/// Returns the divergence of the distribution with a root from the one that is whitened.
fn divergence<Q: Root, P: Whitening, E: Numeric>(
    [loc_q, given_q]: [&[E]; 2],
    [loc_p, given_p]: [&[E]; 2],
    seed: E,
    [by_loc_q, by_given_q]: [&mut [E]; 2],
    [by_loc_p, by_given_p]: [&mut [E]; 2],
    scratch: &mut [E],
) -> E {
    let n = loc_q.len();
    let (m, rest) = scratch.split_at_mut(n * n);
    let (b, rest) = rest.split_at_mut(n * n);
    let (c, rest) = rest.split_at_mut(n * n);
    let (square, rest) = rest.split_at_mut(n * n);
    let (deviation, rest) = rest.split_at_mut(n);
    let (white, rest) = rest.split_at_mut(n);
    let steer = &mut rest[..n];
    for ((d, &q), &p) in deviation.iter_mut().zip(loc_q).zip(loc_p) {
        *d = q - p;
    }
    white.copy_from_slice(deviation);
    P::whiten(given_p, white, steer);
    P::transposed_into(given_p, n, m);
    b.copy_from_slice(m);
    Q::apply_transposed(given_q, n, b, c);
    let value = E::of(0.5) * (dot(b, b) + dot(white, white) - E::of(n as f64))
        - P::ln_determinant(given_p, n)
        - Q::ln_determinant(given_q, n);

    steer.copy_from_slice(white);
    P::apply_transposed(given_p, steer, &mut square[..n]);
    by_loc_q.iter_mut().zip(steer.iter()).for_each(|(by, &v)| *by += seed * v);
    by_loc_p.iter_mut().zip(steer.iter()).for_each(|(by, &v)| *by -= seed * v);
    if by_given_q.is_empty() && by_given_p.is_empty() {
        return value;
    }
    Q::apply_into(given_q, n, b, c);
    if !by_given_q.is_empty() {
        Q::add_partials(given_q, n, seed, m, b, c, by_given_q);
    }
    if !by_given_p.is_empty() {
        let mut parts = Parts { deviation, white, steer, b, c, scratch: square };
        P::add_partials(given_p, n, seed, &mut parts, by_given_p);
    }
    value
}

/// Adds the lower triangle of `a X Y^T` to a matrix.
fn add_products_of_rows<E: Numeric>(a: E, x: &[E], y: &[E], n: usize, by: &mut [E]) {
    for (i, (by, x)) in by.chunks_exact_mut(n).zip(x.chunks_exact(n)).enumerate() {
        for (by, y) in by[..=i].iter_mut().zip(y.chunks_exact(n)) {
            *by += a * dot(x, y);
        }
    }
}

/// Adds the lower triangle of `a X` to a matrix.
fn add_lower<E: Numeric>(a: E, x: &[E], n: usize, by: &mut [E]) {
    for (i, (by, x)) in by.chunks_exact_mut(n).zip(x.chunks_exact(n)).enumerate() {
        add_scaled(&mut by[..=i], a, &x[..=i]);
    }
}

macro_rules! divergences {
    ($($(#[$doc:meta])* $name:ident = $q:ident, $p:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<E: Numeric>(
            q: [&[E]; 2],
            p: [&[E]; 2],
            seed: E,
            by_q: [&mut [E]; 2],
            by_p: [&mut [E]; 2],
            scratch: &mut [E],
        ) -> E {
            divergence::<$q, $p, E>(q, p, seed, by_q, by_p, scratch)
        }
    )*};
}

divergences! {
    /// Returns the divergence of a multivariate normal distribution, given as `[loc, scale_tril]`, from one given as `[loc, precision_tril]`.
    ///
    /// With `q = (m, L)` and `p = (c, T)`: `(|T^T L|^2 + |T^T (m - c)|^2 - n) / 2 - sum of ln(T[i, i] L[i, i])`. Nothing is inverted.
    ///
    /// # Shapes
    ///
    /// `loc`: `[n]`; the factors: `[n, n]`; `scratch`: at least [`mvn_precision_scratch`] of `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::kl::{mvn_cholesky_mvn_precision, normal_normal};
    ///
    /// let (q, p): ([&[f64]; 2], [&[f64]; 2]) = ([&[1.0], &[2.0]], [&[0.0], &[0.5]]);
    /// let none = || [&mut [][..], &mut []];
    /// let value = mvn_cholesky_mvn_precision(q, p, 1.0, none(), none(), &mut [0.0; 7]);
    /// assert!((value - normal_normal([1.0, 2.0], [0.0, 2.0]).0).abs() < 1e-15);
    /// ```
    mvn_cholesky_mvn_precision = OfCovariance, OfPrecision;

    /// Returns the divergence of a multivariate normal distribution, given as `[loc, precision_tril]`, from one given as `[loc, scale_tril]`.
    ///
    /// With `q = (m, S)` and `p = (c, L)`: `(|L^-1 S^-T|^2 + |L^-1 (m - c)|^2 - n) / 2 + sum of ln(S[i, i] L[i, i])`.
    ///
    /// # Shapes
    ///
    /// `loc`: `[n]`; the factors: `[n, n]`; `scratch`: at least [`mvn_precision_scratch`] of `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::kl::{mvn_precision_mvn_cholesky, normal_normal};
    ///
    /// let (q, p): ([&[f64]; 2], [&[f64]; 2]) = ([&[1.0], &[0.5]], [&[0.0], &[3.0]]);
    /// let none = || [&mut [][..], &mut []];
    /// let value = mvn_precision_mvn_cholesky(q, p, 1.0, none(), none(), &mut [0.0; 7]);
    /// assert!((value - normal_normal([1.0, 2.0], [0.0, 3.0]).0).abs() < 1e-15);
    /// ```
    mvn_precision_mvn_cholesky = OfPrecision, OfCovariance;

    /// Returns the divergence of a multivariate normal distribution from another, each given as `[loc, precision_tril]`.
    ///
    /// With `q = (m, S)` and `p = (c, T)`: `(|S^-1 T|^2 + |T^T (m - c)|^2 - n) / 2 - sum of ln(T[i, i] / S[i, i])`.
    ///
    /// # Shapes
    ///
    /// `loc`: `[n]`; the factors: `[n, n]`; `scratch`: at least [`mvn_precision_scratch`] of `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::kl::mvn_precision_mvn_precision;
    ///
    /// let member: [&[f64]; 2] = [&[1.0, 0.0], &[2.0, 0.0, 3.0, 0.1]];
    /// let none = || [&mut [][..], &mut []];
    /// assert_eq!(mvn_precision_mvn_precision(member, member, 1.0, none(), none(), &mut [0.0; 22]), 0.0);
    /// ```
    mvn_precision_mvn_precision = OfPrecision, OfPrecision;

    /// Returns the divergence of a multivariate normal distribution, given as `[loc, precision_tril]`, from independent normal distributions, given
    /// as `[loc, scale]`.
    ///
    /// # Shapes
    ///
    /// `loc` and `scale`: `[n]`; `precision_tril`: `[n, n]`; `scratch`: at least [`mvn_precision_scratch`] of `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::family::kl::{mvn_precision_normal, normal_normal};
    ///
    /// let (q, p): ([&[f64]; 2], [&[f64]; 2]) = ([&[1.0], &[0.5]], [&[0.0], &[3.0]]);
    /// let none = || [&mut [][..], &mut []];
    /// let value = mvn_precision_normal(q, p, 1.0, none(), none(), &mut [0.0; 7]);
    /// assert!((value - normal_normal([1.0, 2.0], [0.0, 3.0]).0).abs() < 1e-15);
    /// ```
    mvn_precision_normal = OfPrecision, Scales;
}

#[cfg(test)]
#[path = "precision_tests.rs"]
mod tests;

//! The small matrix that stands for a large one: `1 + B B^T`, where the rows of `B` are a few directions in units of the scales.

use crate::element::Numeric;
use crate::family::triangular::{self, add_scaled, dot};
use crate::kernel::math;

/// `C = 1 + B B^T = L L^T`, and room to work in.
///
/// The covariance is `diag(s) A A^T diag(s)` with `A = 1 + B^T (1 + L)^-1 B`: indeed `A A^T = 1 + B^T B`, since `N = 1 + L` solves
/// `N N^T = N + N^T + B B^T`. The inverse of `A` is `1 - B^T (1 + L^T)^-1 L^-1 B`.
pub(super) struct Capacitance<'a, E> {
    scales: &'a [E],
    /// `B`: `[k, n]`.
    directions: &'a mut [E],
    /// `C^-1 B`, once it is wanted, or the derivative by `B`.
    other: &'a mut [E],
    lower: &'a mut [E],
    /// `1 + L`.
    shifted: &'a mut [E],
    square: &'a mut [E],
    small: [&'a mut [E]; 2],
    /// A vector in units of the scales: a deviation, and then what the density's derivative by it is made of.
    pub(super) white: &'a mut [E],
}

impl<'a, E: Numeric> Capacitance<'a, E> {
    /// Returns how many numbers it works in, for `n` dimensions and so many numbers of scales and directions.
    pub(super) fn scratch(n: usize, numbers: usize) -> usize {
        let k = (numbers / n.max(1)).saturating_sub(1);
        2 * k * n + 3 * k * k + 2 * k + n
    }

    /// Factorises the matrix of these scales and directions.
    pub(super) fn of(rows: &'a [E], n: usize, scratch: &'a mut [E]) -> Capacitance<'a, E> {
        let (scales, directions) = rows.split_at(n);
        let k = directions.len() / n.max(1);
        let (white, rest) = scratch.split_at_mut(n);
        let (scaled, rest) = rest.split_at_mut(k * n);
        let (other, rest) = rest.split_at_mut(k * n);
        let (lower, rest) = rest.split_at_mut(k * k);
        let (shifted, rest) = rest.split_at_mut(k * k);
        let (square, rest) = rest.split_at_mut(k * k);
        let (one, rest) = rest.split_at_mut(k);
        let other_small = &mut rest[..k];
        for (to, from) in scaled.chunks_exact_mut(n).zip(directions.chunks_exact(n)) {
            for ((to, &w), &s) in to.iter_mut().zip(from).zip(scales) {
                *to = w / s;
            }
        }
        factorise(scaled, n, lower);
        shifted.copy_from_slice(lower);
        shifted.iter_mut().step_by(k + 1).for_each(|d| *d += E::one());
        let small = [one, other_small];
        Capacitance { scales, directions: scaled, other, lower, shifted, square, small, white }
    }

    /// Returns half of the logarithm of the covariance's determinant.
    pub(super) fn half_log_det(&self) -> E {
        let scales: E = self.scales.iter().map(|&s| math::ln(s)).sum();
        scales + triangular::ln_diagonal(self.lower, self.small[0].len())
    }

    /// Puts the image of noise in the place of `white`: `A e`.
    pub(super) fn image_of_noise(&mut self, noise: &[E]) {
        let n = noise.len();
        let [v, _] = &mut self.small;
        product(self.directions, noise, v);
        triangular::solve(self.shifted, v);
        self.white.copy_from_slice(noise);
        add_transposed(self.directions, E::one(), v, &mut self.white[..n]);
    }

    /// Returns half of the square of the noise whose image is `white`.
    pub(super) fn half_square_of_white(&mut self) -> E {
        let [v, _] = &mut self.small;
        product(self.directions, self.white, v);
        triangular::solve(self.lower, v);
        triangular::solve_transposed(self.shifted, v);
        let mut square = E::zero();
        for (i, &a) in self.white.iter().enumerate() {
            let column = self.directions.iter().skip(i).step_by(self.white.len());
            let back: E = column.zip(v.iter()).map(|(&b, &v)| b * v).sum();
            square += (a - back) * (a - back);
        }
        E::of(0.5) * square
    }

    /// Puts `(1 + B^T B)^-1 a` in the place of the deviation `a`: what the density's derivative by it is, but for the sign.
    pub(super) fn white_to_pull(&mut self) {
        let [v, _] = &mut self.small;
        product(self.directions, self.white, v);
        triangular::solve(self.lower, v);
        triangular::solve_transposed(self.lower, v);
        add_transposed(self.directions, -E::one(), v, self.white);
    }

    /// Puts `A^-T e` in the place of `white`, which is the same for a deviation with this noise.
    pub(super) fn noise_to_pull(&mut self, noise: &[E]) {
        let [v, _] = &mut self.small;
        product(self.directions, noise, v);
        triangular::solve(self.shifted, v);
        triangular::solve_transposed(self.lower, v);
        self.white.copy_from_slice(noise);
        add_transposed(self.directions, -E::one(), v, self.white);
    }

    /// Adds `seed` times what `white` is in units of the value.
    pub(super) fn add_pull(&self, seed: E, by: &mut [E]) {
        for ((by, &h), &s) in by.iter_mut().zip(self.white.iter()).zip(self.scales) {
            *by += seed * h / s;
        }
    }

    /// Adds the derivatives of minus half the square of the noise by scales and directions, from the pull in `white`.
    pub(super) fn add_by_rows_of_square(&mut self, seed: E, by_rows: &mut [E]) {
        let n = self.scales.len();
        let (by_scales, by_directions) = by_rows.split_at_mut(n);
        let [t, _] = &mut self.small;
        product(self.directions, self.white, t);
        for ((by, &h), &s) in by_scales.iter_mut().zip(self.white.iter()).zip(self.scales) {
            *by += seed * h * h / s;
        }
        for (by, &t) in by_directions.chunks_exact_mut(n).zip(t.iter()) {
            for ((by, &h), &s) in by.iter_mut().zip(self.white.iter()).zip(self.scales) {
                *by += seed * t * h / s;
            }
        }
    }

    /// Adds the derivatives of minus half the log-determinant by scales and directions.
    pub(super) fn add_by_rows_of_log_det(&mut self, seed: E, by_rows: &mut [E]) {
        let n = self.scales.len();
        self.other.copy_from_slice(self.directions);
        solve_rows(self.lower, self.other, n);
        let (by_scales, by_directions) = by_rows.split_at_mut(n);
        for (i, (by, &s)) in by_scales.iter_mut().zip(self.scales).enumerate() {
            let shared: E = (self.directions.iter().skip(i).step_by(n))
                .zip(self.other.iter().skip(i).step_by(n))
                .map(|(&b, &r)| b * r)
                .sum();
            *by -= seed * (E::one() - shared) / s;
        }
        for (by, r) in by_directions.chunks_exact_mut(n).zip(self.other.chunks_exact(n)) {
            for ((by, &r), &s) in by.iter_mut().zip(r).zip(self.scales) {
                *by -= seed * r / s;
            }
        }
    }

    /// Adds the product of `dz` with the Jacobian of the draw by scales and directions, the noise held fixed.
    pub(super) fn pull_image_back(&mut self, noise: &[E], dz: &[E], by_rows: &mut [E]) {
        let n = noise.len();
        self.image_of_noise(noise);
        let (by_scales, by_directions) = by_rows.split_at_mut(n);
        for ((by, &d), y) in by_scales.iter_mut().zip(dz).zip(self.white.iter_mut()) {
            *by += d * *y;
            *y = d;
        }
        // The derivative by the image in units of the scales.
        self.white.iter_mut().zip(self.scales).for_each(|(dy, &s)| *dy *= s);
        let [v, du] = &mut self.small;
        product(self.directions, self.white, du);
        triangular::solve_transposed(self.shifted, du);
        for (j, by) in self.other.chunks_exact_mut(n).enumerate() {
            for ((by, &dy), &e) in by.iter_mut().zip(self.white.iter()).zip(noise) {
                *by = v[j] * dy + du[j] * e;
            }
        }
        // By way of the factor, whose derivative is minus the outer product of these.
        by_symmetric(self.lower, [du, v], self.square);
        let k = v.len();
        for (j, by) in self.other.chunks_exact_mut(n).enumerate() {
            for (l, b) in self.directions.chunks_exact(n).enumerate() {
                add_scaled(by, E::of(2.0) * self.square[j * k + l], b);
            }
        }
        for (j, by) in by_directions.chunks_exact_mut(n).enumerate() {
            let (from, b) = (&self.other[j * n..(j + 1) * n], &self.directions[j * n..(j + 1) * n]);
            for (i, by) in by.iter_mut().enumerate() {
                *by += from[i] / self.scales[i];
                by_scales[i] -= from[i] * b[i] / self.scales[i];
            }
        }
    }
}

/// Writes the lower Cholesky factor of `1 + B B^T`, which is never singular.
fn factorise<E: Numeric>(directions: &[E], n: usize, lower: &mut [E]) {
    let k = directions.len() / n.max(1);
    for i in 0..k {
        for j in 0..=i {
            let mut sum = dot(&directions[i * n..(i + 1) * n], &directions[j * n..(j + 1) * n]);
            sum -= dot(&lower[i * k..i * k + j], &lower[j * k..j * k + j]);
            lower[i * k + j] = match i == j {
                true => (E::one() + sum).sqrt(),
                false => sum / lower[j * k + j],
            };
        }
        lower[i * k + i + 1..(i + 1) * k].fill(E::zero());
    }
}

/// Writes the product of the matrix `[k, n]` and `x`.
fn product<E: Numeric>(matrix: &[E], x: &[E], out: &mut [E]) {
    out.iter_mut().zip(matrix.chunks_exact(x.len().max(1))).for_each(|(out, row)| *out = dot(row, x));
}

/// Adds `a` times the product of the transposed matrix `[k, n]` and `v` to `y`.
fn add_transposed<E: Numeric>(matrix: &[E], a: E, v: &[E], y: &mut [E]) {
    let n = y.len();
    matrix.chunks_exact(n.max(1)).zip(v).for_each(|(row, &v)| add_scaled(y, a * v, row));
}

/// Replaces the rows `X` of `[k, n]` by those of `(L L^T)^-1 X`.
fn solve_rows<E: Numeric>(lower: &[E], rows: &mut [E], n: usize) {
    let k = rows.len() / n.max(1);
    for j in 0..k {
        let (before, rest) = rows.split_at_mut(j * n);
        let row = &mut rest[..n];
        for (l, other) in before.chunks_exact(n).enumerate() {
            add_scaled(row, -lower[j * k + l], other);
        }
        row.iter_mut().for_each(|x| *x /= lower[j * k + j]);
    }
    for j in (0..k).rev() {
        let (head, after) = rows.split_at_mut((j + 1) * n);
        let row = &mut head[j * n..];
        for (l, other) in after.chunks_exact(n).enumerate() {
            add_scaled(row, -lower[(j + 1 + l) * k + j], other);
        }
        row.iter_mut().for_each(|x| *x /= lower[j * k + j]);
    }
}

/// Writes the derivative by a symmetric matrix, of which that by its Cholesky factor is the lower triangle of `-x y^T`: `L^-T P L^-1`, made
/// symmetric, where `P` is the lower triangle of `L^T` times the latter, with half of its diagonal (Murray 2016, equation 10).
fn by_symmetric<E: Numeric>(lower: &[E], [x, y]: [&[E]; 2], out: &mut [E]) {
    let k = x.len();
    // Element (i, j) of L^T tril(-x y^T), for j <= i: the factor has nothing above its diagonal.
    for i in 0..k {
        for j in 0..k {
            let sum: E = (i..k).map(|l| lower[l * k + i] * x[l]).sum();
            let half = if i == j { E::of(0.5) } else { E::one() };
            out[i * k + j] = if j <= i { -half * sum * y[j] } else { E::zero() };
        }
    }
    // P L^-1, row by row, and then L^-T of each column.
    for row in out.chunks_exact_mut(k.max(1)) {
        triangular::solve_transposed(lower, row);
    }
    for j in 0..k {
        for i in (0..k).rev() {
            let mut sum = out[i * k + j];
            for l in i + 1..k {
                sum -= lower[l * k + i] * out[l * k + j];
            }
            out[i * k + j] = sum / lower[i * k + i];
        }
    }
    for i in 0..k {
        for j in 0..i {
            let mean = E::of(0.5) * (out[i * k + j] + out[j * k + i]);
            (out[i * k + j], out[j * k + i]) = (mean, mean);
        }
    }
}

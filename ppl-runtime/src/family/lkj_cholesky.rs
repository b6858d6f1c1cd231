//! The distribution of Lewandowski, Kurowicka and Joe over correlation matrices, as Cholesky factors.

use super::gamma_draw::GammaDraw;
use super::normal::standard;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use super::{require, triangular};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::{self, digamma_difference, ln_beta};
use crate::support::CorrelationCholesky;
use rand::Rng;
use std::f64::consts::PI;

/// The distribution of the Cholesky factor `L` of a correlation matrix `C = L L^T` of size `n` whose density is
/// proportional to `det(C)^(concentration - 1)`: uniform over correlation matrices at one, near the identity for
/// large concentrations.
///
/// # Density
///
/// With rows `i = 1, ..., n` and `h = concentration`, by the free elements (those below the diagonal):
/// `sum over i = 2, ..., n of ((n - i + 2 h - 2) ln(L[i, i]) - (i - 1) / 2 ln(pi) + ln Gamma(h + (n - 1) / 2)
/// - ln Gamma(h + (n - i) / 2))`.
/// The density reads only the diagonal, which a row's length of one determines, and the partials by the value are
/// those of this formula: zero off the diagonal. That the rows have length one is for `contains` to say.
///
/// # Shapes
///
/// `concentration`: one number; `dimension`: `[n]`, a constant of which only the length is read. The value is
/// `[n, n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{EventShape, Need, Structured};
/// use ppl_runtime::family::lkj_cholesky::LkjCholeskyFamily;
///
/// let shape: [&[usize]; 2] = [&[], &[2]];
/// assert_eq!(LkjCholeskyFamily::event_shape(shape), Ok(EventShape::from([2, 2])));
/// // A uniform correlation: its density is 1/2 on (-1, 1), whatever the correlation.
/// let (p, by): ([&[f64]; 2], _) = ([&[1.0], &[0.0; 2]], [&mut [][..], &mut []]);
/// let x = [1.0, 0.0, 0.6, 0.8];
/// let log = LkjCholeskyFamily::log_density(&x, p, shape, Need::NONE, 1.0, &mut [], by, &mut []);
/// assert!((log - 0.5_f64.ln()).abs() < 1e-15);
/// ```
///
/// # References
///
/// Lewandowski, Kurowicka and Joe (2009), Generating random correlation matrices based on vines and extended onion
/// method, section 3.
#[derive(Clone, Copy, Debug)]
pub struct LkjCholeskyFamily;

/// Returns the shape of the gamma number behind the diagonal element of row `i`, counted from zero.
///
/// `L[i, i]^2` is Beta(this, `i / 2`) distributed.
fn row_shape<E: Numeric>(concentration: E, n: usize, i: usize) -> E {
    concentration + E::of(0.5 * (n - 1 - i) as f64)
}

/// Returns whether the matrix is lower triangular and its rows have unit length, or nearly so: the partials are those of a
/// function beside these matrices too.
fn has_unit_rows<E: Numeric>(x: &[E], n: usize) -> bool {
    x.chunks_exact(n).enumerate().all(|(i, row)| {
        let length = triangular::dot(&row[..=i], &row[..=i]).as_f64();
        (length - 1.0).abs() <= 0.02 && row[i + 1..].iter().all(|v| v.abs().as_f64() <= 0.02)
    })
}

impl Structured<2> for LkjCholeskyFamily {
    type Support = CorrelationCholesky;
    const NAME: &'static str = "LkjCholesky";
    const PARAMETERS: [&'static str; 2] = ["concentration", "dimension"];
    const RANKS: Ranks<2> = Ranks { value: 2, parameters: [0, 1] };
    const PATHWISE: bool = true;

    fn event_shape([concentration, dimension]: [&[usize]; 2]) -> Result<EventShape, String> {
        require::scalar("concentration", concentration)?;
        let n = require::vector("dimension", dimension, 1)?;
        Ok(EventShape::matrix(n, n))
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [concentration, dimension]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_concentration, _]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        let (n, concentration) = (dimension.len(), concentration[0]);
        if x.iter().any(|x| x.is_nan()) {
            return E::nan();
        }
        if x.iter().step_by(n + 1).any(|&d| d <= E::zero()) || !has_unit_rows(x, n) {
            return E::neg_infinity();
        }
        let two = E::of(2.0);
        let mut log = E::zero();
        let mut slope = E::zero();
        for i in 1..n {
            let diagonal = x[i * n + i];
            let ln_diagonal = math::ln(diagonal);
            let shape = row_shape(concentration, n, i);
            let power = two * shape - two;
            // All rows have the same sum of their two beta parameters, `shape + i/2`. Differences of logarithms of gammas
            // would cancel for large concentrations.
            let half = 0.5 * i as f64;
            let ln_ways = libm::lgamma(half) - ln_beta(shape.as_f64(), half) - half * PI.ln();
            log += power * ln_diagonal + E::of(ln_ways);
            if need.value() {
                by_value[i * n + i] += seed * power / diagonal;
            }
            if need.parameter(0) {
                slope += two * ln_diagonal + digamma_difference(shape, E::of(half));
            }
        }
        if need.parameter(0) {
            by_concentration[0] += seed * slope;
        }
        log
    }

    /// Draws row by row: a direction from normal numbers `g`, and `L[i, i]^2 = 2 G / (2 G + |g|^2)` with a gamma
    /// number `G`, whose logarithm is what is kept (the onion method).
    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [concentration, dimension]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        let n = dimension.len();
        z.fill(E::zero());
        noise.fill(E::zero());
        z[0] = E::one();
        for (i, row) in z.chunks_exact_mut(n).enumerate().skip(1) {
            let (direction, rest) = row.split_at_mut(i);
            direction.iter_mut().for_each(|g| *g = standard(rng));
            let square = triangular::dot(direction, direction).as_f64().max(f64::MIN_POSITIVE);
            let ln_gamma = GammaDraw::new(rng, row_shape(concentration[0], n, i).as_f64()).ln();
            let odds = std::f64::consts::LN_2 + ln_gamma - square.ln();
            // In logarithms, since G underflows for small concentrations; the diagonal has to stay positive.
            rest[0] = E::of(math::sigmoid(odds).sqrt()).max(E::min_positive_value());
            let shrink = E::of((math::sigmoid(-odds) / square).sqrt());
            direction.iter_mut().for_each(|g| *g *= shrink);
            noise[i * n + i] = E::of(ln_gamma).max(E::min_value());
        }
    }

    fn pull_back<E: Numeric>(
        z: &[E],
        noise: &[E],
        dz: &[E],
        [concentration, dimension]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_concentration, _]: [&mut [E]; 2],
        _: &mut [E],
    ) {
        if !need.parameter(0) {
            return;
        }
        let n = dimension.len();
        let rows = z.chunks_exact(n).zip(dz.chunks_exact(n)).enumerate().skip(1);
        for (i, (z, dz)) in rows {
            // By ln(G), with d = z[i]^2: dz[j] = -z[j] d / 2 off the diagonal, dz[i] = z[i] (1 - d) / 2 on it.
            let off = triangular::dot(&z[..i], &dz[..i]);
            let rest = triangular::dot(&z[..i], &z[..i]);
            let by_ln_gamma = E::of(0.5) * z[i] * (dz[i] * rest - z[i] * off);
            let shape = row_shape(concentration[0], n, i);
            // A diagonal that is as small as a number can be does not move.
            if z[i] <= E::min_positive_value() {
                continue;
            }
            by_concentration[0] += by_ln_gamma * special::gamma_log_draw_derivative(noise[i * n + i], shape);
        }
    }

    fn contains<E: Numeric>(x: &[E], [_, dimension]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        let tolerance = 1e-6 + 64.0 * E::epsilon().as_f64();
        x.chunks_exact(dimension.len()).enumerate().all(|(i, row)| {
            let length = triangular::dot(&row[..=i], &row[..=i]).as_f64();
            (length - 1.0).abs() <= tolerance
                && row[i] > E::zero()
                && row[i + 1..].iter().all(|&v| v == E::zero())
        })
    }

    fn check<E: Numeric>([concentration, _]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::positive("concentration", concentration[0])
    }

    fn mean_into<E: Numeric>([concentration, dimension]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let n = dimension.len();
        out.fill(E::zero());
        for i in 0..n {
            out[i * n + i] = mean_of_diagonal(concentration[0], n, i);
        }
    }

    fn variance_into<E: Numeric>([concentration, dimension]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let n = dimension.len();
        out.fill(E::zero());
        let top = row_shape(concentration[0], n, 0);
        for i in 1..n {
            // The squares below the diagonal share what the diagonal's square leaves, `(i / 2) / top`.
            out[i * n..i * n + i].fill(E::of(0.5) / top);
            let mean = mean_of_diagonal(concentration[0], n, i);
            out[i * n + i] = row_shape(concentration[0], n, i) / top - mean * mean;
        }
    }
}

/// Returns the mean of the square root of a Beta(`row_shape`, `i / 2`) number.
fn mean_of_diagonal<E: Numeric>(concentration: E, n: usize, i: usize) -> E {
    let ln_beta_of = |i| ln_beta(row_shape(concentration, n, i).as_f64(), 0.5);
    E::of((ln_beta_of(0) - ln_beta_of(i)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_distributed, integrate};
    use crate::family::check_rows::*;

    type Family = LkjCholeskyFamily;

    fn member(n: usize, concentration: f64) -> Member<2> {
        Member::new([(&[concentration], &[]), (&vec![0.0; n], &[n])])
    }

    const TWO: &[f64] = &[1.0, 0.0, 0.7, 0.714_142_842_854_285];
    const THREE: &[f64] =
        &[1.0, 0.0, 0.0, -0.16, 0.987_117_014_340_245_3, 0.0, -0.0, -0.86, 0.510_294_032_886_923];
    #[rustfmt::skip]
    const FOUR: &[f64] = &[
        1.0, 0.0, 0.0, 0.0,
        0.45, 0.893_028_554_974_587_6, 0.0, 0.0,
        0.16, 0.16, 0.974_063_652_950_873_6, 0.0,
        0.17, -0.31, 0.59, 0.725_878_777_758_380_3,
    ];

    #[test]
    fn densities_are_those_of_numpyro() {
        // numpyro.distributions.LKJCholesky(n, concentration).log_prob.
        assert_row_log_density::<Family, 2>(TWO, &member(2, 1.0), -0.693_147_180_559_945_1);
        assert_row_log_density::<Family, 2>(THREE, &member(3, 0.5), -1.858_256_062_645_429_4);
        assert_row_log_density::<Family, 2>(FOUR, &member(4, 3.5), -1.897_987_870_686_186_8);
        assert_row_log_density::<Family, 2>(&[1.0], &member(1, 3.5), 0.0);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, n, concentration) in [(TWO, 2, 1.3), (THREE, 3, 0.05), (FOUR, 4, 30.0)] {
            assert_row_partials::<Family, 2>(x, &member(n, concentration), true, [true, false]);
        }
    }

    #[test]
    fn totals_are_one() {
        for concentration in [1.0, 0.6, 7.0] {
            let line = |x: f64| {
                let point = [1.0, 0.0, x, (1.0 - x * x).sqrt()];
                row_log_density::<Family, 2>(&point, &member(2, concentration)).exp()
            };
            assert_close("two dimensions", 2.0 * integrate(line, (0.0, 1.0)), 1.0, 1e-7);
        }
    }

    /// Returns the cdf of the square of a correlation. For the whole matrix a correlation is `2 B - 1` with a
    /// Beta(a, a) number `B`, `a = concentration - 1 + n / 2` (Lewandowski et al., 2009, section 3.2), so its square
    /// is a Beta(1/2, a) number.
    fn square_cdf(square: f64, a: f64) -> f64 {
        special::beta_inc(0.5, a, square)
    }

    #[test]
    fn every_correlation_has_the_known_marginal() {
        for (seed, n, concentration) in [(1, 2, 1.0), (2, 4, 2.5), (3, 5, 0.7)] {
            let draws = row_draws::<Family, 2>(seed, 20_000, &member(n, concentration));
            let a = concentration - 1.0 + 0.5 * n as f64;
            for i in 1..n {
                for j in 0..i {
                    let correlation =
                        |l: &Vec<f64>| triangular::dot(&l[i * n..i * n + n], &l[j * n..j * n + n]);
                    let squares = draws.iter().map(|l| correlation(l).powi(2)).collect();
                    assert_distributed("squared correlation", squares, |s| square_cdf(s, a));
                    let positive = draws.iter().filter(|l| correlation(l) > 0.0).count() as f64;
                    // Half the signs, within 4.9 standard deviations.
                    assert!((positive - 1e4).abs() < 4.9 * 5000.0_f64.sqrt(), "{positive} are positive");
                }
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_draws() {
        let (n, member) = (3, member(3, 0.8));
        let draws = row_draws::<Family, 2>(4, 100_000, &member);
        let (mut mean, mut variance) = ([0.0; 9], [0.0; 9]);
        Family::mean_into(member.values(), member.shapes(), &mut mean);
        Family::variance_into(member.values(), member.shapes(), &mut variance);
        assert_eq!((mean[0], variance[0]), (1.0, 0.0));
        for k in (0..n * n).filter(|k| k % n <= k / n).skip(1) {
            let average = |f: &dyn Fn(f64) -> f64| draws.iter().map(|l| f(l[k])).sum::<f64>() / 1e5;
            let error = (variance[k] / 1e5).sqrt();
            assert!((average(&|x| x) - mean[k]).abs() < 4.9 * error, "mean {k}");
            // The fourth moment of numbers in [-1, 1] is at most the second.
            let spread = average(&|x| (x - mean[k]).powi(4)).sqrt();
            let got = average(&|x| (x - mean[k]).powi(2));
            assert!((got - variance[k]).abs() < 4.9 * spread / 1e5_f64.sqrt(), "variance {k}");
        }
    }

    /// Asserts that the mean of pathwise gradients is the derivative of `1 / (2 a + 1)`, the mean square of a
    /// correlation, by the concentration.
    #[test]
    fn pathwise_gradients_are_unbiased() {
        for (n, concentration) in [(2, 0.7), (4, 2.5)] {
            let member = member(n, concentration);
            let two_a = 2.0 * concentration - 2.0 + n as f64;
            let exact = -2.0 / (two_a + 1.0).powi(2);
            let count = 20_000;
            let gradients: Vec<f64> = (0..count)
                .map(|seed| {
                    let l = &row_draws::<Family, 2>(seed, 1, &member)[0];
                    let (first, last) = (&l[..n], &l[n * n - n..]);
                    // The correlation of the first and the last is L[n, 1], of the last two a whole dot product.
                    let other = &l[n * n - 2 * n..n * n - n];
                    let c = triangular::dot(other, last);
                    assert!(first[0] == 1.0);
                    let mut dz = vec![0.0; n * n];
                    for j in 0..n {
                        dz[n * n - n + j] += 2.0 * c * other[j];
                        dz[n * n - 2 * n + j] += 2.0 * c * last[j];
                    }
                    pulled_back::<Family, 2>(seed, &member, &dz, Need::of(false, [true, false]))[0][0]
                })
                .collect();
            let mean = gradients.iter().sum::<f64>() / count as f64;
            let variance = gradients.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / count as f64;
            let error = (variance / count as f64).sqrt();
            assert!(error < 0.05 * exact.abs() / 2.0, "too few draws: {error} of {exact}");
            assert!((mean - exact).abs() < 5.0 * error, "got {mean} +- {error}, expected {exact}");
        }
    }

    #[test]
    fn small_concentrations_keep_the_diagonal_positive() {
        for l in row_draws::<Family, 2>(9, 1000, &member(3, 1e-4)) {
            assert!(row_log_density::<Family, 2>(&l, &member(3, 1e-4)).is_finite());
        }
    }

    #[test]
    fn edges() {
        let good = member(2, 1.5);
        for outside in [[1.0, 0.0, 0.6, -0.8], [1.0, 0.0, 1.0, 0.0]] {
            assert_row_log_density::<Family, 2>(&outside, &good, f64::NEG_INFINITY);
            assert!(!Family::contains(&outside, good.values(), good.shapes()));
        }
        for outside in [[1.0, 0.0, 0.6, 0.9], [1.0, 0.1, 0.6, 0.8], [0.9, 0.0, 0.6, 0.8]] {
            assert!(!Family::contains(&outside, good.values(), good.shapes()));
        }
        assert!(Family::contains(TWO, good.values(), good.shapes()));
        for k in 0..4 {
            let mut x = TWO.to_vec();
            x[k] = f64::NAN;
            assert!(row_log_density::<Family, 2>(&x, &good).is_nan());
            assert!(!Family::contains(&x, good.values(), good.shapes()));
        }
        assert!(row_log_density::<Family, 2>(TWO, &member(2, f64::NAN)).is_nan());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Family::check([&[bad], &[0.0; 2]], [&[], &[2]]).is_err());
        }
        assert!(Family::event_shape([&[2], &[2]]).is_err());
        assert!(Family::event_shape([&[], &[0]]).is_err());
    }

    #[test]
    fn rows_of_another_length_and_other_triangles_have_no_density() {
        let log = |x: &[f64]| {
            let p: [&[f64]; 2] = [&[1.5], &[0.0; 2]];
            LkjCholeskyFamily::log_density(
                x,
                p,
                [&[], &[2]],
                Need::NONE,
                1.0,
                &mut [],
                [&mut [], &mut []],
                &mut [],
            )
        };
        assert!(log(&[1.0, 0.0, 0.6, 0.8]).is_finite());
        for x in [[2.0, 0.0, 0.6, 0.8], [1.0, 0.0, 0.6, 0.9], [1.0, 0.5, 0.6, 0.8]] {
            assert_eq!(log(&x), f64::NEG_INFINITY, "{x:?}");
        }
    }
}

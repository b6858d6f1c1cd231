//! The multivariate normal distribution, given a Cholesky factor of its precision.

use super::family::{BadParameter, Need, Structured};
use super::normal::{HALF_LN_TWO_PI, standard};
use super::{require, triangular};
use crate::element::Element;
use crate::support::RealLine;
use rand::Rng;

/// The multivariate normal distribution with mean `loc` and precision (inverse covariance) `T T^T`, with the lower
/// triangular `T = precision_tril`.
///
/// # Density
///
/// `-|w|^2 / 2 + sum of ln(T[i, i]) - n ln(2 pi) / 2` where `w = T^T (x - loc)`: nothing is inverted. Draws solve
/// one triangular system.
///
/// # Shapes
///
/// `loc`: `[n]`; `precision_tril`: `[n, n]`, zero above the diagonal. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::mvn_precision::MvNormalPrecisionFamily;
///
/// // The precision [[4, 2], [2, 2]] has the inverse [[0.5, -0.5], [-0.5, 1]].
/// let mut variance = [0.0; 2];
/// let p: [&[f64]; 2] = [&[0.0, 0.0], &[2.0, 0.0, 1.0, 1.0]];
/// MvNormalPrecisionFamily::variance_into(p, [&[2], &[2, 2]], &mut variance);
/// assert_eq!(variance, [0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MvNormalPrecisionFamily;

impl Structured<2> for MvNormalPrecisionFamily {
    type Support = RealLine;
    const NAME: &'static str = "MultivariateNormal";
    const PARAMETERS: [&'static str; 2] = ["loc", "precision_tril"];
    const PATHWISE: bool = true;

    fn event_shape([loc, precision_tril]: [&[usize]; 2]) -> Result<Vec<usize>, String> {
        let n = require::vector("loc", loc, 1)?;
        require::square("precision_tril", precision_tril, "loc", n)?;
        Ok(vec![n])
    }

    fn scratch([loc, _]: [&[usize]; 2]) -> usize {
        3 * loc.iter().product::<usize>()
    }

    fn log_density<E: Element>(
        x: &[E],
        [loc, tril]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_loc, by_tril]: [&mut [E]; 2],
        scratch: &mut [E],
    ) -> E {
        let n = loc.len();
        let (deviation, rest) = scratch.split_at_mut(n);
        let (white, rest) = rest.split_at_mut(n);
        for ((d, &x), &loc) in deviation.iter_mut().zip(x).zip(loc) {
            *d = x - loc;
        }
        triangular::transposed_product_into(tril, deviation, white);
        if need.value() || need.parameter(0) {
            // The precision times the deviation: minus the derivative by the value.
            let pull = &mut rest[..n];
            pull.fill(E::zero());
            triangular::add_product(tril, white, pull);
            if need.value() {
                by_value.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by -= seed * v);
            }
            if need.parameter(0) {
                by_loc.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by += seed * v);
            }
        }
        if need.parameter(1) {
            triangular::add_outer(-seed, deviation, white, by_tril);
            for (by, &d) in by_tril.iter_mut().zip(tril).step_by(n + 1) {
                *by += seed / d;
            }
        }
        triangular::ln_diagonal(tril, n)
            - E::of(0.5) * triangular::dot(white, white)
            - E::of(HALF_LN_TWO_PI * n as f64)
    }

    fn draw<E: Element, R: Rng>(
        rng: &mut R,
        [loc, tril]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        // What is kept is the deviation, which the difference `z - loc` would round.
        noise.iter_mut().for_each(|e| *e = standard(rng));
        triangular::solve_transposed(tril, noise);
        for ((z, &d), &loc) in z.iter_mut().zip(noise.iter()).zip(loc) {
            *z = loc + d;
        }
    }

    fn pull_back<E: Element>(
        _: &[E],
        noise: &[E],
        dz: &[E],
        [loc, tril]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_loc, by_tril]: [&mut [E]; 2],
        scratch: &mut [E],
    ) {
        if need.parameter(0) {
            by_loc.iter_mut().zip(dz).for_each(|(by, &d)| *by += d);
        }
        if need.parameter(1) {
            // T^T u = noise is fixed, so T^T du = -dT^T u, and dz . du = -(T^-1 dz) . (dT^T u).
            let solved = &mut scratch[..loc.len()];
            solved.copy_from_slice(dz);
            triangular::solve(tril, solved);
            triangular::add_outer(-E::one(), noise, solved, by_tril);
        }
    }

    fn contains<E: Element>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite())
    }

    fn check<E: Element>([loc, tril]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::all_finite("loc", loc)?;
        require::cholesky("precision_tril", tril, loc.len())
    }

    fn mean_into<E: Element>([loc, _]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Element>([loc, tril]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let mut column = vec![E::zero(); loc.len()];
        for (j, out) in out.iter_mut().enumerate() {
            column.fill(E::zero());
            column[j] = E::one();
            triangular::solve(tril, &mut column);
            *out = triangular::dot(&column, &column);
        }
    }
}

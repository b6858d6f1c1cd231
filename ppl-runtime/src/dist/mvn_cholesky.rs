//! The multivariate normal distribution, given a Cholesky factor of its covariance.

use super::family::{BadParameter, Need, Structured};
use super::normal::{HALF_LN_TWO_PI, standard};
use super::{require, triangular};
use crate::element::Element;
use crate::support::RealLine;
use rand::Rng;

/// The multivariate normal distribution with mean `loc` and covariance `L L^T`, with the lower triangular
/// `L = scale_tril`.
///
/// # Density
///
/// `-|w|^2 / 2 - sum of ln(L[i, i]) - n ln(2 pi) / 2` where `L w = x - loc`.
///
/// # Shapes
///
/// `loc`: `[n]`; `scale_tril`: `[n, n]`, zero above the diagonal. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::mvn_cholesky::MvNormalCholeskyFamily;
///
/// assert_eq!(MvNormalCholeskyFamily::event_shape([&[2], &[2, 2]]), Ok(vec![2]));
/// let message = MvNormalCholeskyFamily::event_shape([&[2], &[2, 3]]).unwrap_err();
/// assert_eq!(message, "`scale_tril` must be [2, 2] for `loc` of [2], got [2, 3]");
/// let mut variance = [0.0; 2];
/// let p: [&[f64]; 2] = [&[0.0, 0.0], &[2.0, 0.0, 3.0, 4.0]];
/// MvNormalCholeskyFamily::variance_into(p, [&[2], &[2, 2]], &mut variance);
/// assert_eq!(variance, [4.0, 25.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MvNormalCholeskyFamily;

impl Structured<2> for MvNormalCholeskyFamily {
    type Support = RealLine;
    const NAME: &'static str = "MultivariateNormal";
    const PARAMETERS: [&'static str; 2] = ["loc", "scale_tril"];
    const PATHWISE: bool = true;

    fn event_shape([loc, scale_tril]: [&[usize]; 2]) -> Result<Vec<usize>, String> {
        let n = require::vector("loc", loc, 1)?;
        require::square("scale_tril", scale_tril, "loc", n)?;
        Ok(vec![n])
    }

    fn scratch([loc, _]: [&[usize]; 2]) -> usize {
        2 * loc.iter().product::<usize>()
    }

    fn log_density<E: Element>(
        x: &[E],
        [loc, scale_tril]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_loc, by_scale_tril]: [&mut [E]; 2],
        scratch: &mut [E],
    ) -> E {
        let n = loc.len();
        let (white, pull) = scratch.split_at_mut(n);
        for ((w, &x), &loc) in white.iter_mut().zip(x).zip(loc) {
            *w = x - loc;
        }
        triangular::solve(scale_tril, white);
        if need != Need::NONE {
            // The covariance's inverse times the deviation: minus the derivative by the value.
            let pull = &mut pull[..n];
            pull.copy_from_slice(white);
            triangular::solve_transposed(scale_tril, pull);
            if need.value() {
                by_value.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by -= seed * v);
            }
            if need.parameter(0) {
                by_loc.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by += seed * v);
            }
            if need.parameter(1) {
                triangular::add_outer(seed, pull, white, by_scale_tril);
                for (by, &d) in by_scale_tril.iter_mut().zip(scale_tril).step_by(n + 1) {
                    *by -= seed / d;
                }
            }
        }
        -E::of(0.5) * triangular::dot(white, white)
            - triangular::ln_diagonal(scale_tril, n)
            - E::of(HALF_LN_TWO_PI * n as f64)
    }

    fn draw<E: Element, R: Rng>(
        rng: &mut R,
        [loc, scale_tril]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        noise.iter_mut().for_each(|e| *e = standard(rng));
        z.copy_from_slice(loc);
        triangular::add_product(scale_tril, noise, z);
    }

    fn pull_back<E: Element>(
        _: &[E],
        noise: &[E],
        dz: &[E],
        _: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_loc, by_scale_tril]: [&mut [E]; 2],
        _: &mut [E],
    ) {
        if need.parameter(0) {
            by_loc.iter_mut().zip(dz).for_each(|(by, &d)| *by += d);
        }
        if need.parameter(1) {
            triangular::add_outer(E::one(), dz, noise, by_scale_tril);
        }
    }

    fn contains<E: Element>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite())
    }

    fn check<E: Element>([loc, scale_tril]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::all_finite("loc", loc)?;
        require::cholesky("scale_tril", scale_tril, loc.len())
    }

    fn mean_into<E: Element>([loc, _]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Element>([loc, scale_tril]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        for (i, (out, row)) in out.iter_mut().zip(scale_tril.chunks_exact(loc.len())).enumerate() {
            *out = triangular::dot(&row[..=i], &row[..=i]);
        }
    }
}

//! The multivariate normal distribution, given a Cholesky factor of its precision.

use super::double::or_overflowed;
use super::normal::{HALF_LN_TWO_PI, standard};
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use super::{require, triangular};
use crate::element::Numeric;
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
/// use ppl_runtime::family::Structured;
/// use ppl_runtime::family::mvn_precision::MvNormalPrecisionFamily;
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
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [1, 2] };
    const PATHWISE: bool = true;

    fn event_shape([loc, precision_tril]: [&[usize]; 2]) -> Result<EventShape, String> {
        let n = require::vector("loc", loc, 1)?;
        require::square("precision_tril", precision_tril, "loc", n)?;
        Ok(EventShape::vector(n))
    }

    fn scratch([loc, _]: [&[usize]; 2]) -> usize {
        3 * loc.iter().product::<usize>()
    }

    fn log_density<E: Numeric>(
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
        let log = triangular::ln_diagonal(tril, n)
            - E::of(0.5) * triangular::dot(white, white)
            - E::of(HALF_LN_TWO_PI * n as f64);
        or_overflowed(log, [x, loc, tril])
    }

    fn draw<E: Numeric, R: Rng>(
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

    fn pull_back<E: Numeric>(
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

    fn contains<E: Numeric>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite())
    }

    fn check<E: Numeric>([loc, tril]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::all_finite("loc", loc)?;
        require::cholesky("precision_tril", tril, loc.len())
    }

    fn mean_into<E: Numeric>([loc, _]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Numeric>([loc, tril]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let mut column = vec![E::zero(); loc.len()];
        for (j, out) in out.iter_mut().enumerate() {
            column.fill(E::zero());
            column[j] = E::one();
            triangular::solve(tril, &mut column);
            *out = triangular::dot(&column, &column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_distributed};
    use crate::family::check_rows::*;
    use crate::family::normal::standard_cdf;

    type Family = MvNormalPrecisionFamily;

    const LOC: &[f64] = &[0.5, -1.0, 2.0];
    const TRIL: &[f64] = &[1.5, 0.0, 0.0, 0.3, 0.7, 0.0, -0.2, 0.4, 2.0];

    fn members() -> [Member<2>; 3] {
        [
            Member::new([(LOC, &[3]), (TRIL, &[3, 3])]),
            Member::new([(&[300.0, -0.01], &[2]), (&[40.0, 0.0, -30.0, 0.02], &[2, 2])]),
            Member::new([(&[0.3], &[1]), (&[1e-3], &[1, 1])]),
        ]
    }

    const POINTS: [&[f64]; 3] = [&[1.0, 0.0, -1.0], &[310.0, -8.0], &[0.3015]];

    #[test]
    fn the_density_is_that_of_scipy() {
        // scipy.stats.multivariate_normal.logpdf(x, loc, inv(T @ T.T)).
        assert_row_log_density::<Family, 2>(POINTS[0], &members()[0], -21.501_128_254_884_634);
        // One dimension is the normal distribution.
        let normal = -0.5 - f64::ln(1e-3) - HALF_LN_TWO_PI;
        let line = Member::new([(&[0.25], &[1]), (&[1e3], &[1, 1])]);
        assert_row_log_density::<Family, 2>(&[0.251], &line, normal);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, member) in POINTS.into_iter().zip(members()) {
            assert_row_partials::<Family, 2>(x, &member, true, [true, true]);
            assert_pull_back::<Family, 2>(7, &member, [true, true]);
        }
    }

    #[test]
    fn every_projection_of_the_draws_is_normal() {
        let [member, ..] = members();
        let [loc, tril] = member.values();
        let draws = row_draws::<Family, 2>(1, 20_000, &member);
        let projections: [&[f64]; 5] =
            [&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0], &[0.0, 0.0, 1.0], &[1.0, -2.0, 0.5], &[0.3, 3.0, 1.0]];
        for a in projections {
            let deviation = deviation(tril, a);
            let standardised =
                draws.iter().map(|z| (triangular::dot(a, z) - triangular::dot(a, loc)) / deviation).collect();
            assert_distributed("projection", standardised, standard_cdf);
        }
        let (mut mean, mut variance) = ([0.0; 3], [0.0; 3]);
        Family::mean_into(member.values(), member.shapes(), &mut mean);
        Family::variance_into(member.values(), member.shapes(), &mut variance);
        assert_eq!(mean, LOC);
        for i in 0..3 {
            assert_close("variance", variance[i], deviation(tril, projections[i]).powi(2), 1e-14);
        }
    }

    fn deviation(tril: &[f64], a: &[f64]) -> f64 {
        // Along `a` the deviation is |T^-1 a|.
        let mut pulled = a.to_vec();
        triangular::solve(tril, &mut pulled);
        triangular::dot(&pulled, &pulled).sqrt()
    }

    #[test]
    fn edges() {
        let [member, ..] = members();
        assert!(row_log_density::<Family, 2>(&[1.0, f64::NAN, 0.0], &member).is_nan());
        assert!(!Family::contains(&[1.0, f64::NAN, 0.0], member.values(), member.shapes()));
        assert!(!Family::contains(&[1.0, f64::INFINITY, 0.0], member.values(), member.shapes()));
        let check = |loc: [f64; 2], tril: [f64; 4]| Family::check([&loc, &tril], [&[2], &[2, 2]]);
        assert!(check([0.0, 0.0], [1.0, 0.0, 0.5, 1.0]).is_ok());
        assert_eq!(check([0.0, f64::NAN], [1.0, 0.0, 0.5, 1.0]).unwrap_err().name, "loc");
        for bad in [
            [1.0, 0.1, 0.5, 1.0],
            [1.0, 0.0, 0.5, 0.0],
            [-1.0, 0.0, 0.5, 1.0],
            [1.0, 0.0, f64::NAN, 1.0],
            [1.0, 0.0, 0.5, f64::INFINITY],
        ] {
            assert_eq!(check([0.0, 0.0], bad).unwrap_err().name, "precision_tril");
        }
        assert!(Family::event_shape([&[2], &[3, 3]]).is_err());
        assert!(Family::event_shape([&[], &[1, 1]]).is_err());
    }
}

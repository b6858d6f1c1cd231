//! The multivariate normal distribution, given a Cholesky factor of its covariance.

use super::double::or_overflowed;
use super::normal::{HALF_LN_TWO_PI, standard};
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use super::{require, triangular};
use crate::element::Numeric;
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
/// use ppl_runtime::family::{EventShape, Structured};
/// use ppl_runtime::family::mvn_cholesky::MvNormalCholeskyFamily;
///
/// assert_eq!(MvNormalCholeskyFamily::event_shape([&[2], &[2, 2]]), Ok(EventShape::from([2])));
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
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [1, 2] };
    const PATHWISE: bool = true;

    fn event_shape([loc, scale_tril]: [&[usize]; 2]) -> Result<EventShape, String> {
        let n = require::vector("loc", loc, 1)?;
        require::square("scale_tril", scale_tril, "loc", n)?;
        Ok(EventShape::vector(n))
    }

    fn scratch([loc, _]: [&[usize]; 2]) -> usize {
        2 * loc.iter().product::<usize>()
    }

    fn log_density<E: Numeric>(
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
        let log = -E::of(0.5) * triangular::dot(white, white)
            - triangular::ln_diagonal(scale_tril, n)
            - E::of(HALF_LN_TWO_PI * n as f64);
        or_overflowed(log, [x, loc, scale_tril])
    }

    fn draw<E: Numeric, R: Rng>(
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

    fn pull_back<E: Numeric>(
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

    fn contains<E: Numeric>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite())
    }

    fn check<E: Numeric>([loc, scale_tril]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::all_finite("loc", loc)?;
        require::cholesky("scale_tril", scale_tril, loc.len())
    }

    fn mean_into<E: Numeric>([loc, _]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Numeric>([loc, scale_tril]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        for (i, (out, row)) in out.iter_mut().zip(scale_tril.chunks_exact(loc.len())).enumerate() {
            *out = triangular::dot(&row[..=i], &row[..=i]);
        }
    }
}

/// Returns the log-density of `x = loc + L noise`, a draw whose noise is known: an ill-conditioned `L` loses no digit of it.
///
/// The derivatives are added that are asked for. Where both the value and a parameter have one, the value moves with the
/// parameters and stays at its noise, so that the diagonal alone is left; else they are those of the density.
pub(crate) fn log_density_of_draw<E: Numeric>(
    [noise, scale_tril]: [&[E]; 2],
    [value_needed, loc_needed, tril_needed]: [bool; 3],
    [by_value, by_loc, by_scale_tril]: [&mut [E]; 3],
    pull: &mut [E],
) -> E {
    let n = noise.len();
    let moves = value_needed && (loc_needed || tril_needed);
    if !moves && (value_needed || loc_needed || tril_needed) {
        pull.copy_from_slice(noise);
        triangular::solve_transposed(scale_tril, pull);
        if value_needed {
            by_value.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by -= v);
        }
        if loc_needed {
            by_loc.iter_mut().zip(pull.iter()).for_each(|(by, &v)| *by += v);
        }
        if tril_needed {
            triangular::add_outer(E::one(), pull, noise, by_scale_tril);
        }
    }
    if tril_needed {
        for (by, &d) in by_scale_tril.iter_mut().zip(scale_tril).step_by(n + 1) {
            *by -= d.recip();
        }
    }
    -E::of(0.5) * triangular::dot(noise, noise)
        - triangular::ln_diagonal(scale_tril, n)
        - E::of(HALF_LN_TWO_PI * n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_distributed};
    use crate::family::check_rows::*;
    use crate::family::normal::standard_cdf;

    type Family = MvNormalCholeskyFamily;

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
        // scipy.stats.multivariate_normal.logpdf(x, loc, L @ L.T).
        assert_row_log_density::<Family, 2>(POINTS[0], &members()[0], -5.866_598_749_332_05);
        // One dimension is the normal distribution.
        let normal = -0.5 - f64::ln(1e-3) - HALF_LN_TWO_PI;
        let line = Member::new([(&[0.25], &[1]), (&[1e-3], &[1, 1])]);
        assert_row_log_density::<Family, 2>(&[0.251], &line, normal);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, member) in POINTS.into_iter().zip(members()) {
            assert_row_partials::<Family, 2>(x, &member, true, [true, true]);
            assert_pull_back::<Family, 2>(7, &member, [true, true]);
        }
    }

    /// By its noise a draw has the density and the derivatives that it has by its value.
    #[test]
    fn a_draw_is_known_by_its_noise() {
        let (noise, mut x) = ([0.3, -1.2, 0.8], LOC.to_vec());
        triangular::add_product(TRIL, &noise, &mut x);
        let of_draw = |needed| {
            let (mut value, mut loc, mut tril, mut pull) = ([0.0; 3], [0.0; 3], [0.0; 9], [0.0; 3]);
            let by: [&mut [f64]; 3] = [&mut value, &mut loc, &mut tril];
            let log = log_density_of_draw([&noise, TRIL], needed, by, &mut pull);
            (log, value, loc, tril)
        };
        let (mut value, mut loc, mut tril) = ([0.0; 3], [0.0; 3], [0.0; 9]);
        let by: [&mut [f64]; 2] = [&mut loc, &mut tril];
        let shape: [&[usize]; 2] = [&[3], &[3, 3]];
        let log = Family::log_density(&x, [LOC, TRIL], shape, Need::ALL, 1.0, &mut value, by, &mut [0.0; 6]);
        let same = |what: &str, a: &[f64], b: &[f64]| {
            a.iter().zip(b).for_each(|(&a, &b)| assert_close(what, a, b, 1e-12));
        };
        let (known, by_value, ..) = of_draw([true, false, false]);
        assert_close("log", known, log, 1e-14);
        same("value", &by_value, &value);
        let (_, _, by_loc, by_tril) = of_draw([false, true, true]);
        same("loc", &by_loc, &loc);
        same("tril", &by_tril, &tril);
        // What moves with the parameters has the sum of both ways: by the location it vanishes.
        let (_, by_value, by_loc, by_tril) = of_draw([true, true, true]);
        assert_eq!((by_value, by_loc), ([0.0; 3], [0.0; 3]));
        let mut total = tril;
        triangular::add_outer(1.0, &value, &noise, &mut total);
        for k in 0..9 {
            assert!((by_tril[k] - total[k]).abs() < 1e-12, "{k}: {} {}", by_tril[k], total[k]);
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
        // Along `a` the deviation is |L^T a|.
        let mut pulled = vec![0.0; 3];
        triangular::transposed_product_into(tril, a, &mut pulled);
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
            assert_eq!(check([0.0, 0.0], bad).unwrap_err().name, "scale_tril");
        }
        assert!(Family::event_shape([&[2], &[3, 3]]).is_err());
        assert!(Family::event_shape([&[], &[1, 1]]).is_err());
    }
}

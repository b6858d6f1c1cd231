//! The multivariate normal distribution whose covariance is diagonal but for a few directions.

mod capacitance;

use super::double::or_overflowed;
use super::normal::{HALF_LN_TWO_PI, standard};
use super::require;
use super::triangular::dot;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use crate::element::Numeric;
use crate::support::RealLine;
use capacitance::Capacitance;
use rand::Rng;

/// The multivariate normal distribution with mean `loc` and covariance `diag(s)^2 + w_1 w_1^T + .. + w_k w_k^T`.
///
/// # Density
///
/// `-|e|^2 / 2 - sum of ln s - ln det(C) / 2 - n ln(2 pi) / 2`, where `C = 1 + B B^T = L L^T` with the rows `w_j / s` of `B`, and `e` is the
/// noise of which `x` is the image: `x = loc + s (e + B^T (1 + L)^-1 B e)`. With one factorisation in `k` dimensions a draw and its
/// density take `O(n k^2)` operations.
///
/// # Shapes
///
/// `loc`: `[n]`; `rows`: `[1 + k, n]`, first the scales `s`, then the directions `w`. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{EventShape, Structured};
/// use ppl_runtime::family::low_rank_normal::LowRankNormalFamily;
///
/// assert_eq!(LowRankNormalFamily::event_shape([&[3], &[2, 3]]), Ok(EventShape::from([3])));
/// let message = LowRankNormalFamily::event_shape([&[3], &[2, 4]]).unwrap_err();
/// assert_eq!(message, "`rows` must be [1 + k, 3], k at least 1, for `loc` of [3], got [2, 4]");
/// let mut variance = [0.0; 2];
/// let p: [&[f64]; 2] = [&[0.0, 0.0], &[3.0, 1.0, 4.0, 2.0]];
/// LowRankNormalFamily::variance_into(p, [&[2], &[2, 2]], &mut variance);
/// assert_eq!(variance, [25.0, 5.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LowRankNormalFamily;

impl Structured<2> for LowRankNormalFamily {
    type Support = RealLine;
    const NAME: &'static str = "LowRankMultivariateNormal";
    const PARAMETERS: [&'static str; 2] = ["loc", "rows"];
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [1, 2] };
    const PATHWISE: bool = true;

    fn event_shape([loc, rows]: [&[usize]; 2]) -> Result<EventShape, String> {
        let n = require::vector("loc", loc, 1)?;
        if rows.len() != 2 || rows[1] != n || rows[0] < 2 {
            return Err(format!(
                "`rows` must be [1 + k, {n}], k at least 1, for `loc` of {loc:?}, got {rows:?}"
            ));
        }
        Ok(EventShape::vector(n))
    }

    fn scratch([loc, rows]: [&[usize]; 2]) -> usize {
        Capacitance::<f64>::scratch(loc.iter().product(), rows.iter().product())
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [loc, rows]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_loc, by_rows]: [&mut [E]; 2],
        scratch: &mut [E],
    ) -> E {
        let mut of = Capacitance::of(rows, loc.len(), scratch);
        for (k, a) in of.white.iter_mut().enumerate() {
            *a = (x[k] - loc[k]) / rows[k];
        }
        let (half_square, half_log_det) = (of.half_square_of_white(), of.half_log_det());
        if need != Need::NONE {
            of.white_to_pull();
            if need.value() {
                of.add_pull(-seed, by_value);
            }
            if need.parameter(0) {
                of.add_pull(seed, by_loc);
            }
            if need.parameter(1) {
                of.add_by_rows_of_square(seed, by_rows);
                of.add_by_rows_of_log_det(seed, by_rows);
            }
        }
        let log = -half_square - half_log_det - E::of(HALF_LN_TWO_PI * loc.len() as f64);
        or_overflowed(log, [x, loc, rows])
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [loc, rows]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        scratch: &mut [E],
    ) {
        noise.iter_mut().for_each(|e| *e = standard(rng));
        let mut of = Capacitance::of(rows, loc.len(), scratch);
        of.image_of_noise(noise);
        for (k, z) in z.iter_mut().enumerate() {
            *z = loc[k] + rows[k] * of.white[k];
        }
    }

    fn pull_back<E: Numeric>(
        _: &[E],
        noise: &[E],
        dz: &[E],
        [loc, rows]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_loc, by_rows]: [&mut [E]; 2],
        scratch: &mut [E],
    ) {
        if need.parameter(0) {
            by_loc.iter_mut().zip(dz).for_each(|(by, &d)| *by += d);
        }
        if need.parameter(1) {
            Capacitance::of(rows, loc.len(), scratch).pull_image_back(noise, dz, by_rows);
        }
    }

    fn contains<E: Numeric>(x: &[E], _: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite())
    }

    fn check<E: Numeric>([loc, rows]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::all_finite("loc", loc)?;
        require::all_finite("rows", rows)?;
        match rows[..loc.len()].iter().all(|s| *s > E::zero()) {
            true => Ok(()),
            false => Err(BadParameter { name: "rows", must: "have positive scales in its first row" }),
        }
    }

    fn mean_into<E: Numeric>([loc, _]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Numeric>([loc, rows]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.fill(E::zero());
        for row in rows.chunks_exact(loc.len().max(1)) {
            out.iter_mut().zip(row).for_each(|(out, &w)| *out += w * w);
        }
    }
}

/// Returns the log-density of a draw whose noise is known, which no digit is lost of.
///
/// The derivatives are added that are asked for. Where both the value and a parameter have one, the value moves with the parameters and stays
/// at its noise, so that the determinant alone is left; else they are those of the density.
pub(crate) fn log_density_of_draw<E: Numeric>(
    [noise, rows]: [&[E]; 2],
    [value_needed, loc_needed, rows_needed]: [bool; 3],
    [by_value, by_loc, by_rows]: [&mut [E]; 3],
    scratch: &mut [E],
) -> E {
    let n = noise.len();
    let mut of = Capacitance::of(rows, n, scratch);
    let moves = value_needed && (loc_needed || rows_needed);
    if !moves && (value_needed || loc_needed || rows_needed) {
        of.noise_to_pull(noise);
        if value_needed {
            of.add_pull(-E::one(), by_value);
        }
        if loc_needed {
            of.add_pull(E::one(), by_loc);
        }
        if rows_needed {
            of.add_by_rows_of_square(E::one(), by_rows);
        }
    }
    if rows_needed {
        of.add_by_rows_of_log_det(E::one(), by_rows);
    }
    -E::of(0.5) * dot(noise, noise) - of.half_log_det() - E::of(HALF_LN_TWO_PI * n as f64)
}

#[cfg(test)]
#[path = "low_rank_normal_tests.rs"]
mod tests;

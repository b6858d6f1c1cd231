//! The normal distribution over vectors that sum to zero.

use super::normal::{HALF_LN_TWO_PI, standard};
use super::require;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use crate::element::Numeric;
use crate::support::{SumToZero, sums_to_zero};
use rand::Rng;

/// The normal distribution over vectors of `n` numbers that sum to zero, around `loc`, with the covariance
/// `scale^2 (I - 1 1^T / n)`: the distribution of `loc + scale (e - mean of e)` with independent standard normal numbers `e`.
///
/// # Density
///
/// `-(n - 1) (ln(2 pi) / 2 + ln(scale)) - |x - loc|^2 / (2 scale^2)`, with respect to volume in the hyperplane of the vectors that
/// sum to zero; `-inf` beside it, where the sum is more than rounding (of the elements, or of a number as large as `scale`).
///
/// That is the density of `n - 1` independent normal numbers, which are coordinates in an orthonormal basis of the hyperplane. PyMC's
/// `ZeroSumNormal` has the same one. Stan's `normal(0, scale)` for a `sum_to_zero_vector` is the product over all `n` elements, and so
/// has one factor of a normal density at zero more: not normalised, which matters where the scale is learnt. By the first `n - 1`
/// elements of `x` the density would be larger by the constant factor `sqrt(n)`.
///
/// # Shapes
///
/// `scale`: one number; `loc`: `[n]`. The value is `[n]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Structured, zero_sum_normal::ZeroSumNormalFamily};
///
/// let log = |x: &[f64; 2]| {
///     let (p, shape): ([&[f64]; 2], [&[usize]; 2]) = ([&[1.0], &[0.0; 2]], [&[], &[2]]);
///     let by = [&mut [][..], &mut []];
///     ZeroSumNormalFamily::log_density(x, p, shape, Need::NONE, 1.0, &mut [], by, &mut [])
/// };
/// // A line through the plane, along which `[1, -1]` lies at the distance `sqrt(2)` from zero.
/// assert!((log(&[1.0, -1.0]) - (-1.0 - std::f64::consts::TAU.ln() / 2.0)).abs() < 1e-15);
/// assert_eq!(log(&[1.0, -0.5]), f64::NEG_INFINITY);
/// ```
///
/// # References
///
/// PyMC 5, `pymc/distributions/multivariate.py`, `zerosumnormal_logp`; Stan Reference Manual, "Zero sum vector".
#[derive(Clone, Copy, Debug)]
pub struct ZeroSumNormalFamily;

impl Structured<2> for ZeroSumNormalFamily {
    type Support = SumToZero;
    const NAME: &'static str = "ZeroSumNormal";
    const PARAMETERS: [&'static str; 2] = ["scale", "loc"];
    const RANKS: Ranks<2> = Ranks { value: 1, parameters: [0, 1] };
    const PATHWISE: bool = true;

    fn event_shape([scale, loc]: [&[usize]; 2]) -> Result<EventShape, String> {
        require::scalar("scale", scale)?;
        Ok(EventShape::vector(require::vector("loc", loc, 1)?))
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [scale, loc]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_scale, by_loc]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        if x.iter().any(|x| x.is_nan()) {
            return E::nan();
        }
        if !x.iter().all(|x| x.is_finite()) || !sums_to_zero(x, scale[0]) {
            return E::neg_infinity();
        }
        if !sums_to_zero(loc, scale[0]) {
            return E::nan();
        }
        let scale = scale[0].as_f64();
        let seed = seed.as_f64();
        let mut square = 0.0;
        for (i, (&x, &loc)) in x.iter().zip(loc).enumerate() {
            let z = (x.as_f64() - loc.as_f64()) / scale;
            square += z * z;
            if need.value() {
                by_value[i] += E::of(-seed * z / scale);
            }
            if need.parameter(1) {
                by_loc[i] += E::of(seed * z / scale);
            }
        }
        let free = (x.len() - 1) as f64;
        if need.parameter(0) {
            by_scale[0] += E::of(seed * (square - free) / scale);
        }
        E::of(-free * (HALF_LN_TWO_PI + scale.ln()) - 0.5 * square)
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [scale, loc]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        noise.iter_mut().for_each(|e| *e = standard(rng));
        let mean = noise.iter().map(|e| e.as_f64()).sum::<f64>() / noise.len() as f64;
        for ((z, e), &loc) in z.iter_mut().zip(noise).zip(loc) {
            *e = E::of(e.as_f64() - mean);
            *z = loc + scale[0] * *e;
        }
    }

    fn pull_back<E: Numeric>(
        _: &[E],
        noise: &[E],
        dz: &[E],
        _: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        [by_scale, by_loc]: [&mut [E]; 2],
        _: &mut [E],
    ) {
        if need.parameter(0) {
            by_scale[0] += noise.iter().zip(dz).map(|(&e, &d)| e * d).sum::<E>();
        }
        if need.parameter(1) {
            by_loc.iter_mut().zip(dz).for_each(|(by, &d)| *by += d);
        }
    }

    fn contains<E: Numeric>(x: &[E], [scale, _]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        x.iter().all(|x| x.is_finite()) && sums_to_zero(x, scale[0])
    }

    fn say_outside<E: Numeric>(x: &[E], _: [&[E]; 2]) -> Option<String> {
        Some(format!("it sums to {}", x.iter().copied().sum::<E>()))
    }

    fn check<E: Numeric>([scale, loc]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::positive("scale", scale[0])?;
        require::all_finite("loc", loc)?;
        if sums_to_zero(loc, scale[0]) {
            Ok(())
        } else {
            Err(BadParameter { name: "loc", must: "sum to zero" })
        }
    }

    fn mean_into<E: Numeric>([_, loc]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out.copy_from_slice(loc);
    }

    fn variance_into<E: Numeric>([scale, loc]: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        let share = E::of(1.0 - (loc.len() as f64).recip());
        out.fill(scale[0] * scale[0] * share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_derivative, assert_distributed, integrate};
    use crate::family::check_rows::*;
    use crate::family::normal::standard_cdf;
    use crate::family::triangular::dot;

    type Family = ZeroSumNormalFamily;

    fn member(scale: f64, loc: &[f64]) -> Member<2> {
        Member::new([(&[scale], &[]), (loc, &[loc.len()])])
    }

    const THREE: &[f64] = &[0.5, -0.2, -0.3];
    const FIVE: &[f64] = &[3.25, -1.0, 0.5, -2.75, 0.0];

    #[test]
    fn densities_are_those_of_pymc() {
        // pymc.logp(pymc.ZeroSumNormal.dist(sigma=scale, shape=n), x), PyMC 5.28.5. The same come of
        // scipy.stats.multivariate_normal.logpdf of the first n - 1 elements, less ln(n) / 2.
        for (x, scale, expected) in [
            (THREE, 0.8, -1.688_464_963_780_926_2),
            (&[1e-3, -1e-3], 2e-4, -17.401_745_341_788_438),
            (FIVE, 1.7, -9.150_343_261_634_847),
            (&[0.0], 2.0, 0.0),
        ] {
            assert_row_log_density::<Family, 2>(x, &member(scale, &vec![0.0; x.len()]), expected);
        }
        // From scipy alone, as above.
        let far: &[f64] = &[300.0, -120.0, -100.0, -80.0];
        assert_row_log_density::<Family, 2>(far, &member(1000.0, &[0.0; 4]), -23.540_481_436_560_427);
        // A place shifts it.
        let shifted: Vec<f64> = THREE.iter().zip([1.0, 2.0, -3.0]).map(|(x, loc)| x + loc).collect();
        let around = member(0.8, &[1.0, 2.0, -3.0]);
        assert_row_log_density::<Family, 2>(&shifted, &around, -1.688_464_963_780_926_2);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, scale, loc) in [
            (THREE, 0.8, &[0.1, -0.3, 0.2][..]),
            (FIVE, 40.0, &[0.0; 5]),
            (&[0.03, -0.03], 0.02, &[0.01, -0.01]),
        ] {
            let member = member(scale, loc);
            assert_row_partials::<Family, 2>(x, &member, false, [true, false]);
            assert_pull_back::<Family, 2>(7, &member, [true, false]);
            let dz: Vec<f64> = x.iter().map(|x| x.sin()).collect();
            let by = pulled_back::<Family, 2>(7, &member, &dz, Need::ALL);
            assert!(
                by[1].iter().zip(&dz).all(|(by, d)| (by - d).abs() < 1e-15),
                "a draw moves with its place"
            );
            let (mut by_value, mut by_loc) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            let (p, shape) = (member.values(), member.shapes());
            let need = Need::of(true, [false, true]);
            Family::log_density(x, p, shape, need, 2.0, &mut by_value, [&mut [], &mut by_loc], &mut []);
            // Beside the hyperplane there is no density: one element rises by what the first falls.
            let moved = |y: &[f64], k: usize, to: f64| {
                let mut y = y.to_vec();
                y[0] -= to - y[k];
                y[k] = to;
                y
            };
            for k in 1..x.len() {
                let at = |to| row_log_density::<Family, 2>(&moved(x, k, to), &member);
                assert_derivative("by value", at, x[k], 0.5 * (by_value[k] - by_value[0]));
                let at = |to| row_log_density::<Family, 2>(x, &self::member(scale, &moved(loc, k, to)));
                assert_derivative("by loc", at, loc[k], 0.5 * (by_loc[k] - by_loc[0]));
            }
        }
    }

    #[test]
    fn totals_are_one() {
        // Along the line `[t, -t] / sqrt(2)`, and in the plane of three elements in polar coordinates.
        let diagonal = |t: f64| [t / 2.0_f64.sqrt(), -t / 2.0_f64.sqrt()];
        for scale in [1e-3, 1.0, 300.0] {
            let line = |t: f64| row_log_density::<Family, 2>(&diagonal(t), &member(scale, &[0.0; 2])).exp();
            assert_close("line", 2.0 * integrate(line, (0.0, 40.0 * scale)), 1.0, 1e-9);
            let ring = |r: f64| {
                let [a, b] = diagonal(r);
                let x = [a, b, 0.0];
                std::f64::consts::TAU * r * row_log_density::<Family, 2>(&x, &member(scale, &[0.0; 3])).exp()
            };
            assert_close("plane", integrate(ring, (0.0, 40.0 * scale)), 1.0, 1e-9);
        }
    }

    #[test]
    fn every_projection_of_the_draws_is_normal() {
        let (scale, loc) = (1.7, [0.5, -2.0, 1.0, 0.5]);
        let draws = row_draws::<Family, 2>(1, 20_000, &member(scale, &loc));
        let mut variance = [0.0; 4];
        Family::variance_into([&[scale], &loc], [&[], &[4]], &mut variance);
        for a in [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, -1.0, 0.0, 0.0], [3.0, 0.5, -2.0, 1.0]] {
            // What of the direction lies in the hyperplane.
            let mean = a.iter().sum::<f64>() / 4.0;
            let along = a.map(|a| a - mean);
            let deviation = scale * dot(&along, &along).sqrt();
            let standardised = draws.iter().map(|z| (dot(&a, z) - dot(&a, &loc)) / deviation).collect();
            assert_distributed("projection", standardised, standard_cdf);
            if mean == 0.25 {
                assert_close("variance", variance[0], deviation * deviation, 1e-14);
            }
        }
        let mut mean = [0.0; 4];
        Family::mean_into([&[scale], &loc], [&[], &[4]], &mut mean);
        assert_eq!((mean, variance), (loc, [variance[0]; 4]));
        assert_eq!(row_draws::<Family, 2>(2, 3, &member(scale, &[0.0])), [[0.0]; 3]);
    }

    #[test]
    fn draws_in_single_precision_and_at_extremes_stay_on_the_hyperplane() {
        use rand::SeedableRng;
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(3);
        let n = 5000;
        let loc = vec![0.0_f32; n];
        let (mut z, mut noise) = (vec![0.0_f32; n], vec![0.0_f32; n]);
        for scale in [1.0_f32, 1e-38, 1e37] {
            let p: [&[f32]; 2] = [&[scale], &loc];
            Family::draw(&mut rng, p, [&[], &[n]], &mut z, &mut noise, &mut []);
            assert!(Family::contains(&z, p, [&[], &[n]]), "{scale}");
            let log = Family::log_density(
                &z,
                p,
                [&[], &[n]],
                Need::NONE,
                1.0,
                &mut [],
                [&mut [], &mut []],
                &mut [],
            );
            assert!(log.is_finite(), "{scale}: {log}");
        }
        for scale in [f64::MIN_POSITIVE, 1e-300, 1e300] {
            row_draws::<Family, 2>(4, 100, &member(scale, &[0.0; 3]));
        }
        let tiny = member(1e-200, &[0.0; 2]);
        let expected = -0.25 - HALF_LN_TWO_PI - f64::ln(1e-200);
        assert_row_log_density::<Family, 2>(&[5e-201, -5e-201], &tiny, expected);
    }

    #[test]
    fn edges() {
        let good = member(1.0, &[0.0; 3]);
        for outside in [[1.0, 1.0, 1.0], [0.5, -0.5, 1e-6], [f64::INFINITY, 0.0, 0.0]] {
            assert_row_log_density::<Family, 2>(&outside, &good, f64::NEG_INFINITY);
            assert!(!Family::contains(&outside, good.values(), good.shapes()));
        }
        assert_eq!(Family::say_outside(&[1.0, 1.0, 1.5], good.values()).unwrap(), "it sums to 3.5");
        assert!(Family::contains(&[0.1, 0.2, -0.3], good.values(), good.shapes()));
        assert!(row_log_density::<Family, 2>(&[f64::NAN, 0.0, 0.0], &good).is_nan());
        assert!(!Family::contains(&[f64::NAN, 0.0, 0.0], good.values(), good.shapes()));
        assert!(row_log_density::<Family, 2>(THREE, &member(f64::NAN, &[0.0; 3])).is_nan());
        let check = |scale: f64, loc: [f64; 2]| Family::check([&[scale], &loc], [&[], &[2]]);
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(check(bad, [0.0, 0.0]).unwrap_err().name, "scale");
        }
        assert_eq!(check(1.0, [0.0, f64::NAN]).unwrap_err().must, "be finite");
        assert_eq!(check(1.0, [0.5, 0.5]).unwrap_err().must, "sum to zero");
        assert!(row_log_density::<Family, 2>(&[0.5, -0.5], &member(1.0, &[0.5, 0.5])).is_nan());
        // What is left of equal numbers that were centred.
        assert!(row_log_density::<Family, 2>(&[1e-17; 3], &good).is_finite());
        assert!(check(1.0, [0.5, -0.5]).is_ok());
        assert!(Family::event_shape([&[2], &[2]]).is_err());
        assert!(Family::event_shape([&[], &[0]]).is_err());
    }
}

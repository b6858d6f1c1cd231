//! The Pareto distribution, with a minimum and a tail index.

use super::double::{ln_ratio, moves, outside, positive, require_positive, rounded};
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::support::Bounded;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The Pareto family: the distribution of `scale e^(z / shape)`, where `z` is exponential with mean one.
///
/// # Density
///
/// `ln(shape) - ln(scale) - (shape + 1) ln(x / scale)` for `x >= scale`. It jumps at `scale`, which belongs to it.
///
/// A draw too large for the element is the largest number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, pareto::ParetoFamily};
///
/// let density = |x| ParetoFamily::log_density(x, [2.0_f64, 3.0], Need::NONE).log;
/// assert!((density(2.0) - 1.5_f64.ln()).abs() < 1e-15);
/// assert_eq!(density(1.9), f64::NEG_INFINITY);
/// // Three numbers in four lie below `4^(1 / shape)` times the scale.
/// let three_quarters = ParetoFamily::icdf(0.75, [2.0_f64, 2.0]).unwrap();
/// assert!((three_quarters - 4.0).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ParetoFamily;

fn density(x: f64, [scale, shape]: [f64; 2]) -> Density<f64, 2> {
    if !(scale..f64::INFINITY).contains(&x) || shape.is_nan() {
        return outside(x, [scale, shape]);
    }
    let ln_ratio = ln_ratio(x, scale);
    Density {
        log: shape.ln() - scale.ln() - (shape + 1.0) * ln_ratio,
        by_value: -(shape + 1.0) / x,
        by_parameter: [shape / scale, shape.recip() - ln_ratio],
    }
}

impl Univariate<2> for ParetoFamily {
    type Support = Bounded;
    const NAME: &'static str = "Pareto";
    const PARAMETERS: [&'static str; 2] = ["scale", "shape"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;
    const JUMPS: usize = 1;

    fn log_density<E: Numeric>(x: E, p: [E; 2], _: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64)))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        let [scale, shape] = p.map(E::as_f64);
        let noise: f64 = rng.sample(Exp1);
        // In two steps, of which the first overflows only where the draw does.
        let stretch = (0.5 * noise / shape).exp();
        positive(scale * stretch * stretch)
    }

    fn draw_partials<E: Numeric>(z: E, [scale, shape]: [E; 2]) -> [E; 2] {
        if !moves(z) {
            return [E::zero(); 2];
        }
        [z / scale, -z * E::of(ln_ratio(z.as_f64(), scale.as_f64())) / shape]
    }

    fn contains<E: Numeric>(x: E, [scale, _]: [E; 2]) -> bool {
        x >= scale && x.is_finite()
    }

    fn check<E: Numeric>([scale, shape]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("scale", scale)?;
        require_positive("shape", shape)
    }

    /// Infinite up to a shape of one.
    fn mean<E: Numeric>([scale, shape]: [E; 2]) -> E {
        let one = E::one();
        if shape <= one { E::infinity() } else { scale * (shape / (shape - one)) }
    }

    /// Infinite up to a shape of two.
    fn variance<E: Numeric>([scale, shape]: [E; 2]) -> E {
        let (one, two) = (E::one(), E::of(2.0));
        let spread = scale / (shape - one);
        if shape <= two { E::infinity() } else { spread * spread * (shape / (shape - two)) }
    }

    fn entropy<E: Numeric>([scale, shape]: [E; 2]) -> Option<E> {
        let [scale, shape] = [scale, shape].map(E::as_f64);
        Some(E::of(scale.ln() - shape.ln() + 1.0 + shape.recip()))
    }

    fn cdf<E: Numeric>(x: E, p: [E; 2]) -> Option<E> {
        let [scale, shape] = p.map(E::as_f64);
        let x = x.as_f64();
        Some(if x <= scale { E::zero() } else { E::of(-(-shape * ln_ratio(x, scale)).exp_m1()) })
    }

    fn icdf<E: Numeric>(u: E, [scale, shape]: [E; 2]) -> Option<E> {
        let noise = -(-u.as_f64()).ln_1p();
        Some(scale * E::of((noise / shape.as_f64()).exp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.pareto.logpdf(x, shape, scale=scale)`.
    const CASES: [(f64, [f64; 2], f64); 3] = [
        (2.0, [1.3, 2.5], -0.853_813_738_916_925_6),
        (5e4, [20.0, 0.3], -14.370_964_891_993_106),
        (105.0, [100.0, 40.0], -2.916_687_462_820_869),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<ParetoFamily, 2>(x, p, expected);
            assert_single::<ParetoFamily, 2>(x, p, 2e-5);
        }
        assert_log_density::<ParetoFamily, 2>(0.001_05, [0.001, 400.0], -6.665_636_005_852_047);
        // The formula in 50 digits (mpmath): the ratio overflows.
        assert_log_density::<ParetoFamily, 2>(1e200, [1e-150, 0.5], -864.162_557_053_327_1);
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<ParetoFamily, 2>(x, p);
            assert_draw_partials::<ParetoFamily, 2>(x, p);
            assert_cdf::<ParetoFamily, 2>(x, p);
            assert_nan_passes::<ParetoFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[1.3, 2.5], [20.0, 0.3], [0.001, 400.0]] {
            assert_normalised::<ParetoFamily, 2>(p, (p[0], f64::INFINITY));
        }
        for p in [[1.3, 4.5], [20.0, 3.5], [0.001, 40.0]] {
            assert_moments::<ParetoFamily, 2>(p, (p[0], f64::INFINITY));
        }
    }

    #[test]
    fn moments_are_those_of_scipy() {
        let p = [1.3_f64, 4.5];
        assert_close("mean", ParetoFamily::mean(p), 1.671_428_571_428_571_7, 1e-14);
        assert_close("variance", ParetoFamily::variance(p), 0.248_326_530_612_244_94, 1e-14);
        assert_close("entropy", ParetoFamily::entropy(p).unwrap(), -0.019_490_910_086_560_786, 1e-13);
        assert_eq!(ParetoFamily::mean([1.3, 1.0]), f64::INFINITY);
        assert_eq!(ParetoFamily::variance([1.3, 2.0]), f64::INFINITY);
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<ParetoFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn draws_at_extremes_stay_in_the_support() {
        for p in [[1e-300, 0.001], [1e300, 0.001], [1e300, 1e-300], [f64::MIN_POSITIVE, 1e300]] {
            draws::<ParetoFamily, 2>(1, 100, p);
        }
        // The stretch overflows and the draw does not: its median is `1e-300 2^1100`.
        let draws = draws::<ParetoFamily, 2>(2, 10_000, [1e-300, 1.0 / 1100.0]);
        let below = draws.iter().filter(|z| z.ln() < 1100.0 * 2.0_f64.ln() - 300.0 * 10.0_f64.ln()).count();
        assert!((4750..5250).contains(&below), "{below}");
    }

    #[test]
    fn edges() {
        let p = [2.0, 3.0];
        assert!(ParetoFamily::contains(2.0, p));
        assert_log_density::<ParetoFamily, 2>(2.0, p, 1.5_f64.ln());
        let edge = ParetoFamily::log_density(2.0, p, Need::ALL);
        assert_eq!((edge.by_value, edge.by_parameter), (-2.0, [1.5, 1.0 / 3.0]));
        for outside in [2.0_f64.next_down(), 0.0, -3.0, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!ParetoFamily::contains(outside, p));
            assert_log_density::<ParetoFamily, 2>(outside, p, f64::NEG_INFINITY);
        }
        assert_eq!(ParetoFamily::cdf(1.0, p), Some(0.0));
        assert_eq!(ParetoFamily::cdf(f64::INFINITY, p), Some(1.0));
        for (bad, name) in [([0.0, 1.0], "scale"), ([1.0, -1.0], "shape"), ([f64::NAN, 1.0], "scale")] {
            assert_eq!(ParetoFamily::check(bad).unwrap_err().name, name);
        }
        // Beside the scale the logarithm of the ratio keeps its digits.
        let beside = ParetoFamily::log_density(1e5_f64.next_up(), [1e5, 1e15], Need::NONE).log;
        let excess = (1e5_f64.next_up() - 1e5) / 1e5;
        assert_close("beside", beside, 1e10_f64.ln() - 1e15 * excess, 1e-14);
    }
}

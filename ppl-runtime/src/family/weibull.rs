//! The Weibull distribution, with a scale and a shape.

use super::double::{ln_ratio, moves, outside, positive, require_positive, rounded, zero_times};
use super::gumbel::EULER;
use super::{BadParameter, Density, Need, Standard, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Positive;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

/// The Weibull family: the distribution of `scale e^(1 / shape)`, where `e` is exponential with mean one.
///
/// # Density
///
/// `ln(shape) - ln(scale) + (shape - 1) ln(z) - z^shape` with `z = x / scale`, for `x > 0`.
///
/// A draw too small for the element is the smallest normal number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, weibull::WeibullFamily};
///
/// // With the shape one it is exponential.
/// let density = WeibullFamily::log_density(3.0_f64, [2.0, 1.0], Need::ALL);
/// assert!((density.log - (0.5_f64.ln() - 1.5)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WeibullFamily;

fn density(x: f64, [scale, shape]: [f64; 2]) -> Density<f64, 2> {
    if !(0.0..f64::INFINITY).contains(&x) || scale.is_nan() || shape.is_nan() {
        return outside(x, [scale, shape]);
    }
    // Large shapes multiply it.
    let ln_z = ln_ratio(x, scale);
    let power = (shape * ln_z).exp();
    Density {
        // Where both terms overflow the power is the larger one.
        log: if power == f64::INFINITY {
            -power
        } else {
            shape.ln() - scale.ln() + zero_times(shape - 1.0, ln_z) - power
        },
        by_value: if shape == 1.0 { -scale.recip() } else { (shape - 1.0 - shape * power) / x },
        by_parameter: [shape * (power - 1.0) / scale, shape.recip() + zero_times(1.0 - power, ln_z)],
    }
}

impl Univariate<2> for WeibullFamily {
    type Support = Positive;
    const NAME: &'static str = "Weibull";
    const PARAMETERS: [&'static str; 2] = ["scale", "shape"];
    const STANDARD: Standard = Standard::Scale { scale: 0 };
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], _: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64)))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        let [scale, shape] = p.map(E::as_f64);
        let noise: f64 = rng.sample(Exp1);
        // In two steps, of which the first leaves the range of doubles only where the draw does.
        let stretch = (0.5 * noise.ln() / shape).exp();
        positive(scale * stretch * stretch)
    }

    fn draw_partials<E: Numeric>(z: E, [scale, shape]: [E; 2]) -> [E; 2] {
        if !moves(z) {
            return [E::zero(); 2];
        }
        let ln_unit = ln_ratio(z.as_f64(), scale.as_f64());
        [z / scale, -z * E::of(ln_unit) / shape]
    }

    fn contains<E: Numeric>(x: E, [_, shape]: [E; 2]) -> bool {
        x > E::zero() && x.is_finite() || x == E::zero() && shape == E::one()
    }

    fn check<E: Numeric>([scale, shape]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("scale", scale)?;
        require_positive("shape", shape)
    }

    fn mean<E: Numeric>([scale, shape]: [E; 2]) -> E {
        scale * E::of(math::ln_gamma(1.0 + shape.as_f64().recip()).exp())
    }

    fn variance<E: Numeric>([scale, shape]: [E; 2]) -> E {
        let moment = |k: f64| math::ln_gamma(1.0 + k / shape.as_f64());
        // The difference of the second moment and the squared mean loses little where the shape is small.
        let (mean, square) = (moment(1.0), moment(2.0));
        scale * scale * E::of((2.0 * mean).exp() * (square - 2.0 * mean).exp_m1())
    }

    fn entropy<E: Numeric>([scale, shape]: [E; 2]) -> Option<E> {
        let [scale, shape] = [scale, shape].map(E::as_f64);
        Some(E::of(EULER * (1.0 - shape.recip()) + (scale / shape).ln() + 1.0))
    }

    fn cdf<E: Numeric>(x: E, [scale, shape]: [E; 2]) -> Option<E> {
        let z = (x / scale).as_f64().max(0.0);
        Some(E::of(-(-z.powf(shape.as_f64())).exp_m1()))
    }

    fn icdf<E: Numeric>(u: E, [scale, shape]: [E; 2]) -> Option<E> {
        let noise = -(-u.as_f64()).ln_1p();
        Some(scale * E::of(noise.powf(shape.as_f64().recip())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    const LINE: Interval = (0.0, f64::INFINITY);

    #[test]
    fn large_shapes_keep_their_digits() {
        // mpmath, sixty digits: the log-density, its partial by the shape and that by the scale.
        for (x, p, [log, by_shape, by_scale]) in [
            (1.3000000001, [1.3, 1e10], [21.37461182700333, 1.0914940998624337e-11, 8908505163.387179]),
            (
                1.000000000001e20,
                [1e20, 1e12],
                [-20.13909894381757, -7.186339398291927e-13, 1.7184975598637012e-08],
            ),
        ] {
            assert_log_density::<WeibullFamily, 2>(x, p, log);
            let found = WeibullFamily::log_density(x, p, Need::ALL).by_parameter;
            assert_close("by shape", found[1], by_shape, 1e-12);
            assert_close("by scale", found[0], by_scale, 1e-12);
        }
        // Far above the scale the power overflows, and the log-density with it.
        let far = WeibullFamily::log_density(f64::MAX, [1.0, f64::MAX], Need::NONE);
        assert_eq!(far.log, f64::NEG_INFINITY);
    }

    /// Points, parameters and `scipy.stats.weibull_min.logpdf(x, shape, scale=scale)`.
    const CASES: [(f64, [f64; 2], f64); 4] = [
        (0.7, [1.3, 2.5], -0.487_390_746_975_226_2),
        (0.02, [20.0, 0.3], 0.509_831_076_228_151_9),
        (900.0, [850.0, 40.0], -10.666_006_315_998_708),
        (3.0, [2.0, 1.0], -2.193_147_180_559_945_4),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<WeibullFamily, 2>(x, p, expected);
            assert_single::<WeibullFamily, 2>(x, p, 2e-5);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p, _) in CASES {
            assert_partials::<WeibullFamily, 2>(x, p);
            assert_draw_partials::<WeibullFamily, 2>(x, p);
            assert_cdf::<WeibullFamily, 2>(x, p);
            assert_nan_passes::<WeibullFamily, 2>(x, p);
        }
    }

    #[test]
    fn totals_and_moments_are_integrals() {
        for p in [[1.3, 2.5], [20.0, 0.7], [850.0, 6.0]] {
            assert_normalised::<WeibullFamily, 2>(p, LINE);
            assert_moments::<WeibullFamily, 2>(p, LINE);
        }
    }

    #[test]
    fn moments_are_those_of_scipy() {
        let p = [1.3_f64, 2.5];
        assert!((WeibullFamily::mean(p) / 1.153_442_962_753_998 - 1.0).abs() < 1e-13);
        assert!((WeibullFamily::variance(p) / 0.243_607_904_629_889_63 - 1.0).abs() < 1e-12);
        assert!((WeibullFamily::entropy(p).unwrap() / 0.692_402_931_534_255_6 - 1.0).abs() < 1e-13);
    }

    #[test]
    fn draws_have_the_density() {
        for (seed, (_, p, _)) in CASES.into_iter().enumerate() {
            assert_draws::<WeibullFamily, 2>(seed as u64, 50_000, p);
        }
    }

    #[test]
    fn edges() {
        let at = |x: f64, p| WeibullFamily::log_density(x, p, Need::ALL);
        assert_eq!(at(0.0, [2.0, 1.0]).log, -2.0_f64.ln());
        assert_eq!(at(0.0, [2.0, 1.0]).by_value, -0.5);
        assert_eq!(at(0.0, [2.0, 0.5]).log, f64::INFINITY);
        assert_eq!(at(0.0, [2.0, 3.0]).log, f64::NEG_INFINITY);
        for outside in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY] {
            assert!(!WeibullFamily::contains(outside, [1.0, 2.0]));
            assert_eq!(at(outside, [1.0, 2.0]).log, f64::NEG_INFINITY);
        }
        assert!(!WeibullFamily::contains(0.0, [1.0, 2.0]) && WeibullFamily::contains(0.0, [1.0, 1.0]));
        for bad in [[0.0, 1.0], [1.0, -1.0], [f64::NAN, 1.0]] {
            assert!(WeibullFamily::check(bad).is_err());
        }
    }
}

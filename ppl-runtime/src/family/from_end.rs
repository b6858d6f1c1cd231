//! Densities seen from the upper end of an interval: at a distance below it that may be smaller than the rounding of the end.

use super::tails;

/// The log-density of a family at a distance below a point, less that at the point, with its derivatives.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::normal::NormalFamily;
///
/// // A billion scales below the mean the density falls within a distance that is no number beside one.
/// let found = NormalFamily::from_end(1.0, 1e-18, [2.0, 1e-9]).unwrap();
/// assert!((found.log + 1.0).abs() < 1e-15 && (found.by_gap / -1e18 - 1.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FromEnd<const N: usize> {
    /// The difference of the log-densities: `-inf` where there is none at that distance.
    pub log: f64,
    /// Its derivative by the distance.
    pub by_gap: f64,
    /// Its derivatives by the parameters.
    pub by_parameter: [f64; N],
}

impl<const N: usize> FromEnd<N> {
    /// Returns that of a distance at which there is no density.
    pub(super) const OUTSIDE: FromEnd<N> =
        FromEnd { log: f64::NEG_INFINITY, by_gap: 0.0, by_parameter: [0.0; N] };
}

/// A log-density `l` of standard location and scale at two points.
pub(super) struct Between {
    /// `l(z - t) - l(z)`.
    log: f64,
    /// `l'(z - t)`.
    slope: f64,
    /// `l'(z - t) - l'(z)`.
    bend: f64,
}

/// A standard log-density whose differences keep their digits.
pub(super) trait Differences {
    fn between(z: f64, t: f64) -> Between;
}

impl Differences for tails::Normal {
    fn between(z: f64, t: f64) -> Between {
        Between { log: t * (z - 0.5 * t), slope: t - z, bend: t }
    }
}

impl Differences for tails::Cauchy {
    fn between(z: f64, t: f64) -> Between {
        let y = z - t;
        let (at_y, at_z) = (1.0 + y * y, 1.0 + z * z);
        Between {
            log: -(t * (t - 2.0 * z) / at_z).ln_1p(),
            slope: -2.0 * y / at_y,
            bend: 2.0 * t / at_z * ((1.0 - y * z) / at_y),
        }
    }
}

impl Differences for tails::Laplace {
    fn between(z: f64, t: f64) -> Between {
        let log = if z <= 0.0 { -t } else { t.min(2.0 * z - t) };
        let slope = |y: f64| if y > 0.0 { -1.0 } else { 1.0 };
        Between { log, slope: slope(z - t), bend: slope(z - t) - slope(z) }
    }
}

impl Differences for tails::Logistic {
    fn between(z: f64, t: f64) -> Between {
        let logistic = |x: f64| (1.0 + (-x).exp()).recip();
        let (at_z, at_y) = (logistic(-z), logistic(t - z));
        // ln((e^-t + e^-z) / (1 + e^-z)): no large numbers meet, however deep the tail and however long the step.
        let grown = ((-t).exp_m1() * logistic(z)).ln_1p();
        let bend = if t < 1.0 { at_z * logistic(z - t) * t.exp_m1() } else { at_y - at_z };
        Between { log: -t - 2.0 * grown, slope: 2.0 * at_y - 1.0, bend: 2.0 * bend }
    }
}

impl Differences for tails::Gumbel {
    fn between(z: f64, t: f64) -> Between {
        let bend = (-z).exp() * t.exp_m1();
        Between { log: t - bend, slope: (t - z).exp() - 1.0, bend }
    }
}

/// Returns the difference for a family with a location and a scale, from that of its standard member.
pub(super) fn location_scale<S: Differences>(end: f64, gap: f64, [loc, scale]: [f64; 2]) -> FromEnd<2> {
    in_units::<S>((end - loc) / scale, gap / scale, scale)
}

fn in_units<S: Differences>(z: f64, t: f64, scale: f64) -> FromEnd<2> {
    let Between { log, slope, bend } = S::between(z, t);
    FromEnd { log, by_gap: -slope / scale, by_parameter: [-bend / scale, (t * slope - z * bend) / scale] }
}

/// Returns the difference for the exponential of a normal number.
pub(super) fn log_normal(end: f64, gap: f64, [loc, scale]: [f64; 2]) -> FromEnd<2> {
    if gap >= end {
        return FromEnd::OUTSIDE;
    }
    // How far the logarithm lies below that of the end.
    let below = -(-gap / end).ln_1p();
    let of_logarithm = in_units::<tails::Normal>((end.ln() - loc) / scale, below / scale, scale);
    FromEnd {
        log: of_logarithm.log + below,
        by_gap: (of_logarithm.by_gap + 1.0) / (end - gap),
        by_parameter: of_logarithm.by_parameter,
    }
}

#[cfg(test)]
mod tests {
    use crate::family::check::{assert_close, assert_derivative};
    use crate::family::{Need, Univariate};
    use crate::family::{
        cauchy::CauchyFamily, exponential::ExponentialFamily, gumbel::GumbelFamily, laplace::LaplaceFamily,
        log_normal::LogNormalFamily, logistic::LogisticFamily, normal::NormalFamily, uniform::UniformFamily,
    };

    /// Asserts that it is the difference of two log-densities, where that has its digits, and its partials the derivatives.
    fn assert_differences<F: Univariate<N>, const N: usize>(p: [f64; N]) {
        for end in [0.4, 1.0, 3.0] {
            for gap in [1e-3, 0.1, 0.39] {
                let found = F::from_end(end, gap, p).unwrap();
                let log = |x: f64| F::log_density(x, p, Need::NONE).log;
                assert!(
                    (found.log - (log(end - gap) - log(end))).abs() < 1e-12 * (1.0 + log(end).abs()),
                    "{} {p:?} at {gap} below {end}: {found:?}",
                    F::NAME
                );
                assert_derivative("gap", |gap| F::from_end(end, gap, p).unwrap().log, gap, found.by_gap);
                for k in 0..N {
                    let at = |v| {
                        let mut p = p;
                        p[k] = v;
                        F::from_end(end, gap, p).unwrap().log
                    };
                    assert_derivative(F::PARAMETERS[k], at, p[k], found.by_parameter[k]);
                }
            }
            // So close that the difference is the slope times the distance.
            let near = F::from_end(end, 1e-30, p).unwrap();
            let slope = F::log_density(end, p, Need::ALL).by_value;
            assert!((near.log + 1e-30 * slope).abs() <= 1e-13 * 1e-30 * slope.abs(), "{} {near:?}", F::NAME);
            assert_close("slope", near.by_gap, -slope, 1e-13);
        }
    }

    #[test]
    fn long_steps_deep_in_a_tail() {
        // A logistic density rises by e per scale there, a Laplace one too.
        for t in [0.5, 1.5, 30.0] {
            let found = LogisticFamily::from_end(1.0, t * 1e-19, [2.0, 1e-19]).unwrap();
            assert_close("logistic", found.log, -t, 1e-14);
            let found = LaplaceFamily::from_end(1.0, t * 1e-19, [2.0, 1e-19]).unwrap();
            assert_close("laplace", found.log, -t, 1e-14);
        }
    }

    #[test]
    fn they_are_differences_of_log_densities() {
        for p in [[2.0, 0.7], [-1.3, 0.4], [0.9, 5.0]] {
            assert_differences::<NormalFamily, 2>(p);
            assert_differences::<LogNormalFamily, 2>(p);
            assert_differences::<CauchyFamily, 2>(p);
            assert_differences::<LogisticFamily, 2>(p);
            assert_differences::<GumbelFamily, 2>(p);
        }
        for p in [[7.0, 0.7], [-1.3, 0.4]] {
            assert_differences::<LaplaceFamily, 2>(p);
        }
        assert_differences::<ExponentialFamily, 1>([1.7]);
        assert_differences::<UniformFamily, 2>([-2.0, 5.0]);
        assert_eq!(ExponentialFamily::from_end(1.0, 1.5, [2.0]).unwrap().log, f64::NEG_INFINITY);
        assert_eq!(LogNormalFamily::from_end(1.0, 1.5, [0.0, 2.0]).unwrap().log, f64::NEG_INFINITY);
        assert_eq!(UniformFamily::from_end(1.0, 1.5, [0.0, 2.0]).unwrap().log, f64::NEG_INFINITY);
    }
}

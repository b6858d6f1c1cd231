//! The Poisson distribution, given its rate or the rate's logarithm.

use super::counting::{draw_poisson, poisson_log};
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::{math, special};
use crate::support::NaturalNumber;
use rand::Rng;

/// The Poisson distribution with mean `rate`; a rate of zero leaves the count zero.
///
/// # Density
///
/// `x ln(rate) - rate - ln x!` for `x` in `0, 1, 2, ...`, evaluated by Loader's saddle-point expansion without
/// branches, so that large counts cost no digits and the loop vectorises.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::poisson::PoissonFamily;
///
/// let density = PoissonFamily::log_density(1.0_f64, [2.0], Need::ALL);
/// assert!((density.log - (2.0_f64.ln() - 2.0)).abs() < 1e-15);
/// assert_eq!(density.by_parameter, [-0.5]);
/// ```
///
/// # References
///
/// Loader (2000), Fast and accurate computation of binomial probabilities, equation 6.
#[derive(Clone, Copy, Debug)]
pub struct PoissonFamily;

impl Univariate<1> for PoissonFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "Poisson";
    const PARAMETERS: [&'static str; 1] = ["rate"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [rate]: [E; 1], _: Need) -> Density<E, 1> {
        let log = poisson_log(x, rate, math::ln(rate));
        let ratio = if x == E::zero() { E::zero() } else { x / rate };
        Density {
            log: if require::off_naturals(x) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [ratio - E::one()],
        }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [rate]: [E; 1]) -> E {
        draw_poisson(rng, rate.as_f64())
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([rate]: [E; 1]) -> Result<(), BadParameter> {
        require::not_negative("rate", rate)
    }

    fn mode<E: Numeric>([rate]: [E; 1]) -> E {
        rate.floor()
    }

    fn mean<E: Numeric>([rate]: [E; 1]) -> E {
        rate
    }

    fn variance<E: Numeric>([rate]: [E; 1]) -> E {
        rate
    }

    fn cdf<E: Numeric>(x: E, [rate]: [E; 1]) -> Option<E> {
        Some(poisson_cdf(x, rate))
    }
}

/// Returns the probability of `x` or less: that the waiting time for one event more exceeds the rate.
fn poisson_cdf<E: Numeric>(x: E, rate: E) -> E {
    match x {
        x if x < E::zero() => E::zero(),
        x if x == E::infinity() => E::one(),
        x => special::gamma_q(x.floor() + E::one(), rate),
    }
}

/// The Poisson distribution whose mean has the natural logarithm `log_rate`.
///
/// # Density
///
/// `x log_rate - e^log_rate - ln x!` for `x` in `0, 1, 2, ...`, evaluated as in [`PoissonFamily`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::poisson::PoissonLogRateFamily;
///
/// let density = PoissonLogRateFamily::log_density(3.0_f64, [0.0], Need::ALL);
/// assert!((density.log - (-1.0 - 6.0_f64.ln())).abs() < 1e-15);
/// assert_eq!(density.by_parameter, [2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PoissonLogRateFamily;

impl Univariate<1> for PoissonLogRateFamily {
    type Support = NaturalNumber;
    const NAME: &'static str = "Poisson";
    const PARAMETERS: [&'static str; 1] = ["log_rate"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = true;
    const HAS_MODE: bool = true;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, [log_rate]: [E; 1], _: Need) -> Density<E, 1> {
        let rate = math::exp(log_rate);
        let log = poisson_log(x, rate, log_rate);
        Density {
            log: if require::off_naturals(x) { E::neg_infinity() } else { log },
            by_value: E::zero(),
            by_parameter: [x - rate],
        }
    }

    const HAS_SHORTCUT: bool = true;

    #[inline(always)]
    fn shortcut_fits<E: Numeric>(x: E, [log_rate]: [E; 1]) -> bool {
        // With few counts the three summands are small enough that their sum loses nothing.
        (x >= E::zero()) & (x < E::of(256.0)) & (x.floor() == x) & (log_rate.abs() < E::of(40.0))
    }

    #[inline(always)]
    fn shortcut<E: Numeric>(x: E, [log_rate]: [E; 1], _: Need) -> Density<E, 1> {
        let rate = math::exp(log_rate);
        let log = x * log_rate - rate - special::ln_factorial_of_small(x);
        Density { log, by_value: E::zero(), by_parameter: [x - rate] }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [log_rate]: [E; 1]) -> E {
        draw_poisson(rng, math::exp(log_rate.as_f64()))
    }

    fn contains<E: Numeric>(x: E, _: [E; 1]) -> bool {
        require::is_natural(x)
    }

    fn check<E: Numeric>([log_rate]: [E; 1]) -> Result<(), BadParameter> {
        require::finite("log_rate", log_rate)
    }

    fn mode<E: Numeric>([log_rate]: [E; 1]) -> E {
        math::exp(log_rate).floor()
    }

    fn mean<E: Numeric>([log_rate]: [E; 1]) -> E {
        math::exp(log_rate)
    }

    fn variance<E: Numeric>([log_rate]: [E; 1]) -> E {
        math::exp(log_rate)
    }

    fn cdf<E: Numeric>(x: E, [log_rate]: [E; 1]) -> Option<E> {
        Some(poisson_cdf(x, math::exp(log_rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.poisson.logpmf(x, rate)`, to 50 digits by mpmath.
    const RATE_CASES: [(f64, [f64; 1], f64); 7] = [
        (3.0, [2.5], -1.542_887_273_605_589_9),
        (0.0, [0.001], -0.001),
        (1040.0, [1000.0], -5.182_048_336_887_589),
        (1000000.0, [1001000.0], -8.326_360_811_986_977),
        (1000000000000000.0, [1000000000000000.0], -18.188_326_730_660_016),
        (2.0, [1e-300], -1_382.244_202_976_987_3),
        (30.0, [2.0], -55.863_820_932_031_81),
    ];

    #[test]
    fn rate_densities_are_those_of_scipy() {
        for (x, p, expected) in RATE_CASES {
            assert_log_density::<PoissonFamily, 1>(x, p, expected);
        }
    }

    #[test]
    fn rate_partials_are_derivatives() {
        for (x, p) in [(3.0, [2.5]), (0.0, [1e-3]), (1040.0, [1000.0])] {
            assert_partials_by::<PoissonFamily, 1>(x, p, [true; 1]);
            assert_nan_passes::<PoissonFamily, 1>(x, p);
            assert_single::<PoissonFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn rate_totals_and_moments_are_sums() {
        for p in [[2.5], [1e-3], [100.0], [1000.0]] {
            assert_sums_to_one::<PoissonFamily, 1>(p, 2000);
            assert_moments_by_sum::<PoissonFamily, 1>(p, 2000);
        }
    }

    #[test]
    fn rate_draws_have_the_probabilities() {
        for (seed, p) in [[2.5], [0.0], [100.0], [1e-3]].into_iter().enumerate() {
            assert_counts::<PoissonFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn rate_edges() {
        for outside in [-1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!PoissonFamily::contains(outside, [0.5]));
            assert_log_density::<PoissonFamily, 1>(outside, [0.5], f64::NEG_INFINITY);
        }
        assert!(PoissonFamily::contains(0.0, [0.5]) && PoissonFamily::contains(1.0, [0.5]));
        for bad in [[-1.0], [-1e-300]] {
            assert!(PoissonFamily::check(bad).is_err(), "{bad:?}");
        }
    }

    /// Points, parameters and `scipy.stats.poisson.logpmf(x, exp(log_rate))`, to 50 digits by mpmath.
    const LOG_RATE_CASES: [(f64, [f64; 1], f64); 6] = [
        (3.0, [0.9], -1.551_362_580_385_004_6),
        (0.0, [-7.0], -0.000_911_881_965_554_516_2),
        (1040.0, [6.9], -5.522_254_083_335_983),
        (2.0, [-700.0], -1_400.693_147_180_56),
        (15.0, [3.0], -2.984_808_307_028_559),
        (16.0, [3.0], -2.757_397_029_268_340_7),
    ];

    #[test]
    fn log_rate_densities_are_those_of_scipy() {
        for (x, p, expected) in LOG_RATE_CASES {
            assert_log_density::<PoissonLogRateFamily, 1>(x, p, expected);
        }
    }

    #[test]
    fn log_rate_partials_are_derivatives() {
        for (x, p) in [(3.0, [0.9]), (0.0, [-7.0]), (1040.0, [6.9])] {
            assert_partials_by::<PoissonLogRateFamily, 1>(x, p, [true; 1]);
            assert_nan_passes::<PoissonLogRateFamily, 1>(x, p);
            assert_single::<PoissonLogRateFamily, 1>(x, p, 2e-6);
        }
    }

    #[test]
    fn log_rate_totals_and_moments_are_sums() {
        for p in [[0.9], [-7.0], [6.9]] {
            assert_sums_to_one::<PoissonLogRateFamily, 1>(p, 2000);
            assert_moments_by_sum::<PoissonLogRateFamily, 1>(p, 2000);
        }
    }

    #[test]
    fn log_rate_draws_have_the_probabilities() {
        for (seed, p) in [[0.9], [-7.0], [4.5]].into_iter().enumerate() {
            assert_counts::<PoissonLogRateFamily, 1>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn log_rate_edges() {
        for outside in [-1.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!PoissonLogRateFamily::contains(outside, [0.5]));
            assert_log_density::<PoissonLogRateFamily, 1>(outside, [0.5], f64::NEG_INFINITY);
        }
        assert!(PoissonLogRateFamily::contains(0.0, [0.5]) && PoissonLogRateFamily::contains(1.0, [0.5]));
    }

    #[test]
    fn huge_rates_are_drawn() {
        let rate: f64 = 4e15;
        let standardised = draws::<PoissonFamily, 1>(5, 20_000, [rate])
            .into_iter()
            .map(|x| (x - rate) / rate.sqrt())
            .collect();
        assert_distributed("huge poisson", standardised, crate::family::normal::standard_cdf);
        assert!(draws::<PoissonLogRateFamily, 1>(6, 10, [1e3]).into_iter().all(|x| x == f64::MAX));
    }

    #[test]
    fn a_rate_of_zero_leaves_no_count() {
        let at = |x| PoissonFamily::log_density(x, [0.0], Need::ALL);
        assert_eq!((at(0.0).log, at(0.0).by_parameter), (0.0, [-1.0]));
        assert_eq!(at(1.0).log, f64::NEG_INFINITY);
    }

    #[test]
    fn cdfs_are_sums() {
        for rate in [0.4, 12.0] {
            for k in [0, 3, 20] {
                let below = sum(|x| PoissonFamily::log_density(x, [rate], Need::NONE).log.exp(), k + 1);
                let x = f64::from(k) + 0.3;
                assert_close("cdf", PoissonFamily::cdf(x, [rate]).unwrap(), below, 1e-12);
                let by_log = PoissonLogRateFamily::cdf(x, [rate.ln()]).unwrap();
                assert_close("cdf by log_rate", by_log, below, 1e-12);
            }
        }
        assert_eq!(PoissonFamily::cdf(-0.1, [2.0]), Some(0.0));
        assert_eq!(PoissonFamily::cdf(0.0, [0.0]), Some(1.0));
    }

    #[test]
    fn the_shortcut_agrees_with_the_density() {
        for x in [0.0_f64, 1.0, 2.0, 7.0, 30.0, 255.0] {
            for log_rate in [-39.0, -3.0, 0.0, 0.7, 3.4, 5.5, 8.0] {
                assert!(PoissonLogRateFamily::shortcut_fits(x, [log_rate]));
                let exact = PoissonLogRateFamily::log_density(x, [log_rate], Need::ALL);
                let short = PoissonLogRateFamily::shortcut(x, [log_rate], Need::ALL);
                assert!((short.log - exact.log).abs() <= 1e-12 * exact.log.abs().max(1.0), "{x} {log_rate}");
                assert_eq!(short.by_parameter, exact.by_parameter);
            }
        }
        for (x, log_rate) in
            [(-1.0, 0.0), (256.0, 0.0), (1.5, 0.0), (1.0, f64::NEG_INFINITY), (f64::NAN, 0.0)]
        {
            assert!(!PoissonLogRateFamily::shortcut_fits(x, [log_rate]));
        }
    }

    #[test]
    fn the_cdf_ends_at_one() {
        assert_eq!(PoissonFamily::cdf(f64::INFINITY, [2.0]), Some(1.0));
        assert_eq!(PoissonLogRateFamily::cdf(f64::INFINITY, [2.0]), Some(1.0));
    }
}

//! The Beta distribution.

use super::double::{outside, require_positive, rounded, zero_times};
use super::gamma_draw::GammaDraw;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::{self, digamma_difference, ln_beta, ln_beta_kernel};
use crate::support::UnitInterval;
use rand::Rng;

/// The Beta family: density `x^(alpha - 1) (1 - x)^(beta - 1) / B(alpha, beta)` for `x` between zero and one.
///
/// A draw that would round to zero or one is the nearest number inside. The pathwise gradient is implicit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, beta::BetaFamily};
/// assert_eq!(BetaFamily::log_density(0.0_f64, [1.0, 1.0], Need::ALL).log, 0.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BetaFamily;

fn density(x: f64, p: [f64; 2], need: Need) -> Density<f64, 2> {
    let Density { log, by_value, by_parameter: [by_alpha, by_beta, by_rest] } =
        density_beside(x, 1.0 - x, p, need);
    Density { log, by_value: by_value - by_rest, by_parameter: [by_alpha, by_beta] }
}

/// Returns the density of a value whose distance to one is `rest`, with the derivatives by the value, by the parameters and by
/// that distance.
pub(super) fn density_beside(x: f64, rest: f64, [alpha, beta]: [f64; 2], need: Need) -> Density<f64, 3> {
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&rest) || alpha.is_nan() || beta.is_nan() {
        return outside(x, [alpha, beta, rest]);
    }
    // The smaller of the two has all its digits.
    let (ln_x, ln_rest) = (x.ln(), if x < rest { (-x).ln_1p() } else { rest.ln() });
    // Where both parameters are large the terms of the plain formula cancel.
    let log = if alpha.min(beta) < 10.0 || x == 0.0 || rest == 0.0 {
        zero_times(alpha - 1.0, ln_x) + zero_times(beta - 1.0, ln_rest) - ln_beta(alpha, beta)
    } else {
        ln_beta_kernel(alpha, beta, x, rest) - ln_x - ln_rest
    };
    Density {
        log,
        by_value: zero_times(alpha - 1.0, x.recip()),
        by_parameter: [
            if need.parameter(0) { ln_x + digamma_difference(alpha, beta) } else { 0.0 },
            if need.parameter(1) { ln_rest + digamma_difference(beta, alpha) } else { 0.0 },
            zero_times(beta - 1.0, rest.recip()),
        ],
    }
}

/// Draws a value and its distance to one.
pub(super) fn shares<R: Rng>(rng: &mut R, [alpha, beta]: [f64; 2]) -> [f64; 2] {
    let (a, b) = (GammaDraw::new(rng, alpha), GammaDraw::new(rng, beta));
    match (a.value(), b.value()) {
        // Not by way of logarithms, whose rounding would be more than the spread where both parameters are large.
        (Some(a), Some(b)) => [(1.0 + b / a).recip(), (1.0 + a / b).recip()],
        _ => {
            let logit = a.ln_ratio(b);
            [math::sigmoid(logit), math::sigmoid(-logit)]
        }
    }
}

/// Returns the number next to a share that lies between zero and one.
pub(super) fn inside<E: Numeric>(share: f64) -> E {
    let below_one = E::one() - E::epsilon() / E::of(2.0);
    E::of(share).max(E::min_positive_value()).min(below_one)
}

impl Univariate<2> for BetaFamily {
    type Support = UnitInterval;
    const NAME: &'static str = "Beta";
    const PARAMETERS: [&'static str; 2] = ["alpha", "beta"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 2], need: Need) -> Density<E, 2> {
        rounded(density(x.as_f64(), p.map(E::as_f64), need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; 2]) -> E {
        inside(shares(rng, p.map(E::as_f64))[0])
    }

    fn draw_partials<E: Numeric>(z: E, [alpha, beta]: [E; 2]) -> [E; 2] {
        // A draw that is as small as a number can be does not move.
        if z <= E::min_positive_value() {
            return [E::zero(); 2];
        }
        special::beta_draw_derivatives(z, alpha, beta)
    }

    fn contains<E: Numeric>(x: E, [alpha, beta]: [E; 2]) -> bool {
        let (zero, one) = (E::zero(), E::one());
        x > zero && x < one || x == zero && alpha == one || x == one && beta == one
    }

    fn check<E: Numeric>([alpha, beta]: [E; 2]) -> Result<(), BadParameter> {
        require_positive("alpha", alpha)?;
        require_positive("beta", beta)
    }

    fn mean<E: Numeric>([alpha, beta]: [E; 2]) -> E {
        alpha / (alpha + beta)
    }

    fn variance<E: Numeric>([alpha, beta]: [E; 2]) -> E {
        let sum = alpha + beta;
        alpha / sum * (beta / sum) / (sum + E::one())
    }

    fn entropy<E: Numeric>(p: [E; 2]) -> Option<E> {
        let [alpha, beta] = p.map(E::as_f64);
        let (by_alpha, by_beta) = (digamma_difference(alpha, beta), digamma_difference(beta, alpha));
        Some(E::of(ln_beta(alpha, beta) + (alpha - 1.0) * by_alpha + (beta - 1.0) * by_beta))
    }

    fn cdf<E: Numeric>(x: E, [alpha, beta]: [E; 2]) -> Option<E> {
        Some(special::beta_inc(alpha, beta, x))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const UNIT: check::Interval = (0.0, 1.0);

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.beta.logpdf(x, alpha, beta), by mpmath for the largest parameters.
        for (x, p, expected) in [
            (0.3, [2.5, 1.3], -0.5431475414666773),
            (1e-10, [0.01, 3.0], 18.205360106817167),
            (0.999, [30.0, 0.2], 4.650689892307981),
            (0.1, [20.0, 30.0], -12.835750928986448),
            (0.4001, [400000.0, 600000.0], 6.681459195078307),
        ] {
            check::assert_log_density::<BetaFamily, 2>(x, p, expected);
        }
        let at = |x: f64, p| BetaFamily::log_density(x, p, Need::ALL);
        for x in [0.0, 0.3, 1.0] {
            assert_eq!((at(x, [1.0, 1.0]).log, at(x, [1.0, 1.0]).by_value), (0.0, 0.0));
        }
        assert_eq!(at(0.0, [0.5, 2.0]).log, f64::INFINITY);
        assert_eq!(at(1.0, [0.5, 2.0]).log, f64::NEG_INFINITY);
        assert_eq!(
            (at(-0.1, [2.0, 3.0]).log, at(1.1, [2.0, 3.0]).log),
            (f64::NEG_INFINITY, f64::NEG_INFINITY)
        );
        assert!(at(1e-320, [30.0, 30.0]).log.is_finite() && at(1.0 - 1e-16, [30.0, 30.0]).log.is_finite());
    }

    #[test]
    fn keeps_the_laws() {
        for (x, p) in [(0.3, [2.5, 1.3]), (1e-3, [0.7, 50.0]), (0.61, [400.0, 250.0])] {
            check::assert_partials::<BetaFamily, 2>(x, p);
            check::assert_cdf::<BetaFamily, 2>(x, p);
            check::assert_draw_partials_by_density::<BetaFamily, 2>(x, p, UNIT);
            check::assert_draw_partials::<BetaFamily, 2>(x, p);
            check::assert_single::<BetaFamily, 2>(x, p, 1e-5);
            check::assert_nan_passes::<BetaFamily, 2>(x, p);
            check::assert_normalised::<BetaFamily, 2>(p, UNIT);
            check::assert_moments::<BetaFamily, 2>(p, UNIT);
            check::assert_draws::<BetaFamily, 2>(7, 50_000, p);
        }
        for p in [
            [0.3, 1.2],
            [0.05, 3.0],
            [5.0, 15.0],
            [0.5, 12.0],
            [12.0, 1.5],
            [1.0, 1.0],
            [0.02, 24.0],
            [2.0, 2e4],
        ] {
            for u in [0.001, 0.2, 0.5, 0.7, 0.99] {
                // Parameters whose density is tame at one, where the quadrature cannot resolve a pole. The quantile is
                // found by bisection of the cdf.
                let (mut low, mut high) = (0.0_f64, 1.0);
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    let below = BetaFamily::cdf(middle, p).expect("a cdf") < u;
                    (low, high) = if below { (middle, high) } else { (low, middle) };
                }
                if (1e-9..0.999).contains(&low) {
                    check::assert_draw_partials_by_density::<BetaFamily, 2>(low, p, UNIT);
                }
            }
        }
        check::assert_draws::<BetaFamily, 2>(8, 50_000, [0.3, 0.2]);
        assert!(check::draws::<BetaFamily, 2>(9, 1000, [1e-3, 1e-3]).iter().all(|&z| z > 0.0 && z < 1.0));
    }

    #[test]
    fn the_cdf_of_a_tiny_parameter_stays_in_the_unit_interval() {
        for alpha in [1e-300, 1e-38] {
            let below = BetaFamily::cdf(0.1, [alpha, 1.0]).unwrap();
            assert!((0.0..=1.0).contains(&below) && below > 0.999, "{alpha}: {below}");
        }
    }
}

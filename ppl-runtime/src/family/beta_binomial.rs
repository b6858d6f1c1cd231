//! The beta-binomial distribution.

use super::Outcomes;
use super::counting::{Chance, draw_binomial, ln_share, negative_binomial_log};
use super::gamma_draw::GammaDraw;
use super::require;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::digamma_difference;
use crate::support::Finite;
use rand::Rng;

/// The distribution of the number of successes in `total_count` trials whose common success probability is
/// Beta(`alpha`, `beta`) distributed.
///
/// # Density
///
/// `ln C(n, x) + ln B(x + alpha, n - x + beta) - ln B(alpha, beta)` for `x` in `0, 1, ..., n`. The partial by
/// `total_count` is zero.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::beta_binomial::BetaBinomialFamily;
/// use ppl_runtime::family::{Need, Univariate};
///
/// // A uniform probability makes every count equally likely.
/// let log = BetaBinomialFamily::log_density(3.0_f64, [9.0, 1.0, 1.0], Need::NONE).log;
/// assert!((log + 10.0_f64.ln()).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BetaBinomialFamily;

impl Univariate<3> for BetaBinomialFamily {
    type Support = Finite;
    const NAME: &'static str = "BetaBinomial";
    const PARAMETERS: [&'static str; 3] = ["total_count", "alpha", "beta"];
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::UpToParameter(0);
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, [total, alpha, beta]: [E; 3], need: Need) -> Density<E, 3> {
        let zero = E::zero();
        if require::off_naturals(x) || x > total {
            return Density { log: E::neg_infinity(), by_value: zero, by_parameter: [zero; 3] };
        }
        let rest = total - x;
        let sum = alpha + beta;
        // Each ratio of gamma functions is a negative binomial probability. Their powers of one common probability
        // cancel, whatever it is; this one keeps all three terms small.
        let p = total / (total + sum);
        let chances = [
            Chance { value: p, log: math::ln(p) },
            Chance { value: sum / (total + sum), log: ln_share(sum, total + sum) },
        ];
        let log = negative_binomial_log(x, alpha, chances) + negative_binomial_log(rest, beta, chances)
            - negative_binomial_log(total, sum, chances);
        let [by_alpha, by_beta] = if need.parameter(1) || need.parameter(2) {
            let common = digamma_difference(sum, total);
            [digamma_difference(alpha, x) - common, digamma_difference(beta, rest) - common]
        } else {
            [zero; 2]
        };
        Density { log, by_value: zero, by_parameter: [zero, by_alpha, by_beta] }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [total, alpha, beta]: [E; 3]) -> E {
        let [a, b] = [alpha, beta].map(|shape| GammaDraw::new(rng, shape.as_f64()));
        let log_odds = a.ln_ratio(b);
        draw_binomial(rng, total.as_f64(), [math::sigmoid(log_odds), math::sigmoid(-log_odds)])
    }

    fn contains<E: Numeric>(x: E, [total, _, _]: [E; 3]) -> bool {
        require::is_natural(x) && x <= total
    }

    fn check<E: Numeric>([total, alpha, beta]: [E; 3]) -> Result<(), BadParameter> {
        require::natural("total_count", total)?;
        require::positive("alpha", alpha)?;
        require::positive("beta", beta)
    }

    fn mean<E: Numeric>([total, alpha, beta]: [E; 3]) -> E {
        total * (alpha / (alpha + beta))
    }

    fn variance<E: Numeric>([total, alpha, beta]: [E; 3]) -> E {
        let sum = alpha + beta;
        total * (alpha / sum) * (beta / sum) * ((sum + total) / (sum + E::one()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;

    /// Points, parameters and `scipy.stats.betabinom.logpmf(x, total_count, alpha, beta)`, to 50 digits by mpmath.
    const CASES: [(f64, [f64; 3], f64); 6] = [
        (3.0, [10.0, 2.0, 3.0], -1.938_941_479_739_22),
        (0.0, [7.0, 0.5, 0.1], -2.816_935_018_587_213_5),
        (400.0, [1000.0, 42.0, 58.0], -4.929_448_386_407_814),
        (0.0, [0.0, 2.0, 3.0], 0.0),
        (333.0, [1000.0, 1000000000.0, 2000000000.0], -3.621_069_224_225_885_3),
        (3.0, [5.0, 1e-06, 1e-06], -14.690_980_961_983_119),
    ];

    #[test]
    fn densities_are_those_of_scipy() {
        for (x, p, expected) in CASES {
            assert_log_density::<BetaBinomialFamily, 3>(x, p, expected);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for (x, p) in [(3.0, [10.0, 2.0, 3.0]), (0.0, [7.0, 0.5, 0.1]), (400.0, [1000.0, 42.0, 58.0])] {
            assert_partials_by::<BetaBinomialFamily, 3>(x, p, [false, true, true]);
            assert_nan_passes::<BetaBinomialFamily, 3>(x, p);
            assert_single::<BetaBinomialFamily, 3>(x, p, 2e-6);
        }
    }

    #[test]
    fn totals_and_moments_are_sums() {
        for p in [[10.0, 2.0, 3.0], [7.0, 0.5, 0.1], [1000.0, 42.0, 58.0]] {
            assert_sums_to_one::<BetaBinomialFamily, 3>(p, 1001);
            assert_moments_by_sum::<BetaBinomialFamily, 3>(p, 1001);
        }
    }

    #[test]
    fn draws_have_the_probabilities() {
        for (seed, p) in [[10.0, 2.0, 3.0], [7.0, 0.5, 0.1], [1000.0, 42.0, 58.0], [9.0, 0.01, 0.01]]
            .into_iter()
            .enumerate()
        {
            assert_counts::<BetaBinomialFamily, 3>(seed as u64, 100_000, p);
        }
    }

    #[test]
    fn edges() {
        for outside in [-1.0, 2.5, 11.0, f64::INFINITY] {
            assert!(!BetaBinomialFamily::contains(outside, [10.0, 0.5, 2.0]));
            assert_log_density::<BetaBinomialFamily, 3>(outside, [10.0, 0.5, 2.0], f64::NEG_INFINITY);
        }
        assert!(
            BetaBinomialFamily::contains(0.0, [10.0, 0.5, 2.0])
                && BetaBinomialFamily::contains(1.0, [10.0, 0.5, 2.0])
        );
        for bad in [[2.5, 1.0, 1.0], [2.0, 0.0, 1.0], [2.0, 1.0, -1.0]] {
            assert!(BetaBinomialFamily::check(bad).is_err(), "{bad:?}");
        }
    }
}

//! The family of counts with more zeros than another family has.

use super::require;
use super::wrapper::{PLACES, names};
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::array::from_fn;
use crate::kernel::math;
use crate::support::NaturalNumber;
use rand::{Rng, RngExt};
use std::marker::PhantomData;

/// A family `F` of counts, of which a share is set to zero: the share first (with `LOGITS` its log-odds), then the
/// parameters of `F`.
///
/// # Density
///
/// With the share `g` and the log-density `l` of `F`: `ln(g + (1 - g) exp(l(0)))` at zero, `ln(1 - g) + l(x)` above.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::poisson::PoissonFamily;
/// use ppl_runtime::family::zero_inflation::ZeroInflation;
///
/// type Family = ZeroInflation<PoissonFamily, 1, false>;
/// let zero = Family::log_density(0.0_f64, [0.25, 2.0, 0.0, 0.0], Need::NONE).log;
/// assert!((zero - (0.25 + 0.75 * (-2.0_f64).exp()).ln()).abs() < 1e-15);
/// ```
///
/// # References
///
/// Lambert (1992), Zero-inflated Poisson regression, Technometrics 34, 1-14.
pub struct ZeroInflation<F, const N: usize, const LOGITS: bool>(PhantomData<F>);

/// The logarithms of the share and of the rest, with their derivatives by the parameter.
struct Gate<E> {
    log: E,
    log_rest: E,
    by_log: E,
    by_log_rest: E,
}

fn gate<E: Numeric, const LOGITS: bool>(gate: E) -> Gate<E> {
    if LOGITS {
        let (share, rest) = (math::sigmoid(gate), math::sigmoid(-gate));
        Gate {
            log: -math::softplus(-gate),
            log_rest: -math::softplus(gate),
            by_log: rest,
            by_log_rest: -share,
        }
    } else {
        Gate {
            log: math::ln(gate),
            log_rest: math::ln_1p(-gate),
            by_log: gate.recip(),
            by_log_rest: -(E::one() - gate).recip(),
        }
    }
}

fn share<E: Numeric, const LOGITS: bool>(gate: E) -> E {
    if LOGITS { math::sigmoid(gate) } else { gate }
}

fn inner<E: Copy, const N: usize>(p: [E; PLACES]) -> [E; N] {
    from_fn(p[0], |k| p[k + 1])
}

impl<F: Univariate<N>, const N: usize, const LOGITS: bool> Univariate<PLACES>
    for ZeroInflation<F, N, LOGITS>
{
    type Support = NaturalNumber;
    const NAME: &'static str = "ZeroInflated";
    const PARAMETERS: [&'static str; PLACES] =
        names([if LOGITS { "gate_logits" } else { "gate" }], F::PARAMETERS);
    const PATHWISE: bool = false;
    const VECTORISES: bool = F::VECTORISES;

    #[inline(always)]
    fn log_density<E: Numeric>(x: E, p: [E; PLACES], _: Need) -> Density<E, PLACES> {
        let Gate { log, log_rest, by_log, by_log_rest } = gate::<E, LOGITS>(p[0]);
        // The value of an integer has no derivative, but each parameter may be asked for.
        let base = F::log_density(x, inner(p), Need::ALL);
        let counted = log_rest + base.log;
        let zero = x == E::zero();
        // The larger of the two ways to be zero is taken out, so that neither overflows; a NaN in either stays.
        let largest = if log > counted { log } else { counted };
        let both = largest + math::ln(math::exp(log - largest) + math::exp(counted - largest));
        let impossible = largest == E::neg_infinity();
        let total = if zero && !impossible { both } else { counted };
        let of_count = if zero { math::exp(counted - total) } else { E::one() };
        let of_count = if impossible { E::zero() } else { of_count };
        let mut by_parameter = [E::zero(); PLACES];
        by_parameter[0] = match (zero, LOGITS) {
            (true, true) => by_log * math::exp(log - total) + by_log_rest * of_count,
            // Not by way of the logarithm of the share, which is infinite for a share of zero.
            (true, false) => math::exp(-total) * -math::exp_m1(base.log),
            (false, _) => by_log_rest,
        };
        for k in 0..N {
            by_parameter[k + 1] = of_count * base.by_parameter[k];
        }
        Density { log: total, by_value: E::zero(), by_parameter }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; PLACES]) -> E {
        let u: f64 = rng.random();
        if u < share::<E, LOGITS>(p[0]).as_f64() { E::zero() } else { F::draw(rng, inner(p)) }
    }

    fn contains<E: Numeric>(x: E, p: [E; PLACES]) -> bool {
        x == E::zero() || F::contains(x, inner(p))
    }

    fn check<E: Numeric>(p: [E; PLACES]) -> Result<(), BadParameter> {
        if LOGITS {
            require::finite("gate_logits", p[0])?
        } else {
            require::probability("gate", p[0])?
        }
        F::check(inner(p))
    }

    fn mean<E: Numeric>(p: [E; PLACES]) -> E {
        (E::one() - share::<E, LOGITS>(p[0])) * F::mean(inner(p))
    }

    fn variance<E: Numeric>(p: [E; PLACES]) -> E {
        let share = share::<E, LOGITS>(p[0]);
        let (mean, variance) = (F::mean(inner(p)), F::variance(inner(p)));
        (E::one() - share) * (variance + share * mean * mean)
    }

    fn cdf<E: Numeric>(x: E, p: [E; PLACES]) -> Option<E> {
        let share = share::<E, LOGITS>(p[0]);
        let base = F::cdf(x, inner(p))?;
        Some(if x < E::zero() { E::zero() } else { share + (E::one() - share) * base })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::binomial::BinomialLogitsFamily;
    use crate::family::check::*;
    use crate::family::negative_binomial::NegativeBinomialProbsFamily;
    use crate::family::poisson::PoissonFamily;

    type Poisson = ZeroInflation<PoissonFamily, 1, false>;
    type PoissonLogits = ZeroInflation<PoissonFamily, 1, true>;
    type NegativeBinomial = ZeroInflation<NegativeBinomialProbsFamily, 2, false>;
    type Binomial = ZeroInflation<BinomialLogitsFamily, 2, true>;

    #[test]
    fn densities_are_those_of_scipy() {
        // ln(g + (1 - g) exp(logpmf(0))), and ln(1 - g) + logpmf(x), of scipy.stats.poisson, nbinom and binom.
        assert_log_density::<Poisson, 4>(0.0, [0.3, 1.7, 0.0, 0.0], -0.8489160797119937);
        assert_log_density::<Poisson, 4>(4.0, [0.3, 1.7, 0.0, 0.0], -3.112215770037997);
        assert_log_density::<Poisson, 4>(0.0, [0.02, 40.0, 0.0, 0.0], -3.912023005428146);
        assert_log_density::<Poisson, 4>(38.0, [0.02, 40.0, 0.0, 0.0], -2.8109820655017437);
        assert_log_density::<NegativeBinomial, 4>(0.0, [0.4, 2.5, 0.3, 0.0], -0.4369897575090973);
        assert_log_density::<NegativeBinomial, 4>(6.0, [0.4, 2.5, 0.3, 0.0], -5.9410166347504605);
        assert_log_density::<Binomial, 4>(0.0, [-0.7, 12.0, 0.25, 0.0], -1.1030861470989848);
        assert_log_density::<Binomial, 4>(5.0, [-0.7, 12.0, 0.25, 0.0], -2.389897695617155);
    }

    #[test]
    fn partials_are_derivatives() {
        for x in [0.0, 1.0, 7.0] {
            for (gate, rate) in [(0.3, 1.7), (0.02, 40.0), (0.95, 0.03)] {
                assert_partials_by::<Poisson, 4>(x, [gate, rate, 0.0, 0.0], [true, true, false, false]);
                let logit = (gate / (1.0_f64 - gate)).ln();
                assert_partials_by::<PoissonLogits, 4>(
                    x,
                    [logit, rate, 0.0, 0.0],
                    [true, true, false, false],
                );
                let p = [gate, 2.5 * rate, 0.4, 0.0];
                assert_partials_by::<NegativeBinomial, 4>(x, p, [true, true, true, false]);
                assert_partials_by::<Binomial, 4>(
                    x,
                    [logit, 12.0, rate.ln(), 0.0],
                    [true, false, true, false],
                );
            }
        }
    }

    #[test]
    fn totals_and_moments_are_sums() {
        for (gate, rate) in [(0.3, 1.7), (0.02, 40.0), (0.95, 0.03)] {
            assert_sums_to_one::<Poisson, 4>([gate, rate, 0.0, 0.0], 300);
            assert_moments_by_sum::<Poisson, 4>([gate, rate, 0.0, 0.0], 300);
            assert_moments_by_sum::<PoissonLogits, 4>([gate, rate, 0.0, 0.0], 300);
            assert_moments_by_sum::<Binomial, 4>([gate, 12.0, rate.ln(), 0.0], 13);
        }
    }

    #[test]
    fn draws_have_the_probabilities() {
        assert_counts::<Poisson, 4>(1, 100_000, [0.3, 1.7, 0.0, 0.0]);
        assert_counts::<PoissonLogits, 4>(2, 100_000, [-1.5, 12.0, 0.0, 0.0]);
        assert_counts::<NegativeBinomial, 4>(3, 100_000, [0.5, 3.0, 0.4, 0.0]);
        assert_counts::<Binomial, 4>(4, 100_000, [0.5, 12.0, -0.4, 0.0]);
    }

    #[test]
    fn edges_and_extremes() {
        // Without inflation it is the family itself, with nothing else it is certain.
        let none = Poisson::log_density(0.0_f64, [0.0, 2.0, 0.0, 0.0], Need::ALL);
        assert_eq!(none.log, -2.0);
        assert!((none.by_parameter[0] - 2.0_f64.exp_m1()).abs() < 1e-14 && none.by_parameter[1] == -1.0);
        assert_eq!(Poisson::log_density(0.0_f64, [1.0, 2.0, 0.0, 0.0], Need::NONE).log, 0.0);
        for outside in [-1.0, 0.5] {
            let log = Poisson::log_density(outside, [0.3, 2.0, 0.0, 0.0], Need::NONE).log;
            assert_eq!(log, f64::NEG_INFINITY);
            assert!(!Poisson::contains(outside, [0.3, 2.0, 0.0, 0.0]));
        }
        // ln of 1e-300, where the Poisson's own share of the zeros underflows.
        let rare = Poisson::log_density(0.0_f64, [1e-300, 2000.0, 0.0, 0.0], Need::ALL);
        assert!((rare.log - 1e-300_f64.ln()).abs() < 1e-12 && rare.by_parameter[1] == 0.0, "{rare:?}");
        // Log-odds of -800: the share underflows, its logarithm does not (mpmath: ln(e^-800 + e^-900)).
        let rare = PoissonLogits::log_density(0.0_f64, [-800.0, 900.0, 0.0, 0.0], Need::ALL);
        assert!((rare.log + 800.0).abs() < 1e-12 && (rare.by_parameter[0] - 1.0).abs() < 1e-12, "{rare:?}");
        for poisoned in [[f64::NAN, 2.0, 0.0, 0.0], [0.3, f64::NAN, 0.0, 0.0]] {
            for x in [0.0, 3.0] {
                assert!(Poisson::log_density(x, poisoned, Need::NONE).log.is_nan());
            }
            assert!(Poisson::check(poisoned).is_err());
        }
        assert!(Poisson::log_density(f64::NAN, [0.3, 2.0, 0.0, 0.0], Need::NONE).log.is_nan());
        assert_eq!(Poisson::check([1.5, 2.0, 0.0, 0.0]).unwrap_err().name, "gate");
        assert_single::<Poisson, 4>(3.0, [0.3, 2.0, 0.0, 0.0], 1e-6);
    }
}

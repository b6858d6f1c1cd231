//! What the distributions of counts share: factorials, deviances and draws.

use crate::element::Numeric;
use crate::kernel::math;
use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution, Poisson, StandardNormal};

use super::normal::HALF_LN_TWO_PI;

/// Returns `ln Gamma(x + 1) - (x + 1/2) ln(x) + x - ln(2 pi) / 2` for `x >= 10`, to the last bit of a double.
#[inline(always)]
fn stirling_series<E: Numeric>(x: E) -> E {
    let r = x.recip();
    let s = r * r;
    // The Bernoulli numbers B(2n) / (2n (2n - 1)).
    let mut sum = E::of(1.0 / 156.0);
    for c in [-691.0 / 360_360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0] {
        sum = sum * s + E::of(c);
    }
    sum * r
}

/// The error of Stirling's formula below 16 (at zero, where it is infinite, a stand-in).
const STIRLING_ERRORS: [f64; 16] = [
    0.0,
    0.081_061_466_795_327_26,
    0.041_340_695_955_409_3,
    0.027_677_925_684_998_34,
    0.020_790_672_103_765_093,
    0.016_644_691_189_821_193,
    0.013_876_128_823_070_748,
    0.011_896_709_945_891_77,
    0.010_411_265_261_972_096,
    0.009_255_462_182_712_733,
    0.008_330_563_433_362_87,
    0.007_573_675_487_951_841,
    0.006_942_840_107_209_53,
    0.006_408_994_188_004_207,
    0.005_951_370_112_758_847_5,
    0.005_554_733_551_962_801,
];

/// Returns the error of Stirling's formula, `ln k! - (k + 1/2) ln(k) + k - ln(2 pi) / 2`, for a natural `k > 0`,
/// without branches.
#[inline(always)]
fn stirling_error_of_natural<E: Numeric>(k: E) -> E {
    let small = STIRLING_ERRORS[k.as_f64().min(15.0) as usize & 15];
    if k < E::of(16.0) { E::of(small) } else { stirling_series(k) }
}

/// Returns the error of Stirling's formula for any `x > 0`.
fn stirling_error<E: Numeric>(x: E) -> E {
    if x == x.floor() {
        stirling_error_of_natural(x)
    } else if x >= E::of(10.0) {
        stirling_series(x)
    } else {
        math::ln_gamma(x + E::one()) - (x + E::of(0.5)) * math::ln(x) + x - E::of(HALF_LN_TWO_PI)
    }
}

/// Returns half the deviance, `x ln(x / m) + m - x`, for positive `x`, given `ln(x)`, `m` and `ln(m)`, without
/// branches.
///
/// Nothing cancels where `x` is near `m` (Loader, 2000, section 3). The logarithms serve elsewhere, even where `m`
/// underflows.
#[inline(always)]
pub(crate) fn half_deviance<E: Numeric>(x: E, ln_x: E, m: E, ln_m: E) -> E {
    let far = x * (ln_x - ln_m) + m - x;
    // x ln(x / m) = 2 x atanh(v), whose first term together with m - x is (x - m) v.
    let v = (x - m) / (x + m);
    let square = v * v;
    let mut sum = E::zero();
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sum = sum * square + E::of(1.0 / odd);
    }
    let near = (x - m) * v + E::of(2.0) * x * sum * square * v;
    if v.abs() < E::of(0.1) { near } else { far }
}

/// Returns the logarithm of the Poisson probability of a natural `k`, given the rate and its logarithm, with full
/// precision for large counts and without branches.
///
/// Loader (2000), Fast and accurate computation of binomial probabilities, equation 6.
#[inline(always)]
pub(crate) fn poisson_log<E: Numeric>(k: E, rate: E, ln_rate: E) -> E {
    let none = k == E::zero();
    let k = if none { E::one() } else { k };
    let ln_k = math::ln(k);
    let log = -half_deviance(k, ln_k, rate, ln_rate)
        - stirling_error_of_natural(k)
        - E::of(0.5) * ln_k
        - E::of(HALF_LN_TWO_PI);
    // An infinite rate, whose logarithm need not be, would meet the infinite logarithms of large counts.
    let beyond = (rate == E::infinity()) & (k >= E::zero());
    if none | beyond { -rate } else { log }
}

/// A probability and its natural logarithm, which stays finite where the probability underflows.
#[derive(Clone, Copy)]
pub(crate) struct Chance<E> {
    pub(crate) value: E,
    pub(crate) log: E,
}

impl<E: Numeric> Chance<E> {
    /// Returns the chances of success and of failure, given the first.
    #[inline(always)]
    pub(crate) fn of_probability(p: E) -> [Self; 2] {
        [Chance { value: p, log: math::ln(p) }, Chance { value: E::one() - p, log: math::ln_1p(-p) }]
    }

    /// Returns the chances of success and of failure, given the log-odds.
    #[inline(always)]
    pub(crate) fn of_logit(logit: E) -> [Self; 2] {
        let tail = math::exp(-logit.abs());
        let (small, large) = (tail / (E::one() + tail), (E::one() + tail).recip());
        let ln_large = -math::ln_1p(tail);
        let negative = logit < E::zero();
        let ln_small = ln_large - logit.abs();
        // Numbers are chosen, not structures: that is what loops vectorise over.
        [
            Chance {
                value: if negative { small } else { large },
                log: if negative { ln_small } else { ln_large },
            },
            Chance {
                value: if negative { large } else { small },
                log: if negative { ln_large } else { ln_small },
            },
        ]
    }
}

/// Returns `ln(Gamma(x + y + 1) / (Gamma(x + 1) Gamma(y + 1))) + x ln(p) + y ln(q)` for `x, y >= 0` and `p + q = 1`,
/// given a function for the error of Stirling's formula.
///
/// Loader (2000), equation 5: the sum of a few small terms instead of the difference of large ones.
#[inline(always)]
fn saddle_point<E: Numeric>(x: E, y: E, [p, q]: [Chance<E>; 2], stirling: impl Fn(E) -> E) -> E {
    let (no_x, no_y) = (x == E::zero(), y == E::zero());
    // The product of a zero count and an infinite logarithm is zero, not NaN.
    let only_x = if no_x { E::zero() } else { x * p.log };
    let only_y = if no_y { E::zero() } else { y * q.log };
    // Stand-ins keep what follows finite where it is not used.
    let x = if no_x { E::one() } else { x };
    let y = if no_y { E::one() } else { y };
    let n = x + y;
    let (ln_x, ln_y, ln_n) = (math::ln(x), math::ln(y), math::ln(n));
    let corrections = stirling(n) - stirling(x) - stirling(y);
    let deviances =
        half_deviance(x, ln_x, n * p.value, ln_n + p.log) + half_deviance(y, ln_y, n * q.value, ln_n + q.log);
    let spread = ln_x + (ln_y - ln_n);
    let both = corrections - deviances - E::of(0.5) * spread - E::of(HALF_LN_TWO_PI);
    if no_x | no_y { only_x + only_y } else { both }
}

/// Returns the logarithm of the probability of `x` successes and `y` failures, both natural numbers, without
/// branches.
#[inline(always)]
pub(crate) fn binomial_log<E: Numeric>(x: E, y: E, chances: [Chance<E>; 2]) -> E {
    saddle_point(x, y, chances, stirling_error_of_natural)
}

/// Returns `ln(part / whole)`, also where the quotient underflows.
pub(crate) fn ln_share<E: Numeric>(part: E, whole: E) -> E {
    let share = part / whole;
    if share < E::min_positive_value() { math::ln(part) - math::ln(whole) } else { math::ln(share) }
}

/// Returns the logarithm of the probability of `k` successes before the `r`-th failure, for real `r > 0`.
pub(crate) fn negative_binomial_log<E: Numeric>(k: E, r: E, [success, failure]: [Chance<E>; 2]) -> E {
    ln_share(r, r + k) + saddle_point(r, k, [failure, success], stirling_error)
}

/// Returns `x` as an element, kept finite.
fn count<E: Numeric>(x: f64) -> E {
    E::of(x).min(E::max_value())
}

/// Past this size a count's law is normal to the precision of a double.
const HUGE: f64 = 1e15;

/// Returns a draw of the Poisson distribution.
pub(crate) fn draw_poisson<E: Numeric, R: Rng>(rng: &mut R, rate: f64) -> E {
    // The sampler refuses a rate of zero, which leaves the count zero.
    let law = if rate < HUGE { Poisson::new(rate).ok() } else { None };
    match law {
        Some(law) => count(law.sample(rng)),
        None if rate >= HUGE => {
            let noise: f64 = rng.sample(StandardNormal);
            count((rate + rate.sqrt() * noise).round().min(f64::MAX))
        }
        None => E::zero(),
    }
}

/// Below this probability a binomial law is Poisson to the precision of a double, for no more than [`MANY`] expected counts.
const RARE: f64 = 1e-10;

/// The most counts that are expected where a rare outcome is drawn by the Poisson law.
const MANY: f64 = 1e9;

/// Returns a draw of the binomial distribution, given the chances of success and of failure.
pub(crate) fn draw_binomial<E: Numeric, R: Rng>(rng: &mut R, n: f64, [p, q]: [f64; 2]) -> E {
    let rare = p.min(q);
    // The sampler would round the complement of a rare chance, and with it the expected count.
    let law = if n < HUGE && (rare == 0.0 || rare >= RARE) { Binomial::new(n as u64, p).ok() } else { None };
    if let Some(law) = law {
        return count(law.sample(rng) as f64);
    }
    // What is rare is counted, because the other count may be too large for small differences.
    let mean = n * rare;
    let rarely = if mean < MANY {
        draw_poisson::<f64, R>(rng, mean)
    } else {
        let noise: f64 = rng.sample(StandardNormal);
        (mean + (mean * p.max(q)).sqrt() * noise).round()
    };
    let rarely = rarely.max(0.0).min(n);
    count(if p <= q { rarely } else { n - rarely })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::assert_close;

    #[test]
    fn deviances_near_and_far() {
        // mpmath, 40 digits: x ln(x / m) + m - x.
        for (x, m, expected) in [
            (1000.0, 1001.0, 4.996_669_164_668_332e-4),
            (5.0, 4.0, 0.115_717_756_571_048_78),
            (5.0, 4.1, 0.092_254_693_619_191_35),
            (3.0, 500.0, 481.652_012_570_737_8),
            (1.0, 1e-300, 689.775_527_898_213_7),
        ] {
            assert_close("deviance", half_deviance(x, f64::ln(x), m, f64::ln(m)), expected, 1e-14);
        }
    }
}

//! Draws at both ends of every parameter lie where their distribution has its mass, by quantiles of the limit laws.
//!
//! Of parameters that are powers of two, far apart, each family has a closed quantile: that of a point, of an exponential or a normal
//! number, of a uniform one. A draw's share below a quantile is compared with its level, so that a law that is squeezed into a few
//! numbers, or into none, is checked as well as one that is not.

use super::truncation::Truncation;
use super::zero_inflation::ZeroInflation;
use super::*;
use crate::element::Numeric;
use crate::kernel::special::inverse_normal_cdf;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::f64::consts::{FRAC_PI_2, PI};

/// How many draws are made of each law.
const DRAWS: usize = 400;

/// The levels of the quantiles; beyond the first and the last nothing is drawn.
const LEVELS: [f64; 5] = [1e-9, 0.1, 0.5, 0.9, 1.0 - 1e-9];

const TINY: f64 = f64::from_bits(((1023 - 990) as u64) << 52);
const SMALL: f64 = f64::from_bits(((1023 - 100) as u64) << 52);
const LARGE: f64 = f64::from_bits(((1023 + 100) as u64) << 52);
const HUGE: f64 = f64::from_bits(((1023 + 990) as u64) << 52);
const GRID: [f64; 5] = [TINY, SMALL, 1.0, LARGE, HUGE];

/// What was found wrong.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    laws: usize,
}

impl Found {
    fn require(&mut self, holds: bool, say: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(say());
        }
    }

    #[track_caller]
    fn end(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{} faults:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(self.laws >= at_least, "only {} laws were checked", self.laws);
    }

    /// Checks a law in both number types, as far as they have the parameters.
    fn law<F: Univariate<N>, const N: usize>(&mut self, p: [f64; N], quantile: impl Fn(f64) -> f64) {
        self.law_in::<f64, F, N>(p, &quantile);
        self.law_in::<f32, F, N>(p, &quantile);
    }

    fn law_in<E: Numeric, F: Univariate<N>, const N: usize>(
        &mut self,
        p: [f64; N],
        quantile: &dyn Fn(f64) -> f64,
    ) {
        let given = p.map(E::of);
        if given.map(E::as_f64) != p || F::check(given).is_err() {
            return;
        }
        self.laws += 1;
        let name = format!("{}({given:?}) in {} bytes", F::NAME, size_of::<E>());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
        let draws: Vec<E> = (0..DRAWS).map(|_| F::draw(&mut rng, given)).collect();
        for &z in &draws {
            self.require(F::contains(z, given), || format!("{name}: the draw {z:?} is outside the support"));
        }
        self.shares(&name, &draws.iter().map(|z| z.as_f64()).collect::<Vec<_>>(), limits::<E>(), quantile);
        for &z in draws.iter().take(20) {
            let density = F::log_density(z, given, Need::ALL);
            let partials = density.by_parameter;
            self.require(!density.log.is_nan(), || format!("{name}: no density at the draw {z:?}"));
            self.require(!density.by_value.is_nan(), || format!("{name}: no partial by the draw {z:?}"));
            self.require(partials.iter().all(|d| !d.is_nan()), || {
                format!("{name}: partials {partials:?} at the draw {z:?}")
            });
            if F::PATHWISE {
                let partials = F::draw_partials(z, given);
                self.require(partials.iter().all(|d| !d.is_nan()), || {
                    format!("{name}: partials {partials:?} of the draw {z:?}")
                });
            }
        }
    }

    /// Compares the shares of draws below quantiles with their levels, to five and a half standard errors.
    fn shares(&mut self, name: &str, draws: &[f64], limits: Limits, quantile: &dyn Fn(f64) -> f64) {
        let n = draws.len() as f64;
        for level in LEVELS {
            let q = quantile(level);
            assert!(!q.is_nan(), "{name}: no quantile");
            let q = q.clamp(-limits.largest, limits.largest);
            let tolerance = 8.0 * limits.epsilon * q.abs() + 2.0 * limits.smallest;
            let below = draws.iter().filter(|&&z| z < q - tolerance).count() as f64;
            let up_to = draws.iter().filter(|&&z| z <= q + tolerance).count() as f64;
            let error = 5.5 * (n * level * (1.0 - level)).sqrt();
            let fits = below <= n * level + error && up_to >= n * level - error;
            self.require(fits, || {
                format!(
                    "{name}: {below} of {n} draws below and {up_to} up to the quantile {q:e} of {level}: {:e}, {:e}",
                    draws[0], draws[1]
                )
            });
        }
    }
}

/// What a number type can hold.
#[derive(Clone, Copy)]
struct Limits {
    epsilon: f64,
    smallest: f64,
    largest: f64,
}

fn limits<E: Numeric>() -> Limits {
    Limits {
        epsilon: E::epsilon().as_f64(),
        smallest: E::min_positive_value().as_f64(),
        largest: E::max_value().as_f64(),
    }
}

/// The quantile of an exponential number.
fn wait(u: f64) -> f64 {
    -(-u).ln_1p()
}

/// The quantile of a number that is normal around a mean.
fn around(mean: f64, deviation: f64) -> impl Fn(f64) -> f64 {
    move |u| mean + deviation * inverse_normal_cdf(u)
}

/// The quantile of the absolute value of a normal number.
fn half_normal(u: f64) -> f64 {
    // A small probability has a small quantile, which the difference from one half would lose.
    if u < 1e-3 { u * FRAC_PI_2.sqrt() } else { inverse_normal_cdf(0.5 + 0.5 * u) }
}

fn pairs() -> impl Iterator<Item = [f64; 2]> {
    GRID.into_iter().flat_map(|a| GRID.map(|b| [a, b]))
}

#[test]
fn families_by_location_and_scale() {
    let mut found = Found::default();
    for scale in GRID {
        for loc in [0.0, 0.5, -LARGE, HUGE] {
            let p = [loc, scale];
            found.law::<normal::NormalFamily, 2>(p, around(loc, scale));
            found.law::<cauchy::CauchyFamily, 2>(p, |u| loc - scale / (PI * u).tan());
            found.law::<laplace::LaplaceFamily, 2>(p, |u| {
                loc + scale * if u < 0.5 { (2.0 * u).ln() } else { -(2.0 * (1.0 - u)).ln() }
            });
            found.law::<logistic::LogisticFamily, 2>(p, |u| loc + scale * (u / (1.0 - u)).ln());
            found.law::<gumbel::GumbelFamily, 2>(p, |u| loc - scale * (-u.ln()).ln());
        }
        for loc in [0.0, -600.0, 600.0] {
            found.law::<log_normal::LogNormalFamily, 2>([loc, scale], |u| around(loc, scale)(u).exp());
        }
        found.law::<half_normal::HalfNormalFamily, 1>([scale], |u| scale * half_normal(u));
        found.law::<half_cauchy::HalfCauchyFamily, 1>([scale], |u| scale * (FRAC_PI_2 * u).tan());
        found.law::<exponential::ExponentialFamily, 1>([scale], |u| wait(u) / scale);
        for low in [0.0, -scale] {
            found.law::<uniform::UniformFamily, 2>([low, scale], |u| low + u * (scale - low));
        }
        for df in GRID {
            let p = [df, 0.5, scale];
            let from_center = move |u: f64| match df {
                df if df < 1.0 => {
                    if u == 0.5 {
                        0.0
                    } else {
                        (u - 0.5) * f64::INFINITY
                    }
                }
                1.0 => -(PI * u).tan().recip(),
                _ => inverse_normal_cdf(u),
            };
            found.law::<student_t::StudentTFamily, 3>(p, |u| 0.5 + scale * from_center(u));
            let from_zero = move |u: f64| match df {
                df if df < 1.0 => f64::INFINITY,
                1.0 => (FRAC_PI_2 * u).tan(),
                _ => half_normal(u),
            };
            found.law::<half_student_t::HalfStudentTFamily, 2>([df, scale], |u| scale * from_zero(u));
        }
    }
    // The largest numbers themselves as scales, and the smallest as a rate.
    for scale in [f64::MAX, f64::from(f32::MAX)] {
        found.law::<normal::NormalFamily, 2>([0.0, scale], around(0.0, scale));
        found.law::<cauchy::CauchyFamily, 2>([0.0, scale], |u| -scale / (PI * u).tan());
        found.law::<half_cauchy::HalfCauchyFamily, 1>([scale], |u| scale * (FRAC_PI_2 * u).tan());
        found.law::<gumbel::GumbelFamily, 2>([0.0, scale], |u| -scale * (-u.ln()).ln());
    }
    for rate in [f64::MIN_POSITIVE, f64::from(f32::MIN_POSITIVE)] {
        found.law::<exponential::ExponentialFamily, 1>([rate], |u| wait(u) / rate);
    }
    found.end(290);
}

#[test]
fn positive_families_of_a_shape() {
    let mut found = Found::default();
    for p @ [shape, rate] in pairs() {
        let gamma = move |u: f64| match shape {
            shape if shape < 1.0 => 0.0,
            1.0 => wait(u),
            _ => around(shape, shape.sqrt())(u),
        };
        found.law::<gamma::GammaFamily, 2>(p, |u| gamma(u) / rate);
        // The quantile of the reciprocal is that of the complement.
        let low = move |u: f64| if shape == 1.0 { -u.ln() } else { gamma(1.0 - u) };
        found.law::<inverse_gamma::InverseGammaFamily, 2>(p, |u| rate / low(u));
    }
    for p @ [scale, shape] in pairs() {
        found.law::<weibull::WeibullFamily, 2>(p, |u| scale * wait(u).powf(shape.recip()));
        found.law::<pareto::ParetoFamily, 2>(p, |u| scale * (wait(u) / shape).exp());
    }
    found.end(136);
}

/// The quantile of a Beta.
fn beta([a, b]: [f64; 2], u: f64) -> f64 {
    let mean = (1.0 + b / a).recip();
    match (a, b) {
        (1.0, 1.0) => u,
        (a, b) if a < 1.0 && b < 1.0 => f64::from(u8::from(u >= 1.0 - mean)),
        (a, b) if a < 1.0 || b < 1.0 => f64::from(u8::from(b < a)),
        (1.0, b) => wait(u) / b,
        (a, 1.0) => (u.ln() / a).exp(),
        // In two roots, because the variance may underflow.
        (a, b) => around(mean, mean.sqrt() * ((1.0 + a / b).recip() / (a + b)).sqrt())(u),
    }
}

#[test]
fn families_of_two_shapes() {
    let mut found = Found::default();
    let tiniest = TINY * SMALL.sqrt().sqrt();
    let others = [[tiniest, TINY], [TINY, tiniest], [f64::MIN_POSITIVE; 2], [2.0 * f64::MIN_POSITIVE; 2]];
    for p in pairs().chain(others) {
        found.law::<beta::BetaFamily, 2>(p, |u| beta(p, u));
        let total = f64::from_bits((1023 + 60) << 52);
        let share = move |u: f64| beta(p, u);
        // With a share that does not vary the count is binomial, and else it is about as large as the share says.
        if p.iter().all(|&a| a > 1.0) {
            let mean = (1.0 + p[1] / p[0]).recip();
            let deviation = (total * mean * (1.0 + p[0] / p[1]).recip()).sqrt();
            let count = around(total * mean, deviation);
            found.law::<beta_binomial::BetaBinomialFamily, 3>([total, p[0], p[1]], |u| count(u).round());
        } else {
            found.law::<beta_binomial::BetaBinomialFamily, 3>([total, p[0], p[1]], |u| {
                (total * share(u)).round()
            });
        }
    }
    found.end(76);
}

#[test]
fn the_von_mises_family() {
    let mut found = Found::default();
    for loc in [0.0, 0.5, -3.0, LARGE] {
        let centre = f64::sin(loc).atan2(loc.cos());
        for k in [0.0, TINY, SMALL, 1e17, LARGE, HUGE, f64::MAX] {
            let spread =
                move |u: f64| if k < 1.0 { PI * (2.0 * u - 1.0) } else { around(centre, k.powf(-0.5))(u) };
            found.law::<von_mises::VonMisesFamily, 2>([loc, k], spread);
        }
    }
    found.end(40);
}

#[test]
fn counts() {
    let mut found = Found::default();
    for p in [TINY, SMALL] {
        found.law::<geometric::GeometricFamily, 1>([p], |u| (wait(u) / p).floor());
        found.law::<geometric_logits::GeometricLogitsFamily, 1>([-p.recip()], |_| f64::INFINITY);
        found.law::<geometric_logits::GeometricLogitsFamily, 1>([p.recip()], |_| 0.0);
        found.law::<poisson::PoissonFamily, 1>([p], |_| 0.0);
        found.law::<poisson::PoissonLogRateFamily, 1>([-p.recip()], |_| 0.0);
        found.law::<poisson::PoissonLogRateFamily, 1>([p.recip()], |_| f64::INFINITY);
        let rate = p.recip();
        found.law::<poisson::PoissonFamily, 1>([rate], around(rate, rate.sqrt()));
        found.law::<bernoulli::BernoulliProbsFamily, 1>([p], |_| 0.0);
        found.law::<bernoulli::BernoulliLogitsFamily, 1>([p.recip()], |_| 1.0);
        found.law::<bernoulli::BernoulliLogitsFamily, 1>([-p.recip()], |_| 0.0);
    }
    found.law::<geometric::GeometricFamily, 1>([1.0], |_| 0.0);
    // A Poisson number of mean one; at the ends a bound serves.
    let few = |u: f64| {
        if u < 0.3 {
            0.0
        } else if u < 0.6 {
            1.0
        } else if u < 0.91 {
            2.0
        } else {
            20.0
        }
    };
    let half = |n: f64| around(0.5 * n, 0.5 * n.sqrt());
    let many = f64::from_bits((1023 + 53) << 52);
    for n in [many, LARGE, HUGE] {
        for (p, is_rare) in [(0.5, false), (TINY, n < HUGE), (n.recip(), true)] {
            let count = move |u: f64| {
                if p == n.recip() {
                    few(u)
                } else if is_rare {
                    0.0
                } else {
                    half(n)(u)
                }
            };
            found.law::<binomial::BinomialProbsFamily, 2>([n, p], count);
        }
        found.law::<binomial::BinomialLogitsFamily, 2>([n, HUGE], |_| n);
        found.law::<binomial::BinomialLogitsFamily, 2>([n, -HUGE], |_| 0.0);
    }
    // Failures that are rare are as many as successes that are.
    found.law::<binomial::BinomialProbsFamily, 2>([many, 1.0 - 0.5 * f64::EPSILON], |u| many - few(1.0 - u));
    found.law::<binomial::BinomialProbsFamily, 2>([1e14, 1e-14], few);
    found.law::<binomial::BinomialLogitsFamily, 2>([many, (many - 1.0).ln()], |u| many - few(1.0 - u));
    for total in [TINY, SMALL] {
        found.law::<negative_binomial::NegativeBinomialProbsFamily, 2>([total, 0.5], |_| 0.0);
        found.law::<negative_binomial::NegativeBinomialLogitsFamily, 2>([total, 600.0], |_| 0.0);
        let many = total.recip();
        let spread = (2.0 * many).sqrt();
        found.law::<negative_binomial::NegativeBinomialProbsFamily, 2>([many, 0.5], around(many, spread));
        let odds = f64::exp(-40.0);
        let count = around(many * odds, (many * odds).sqrt());
        found.law::<negative_binomial::NegativeBinomialLogitsFamily, 2>([many, -40.0], count);
    }
    type Gated = ZeroInflation<poisson::PoissonFamily, 1, true>;
    for (gate, share) in [(-HUGE, 0.0), (HUGE, 1.0), (0.0, 0.5)] {
        let of_rest = move |u: f64| around(LARGE, LARGE.sqrt())((u - share) / (1.0 - share));
        let count = move |u: f64| if u <= share { 0.0 } else { of_rest(u) };
        found.law::<Gated, 4>([gate, LARGE, 0.0, 0.0], count);
    }
    found.end(50);
}

#[test]
fn intervals_that_are_narrow_beside_their_family() {
    let mut found = Found::default();
    // What is wide has a level density between two bounds.
    for wide in [1e8, 1e15, 1e17, LARGE, HUGE] {
        let level = |u: f64| 1.0 + u;
        found.law::<Truncation<normal::NormalFamily, 2>, 4>([1.0, 2.0, 0.0, wide], level);
        found.law::<Truncation<cauchy::CauchyFamily, 2>, 4>([1.0, 2.0, 0.0, wide], level);
        found.law::<Truncation<laplace::LaplaceFamily, 2>, 4>([1.0, 2.0, 0.0, wide], level);
        found.law::<Truncation<logistic::LogisticFamily, 2>, 4>([1.0, 2.0, 0.0, wide], level);
        found.law::<Truncation<gumbel::GumbelFamily, 2>, 4>([1.0, 2.0, 0.0, wide], level);
        found.law::<Truncation<exponential::ExponentialFamily, 1>, 4>([1.0, 2.0, wide.recip(), 0.0], level);
        found.law::<Truncation<uniform::UniformFamily, 2>, 4>([1.0, 2.0, -wide, wide], level);
        found
            .law::<Truncation<log_normal::LogNormalFamily, 2>, 4>([1.0, 4.0, 0.0, wide], |u| 4.0_f64.powf(u));
    }
    // What is narrow is at the bound that is nearer.
    found.law::<Truncation<normal::NormalFamily, 2>, 4>([1.0, 2.0, 0.0, SMALL], |_| 1.0);
    found.law::<Truncation<laplace::LaplaceFamily, 2>, 4>([1.0, 2.0, 3.0, SMALL], |_| 2.0);
    found.law::<Truncation<exponential::ExponentialFamily, 1>, 4>([1.0, 2.0, LARGE, 0.0], |_| 1.0);
    found.end(45);
}

#[test]
#[should_panic(expected = "draws below")]
fn a_law_beside_its_place_is_found() {
    let mut found = Found::default();
    found.law::<normal::NormalFamily, 2>([0.0, 1.0], around(0.5, 1.0));
    found.end(1);
}

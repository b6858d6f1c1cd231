//! A truncation keeps the laws of a family, in the middle, far out in the tails, and for narrow intervals.

use super::*;
use crate::family::cauchy::CauchyFamily;
use crate::family::check::*;
use crate::family::exponential::ExponentialFamily;
use crate::family::gumbel::GumbelFamily;
use crate::family::laplace::LaplaceFamily;
use crate::family::log_normal::LogNormalFamily;
use crate::family::logistic::LogisticFamily;
use crate::family::normal::NormalFamily;
use crate::family::uniform::UniformFamily;
use rand::SeedableRng;

pub(super) type Of<F, const N: usize = 2> = Truncation<F, N>;

pub(super) const INF: f64 = f64::INFINITY;

#[test]
fn densities_are_those_of_mpmath() {
    // mpmath, the logarithm of the density over the difference of the cdfs.
    assert_log_density::<Of<NormalFamily>, 4>(0.5, [-1.0, 2.0, 0.3, 1.7], -0.9770332882653201);
    assert_log_density::<Of<NormalFamily>, 4>(10.2, [10.0, 11.0, 0.0, 1.0], 0.2923716923784594);
    assert_log_density::<Of<NormalFamily>, 4>(-39.1, [-40.0, -39.0, 0.0, 1.0], -0.2407819688271839);
    assert_log_density::<Of<NormalFamily>, 4>(100.001, [100.0, 100.5, 0.0, 1.0], 4.5052696609999385);
    assert_log_density::<Of<NormalFamily>, 4>(0.50002, [0.5, 0.5001, 0.3, 1.7], 9.210342448606362);
    assert_log_density::<Of<NormalFamily>, 4>(30.00000002, [30.0, 30.0000001, 0.0, 1.0], 16.118096539271818);
    assert_log_density::<Of<CauchyFamily>, 4>(
        1500000.0,
        [1000000.0, 3000000.0, 1.0, 1.5],
        -14.220975666072466,
    );
    assert_log_density::<Of<LogisticFamily>, 4>(901.5, [900.0, 905.0, 1.0, 1.5], -1.3691392477412576);
    assert_log_density::<Of<LaplaceFamily>, 4>(0.302, [0.29, 0.31, 0.3, 1.7], 3.913786269557742);
    assert_log_density::<Of<LaplaceFamily>, 4>(-901.5, [-905.0, -900.0, 1.0, 1.5], -1.3691392477412576);
    assert_log_density::<Of<GumbelFamily>, 4>(502.5, [500.0, 510.0, 1.0, 1.5], -2.0708583304873875);
    assert_log_density::<Of<GumbelFamily>, 4>(-7.5, [-9.0, -7.0, 1.0, 1.5], -76.680911676159);
    assert_log_density::<Of<LogNormalFamily>, 4>(
        1200000000.0,
        [1000000000.0, 2000000000.0, 0.1, 0.5],
        -31.599032286268738,
    );
    assert_log_density::<Of<ExponentialFamily, 1>, 4>(801.0, [800.0, 900.0, 1.3, 0.0], -1.037635735532509);
    assert_log_density::<Of<UniformFamily>, 4>(1.505, [1.5, 1.51, 1.0, 3.0], 4.605170185988091);
}

/// Checks every law at points of an interval, given by their shares of it.
fn assert_laws<F: Univariate<N>, const N: usize>(seed: u64, p: [f64; PLACES], tame: bool) {
    let used: [bool; PLACES] = std::array::from_fn(|k| k < N + 2 && p[k].is_finite());
    let cutout = Cutout::<F, N>::of(p);
    for u in [0.03, 0.5, 0.9] {
        let x = cutout.quantile(u, 1.0 - u);
        assert!(x > p[0] && x < p[1], "{x} in {p:?}");
        assert_close("cdf of a quantile", Of::<F, N>::cdf(x, p).unwrap(), u, 1e-9);
        assert_close(
            "slope",
            slope_of_cdf::<F, N>(x, p),
            Of::<F, N>::log_density(x, p, Need::NONE).log.exp(),
            1e-7,
        );
        assert_partials_of::<F, N>(x, p, used);
        assert_shifts::<F, N>(x, u, p, used);
        if tame {
            assert_single::<Of<F, N>, 4>(x, p, 1e-4);
        }
    }
    assert_draws::<Of<F, N>, 4>(seed, 20_000, p);
    let over = (p[0], p[1]);
    if tame {
        assert_normalised::<Of<F, N>, 4>(p, over);
    }
    assert!(Of::<F, N>::check(p).is_ok());
}

/// Returns a difference quotient whose step is short beside the interval.
fn quotient(f: impl Fn(f64) -> f64, x: f64, width: f64) -> f64 {
    let h = (1e-3 * x.abs().max(0.01)).min(1e-2 * width);
    let pair = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h)
}

fn width(p: [f64; PLACES], x: f64) -> f64 {
    (x - p[0]).min(p[1] - x)
}

fn slope_of_cdf<F: Univariate<N>, const N: usize>(x: f64, p: [f64; PLACES]) -> f64 {
    quotient(|x| Of::<F, N>::cdf(x, p).unwrap(), x, width(p, x))
}

pub(super) fn with(mut p: [f64; PLACES], k: usize, v: f64) -> [f64; PLACES] {
    p[k] = v;
    p
}

fn assert_partials_of<F: Univariate<N>, const N: usize>(x: f64, p: [f64; PLACES], used: [bool; PLACES]) {
    let all = Of::<F, N>::log_density(x, p, Need::ALL);
    assert_eq!(all.log, Of::<F, N>::log_density(x, p, Need::NONE).log);
    let log = |x, p| Of::<F, N>::log_density(x, p, Need::NONE).log;
    let by_value = quotient(|x| log(x, p), x, width(p, x));
    // A difference sees no more than the rounding of the log-density over its step.
    let size = between_size::<F, N>(x, p);
    let noise = |h: f64| 64.0 * f64::EPSILON * size / h;
    let h = |v: f64| (1e-3 * v.abs().max(0.01)).min(1e-2 * width(p, x));
    assert!(
        (all.by_value - by_value).abs() <= 1e-6 * by_value.abs() + noise(h(x)),
        "by value at {x} given {p:?}: {} {by_value}",
        all.by_value
    );
    for k in (0..PLACES).filter(|&k| used[k]) {
        let expected = quotient(|v| log(x, with(p, k, v)), p[k], width(p, x));
        let got = all.by_parameter[k];
        assert!(
            (got - expected).abs() <= 1e-6 * expected.abs() + noise(h(p[k])) * 4.0,
            "by {} at {x} given {p:?}: got {got}, expected {expected}",
            Of::<F, N>::PARAMETERS[k]
        );
    }
}

/// Returns the size of the numbers whose difference the log-density is.
fn between_size<F: Univariate<N>, const N: usize>(x: f64, p: [f64; PLACES]) -> f64 {
    Cutout::<F, N>::of(p).log_base(x).abs().max(1.0)
}

/// Checks the partials of a draw against differences of the quantile at the same share.
fn assert_shifts<F: Univariate<N>, const N: usize>(x: f64, u: f64, p: [f64; PLACES], used: [bool; PLACES]) {
    let got = Of::<F, N>::draw_partials(x, p);
    for k in (0..PLACES).filter(|&k| used[k]) {
        let quantile = |v| Cutout::<F, N>::of(with(p, k, v)).quantile(u, 1.0 - u);
        let expected = quotient(quantile, p[k], width(p, x));
        let h = (1e-3 * p[k].abs().max(0.01)).min(1e-2 * width(p, x));
        let noise = 64.0 * f64::EPSILON * x.abs().max(p[2].abs()) / h;
        assert!(
            (got[k] - expected).abs() <= 1e-6 * expected.abs() + noise,
            "d draw / d {} at {x} given {p:?}: got {}, expected {expected}",
            Of::<F, N>::PARAMETERS[k],
            got[k]
        );
    }
}

#[test]
fn normals_keep_the_laws() {
    for (seed, p) in
        [[-1.0, 2.0, 0.3, 1.7], [0.0, INF, -0.5, 1.2], [-INF, 20.0, 17.0, 4.0], [-2.0, 3.0, 0.5, 0.2]]
            .into_iter()
            .enumerate()
    {
        assert_laws::<NormalFamily, 2>(seed as u64, p, true);
        assert_moments_over(p);
    }
}

fn assert_moments_over(p: [f64; PLACES]) {
    assert_moments::<Of<NormalFamily>, 4>(p, (p[0], p[1]));
}

#[test]
fn far_tails_keep_the_laws() {
    assert_laws::<NormalFamily, 2>(1, [10.0, 11.0, 0.0, 1.0], true);
    assert_laws::<NormalFamily, 2>(2, [-40.0, -39.0, 0.0, 1.0], true);
    assert_laws::<NormalFamily, 2>(3, [40.0, INF, 0.0, 1.0], false);
    assert_laws::<LogisticFamily, 2>(4, [900.0, 905.0, 1.0, 1.5], false);
    assert_laws::<LaplaceFamily, 2>(5, [-905.0, -900.0, 1.0, 1.5], false);
    assert_laws::<GumbelFamily, 2>(6, [500.0, 510.0, 1.0, 1.5], false);
    assert_laws::<GumbelFamily, 2>(7, [-9.0, -7.0, 1.0, 1.5], true);
    assert_laws::<CauchyFamily, 2>(8, [1e6, 3e6, 1.0, 1.5], false);
    assert_laws::<CauchyFamily, 2>(9, [-INF, -1e4, 1.0, 1.5], false);
    assert_laws::<ExponentialFamily, 1>(10, [800.0, 900.0, 1.3, 0.0], false);
    assert_laws::<LogNormalFamily, 2>(11, [1e9, 2e9, 0.1, 0.5], false);
}

#[test]
fn narrow_intervals_keep_the_laws() {
    assert_laws::<NormalFamily, 2>(1, [0.4999, 0.5001, 0.3, 1.7], true);
    assert_laws::<LaplaceFamily, 2>(2, [0.29, 0.32, 0.3, 1.7], false);
    assert_laws::<CauchyFamily, 2>(3, [5.0, 5.01, 0.3, 1.7], true);
    assert_laws::<ExponentialFamily, 1>(4, [2.0, 2.001, 0.7, 0.0], true);
    assert_laws::<UniformFamily, 2>(5, [1.5, 1.51, 1.0, 3.0], true);
}

#[test]
fn the_other_families_keep_the_laws() {
    assert_laws::<CauchyFamily, 2>(1, [-1.0, 2.0, 0.3, 1.7], true);
    assert_laws::<LogisticFamily, 2>(2, [-1.0, 2.0, 0.3, 1.7], true);
    assert_laws::<LaplaceFamily, 2>(3, [0.5, 2.0, 0.3, 1.7], true);
    assert_laws::<GumbelFamily, 2>(4, [-1.0, 2.0, 0.3, 1.7], true);
    assert_laws::<LogNormalFamily, 2>(5, [0.4, 2.0, 0.3, 0.7], true);
    assert_laws::<LogNormalFamily, 2>(6, [0.0, 2.0, 0.3, 0.7], true);
    assert_laws::<ExponentialFamily, 1>(7, [0.4, 2.0, 0.7, 0.0], true);
    assert_laws::<ExponentialFamily, 1>(8, [-3.0, 2.0, 0.7, 0.0], false);
    assert_laws::<UniformFamily, 2>(9, [1.5, 2.5, 1.0, 3.0], true);
    assert_laws::<UniformFamily, 2>(10, [-INF, 2.5, 1.0, 3.0], false);
}

#[test]
fn without_bounds_it_is_the_family() {
    let p = [-INF, INF, 0.3, 1.7];
    for x in [-9.0, 0.2, 4.0] {
        let (free, bound) = (
            NormalFamily::log_density(x, [0.3, 1.7], Need::ALL),
            Of::<NormalFamily>::log_density(x, p, Need::ALL),
        );
        assert_eq!(free.log, bound.log);
        assert_eq!([0.0, 0.0, free.by_parameter[0], free.by_parameter[1]], bound.by_parameter);
        let by = Of::<NormalFamily>::draw_partials(x, p);
        assert_eq!(by, [0.0, 0.0, 1.0, (x - 0.3) / 1.7]);
    }
}

#[test]
fn edges_and_what_is_refused() {
    let p = [-1.0, 2.0, 0.3, 1.7];
    for outside in [-1.0 - 1e-12, 2.0 + 1e-12, INF, -INF] {
        let density = Of::<NormalFamily>::log_density(outside, p, Need::ALL);
        assert_eq!(density.log, -INF);
        assert!(!Of::<NormalFamily>::contains(outside, p));
    }
    for edge in [-1.0, 2.0] {
        assert!(Of::<NormalFamily>::log_density(edge, p, Need::ALL).log.is_finite());
        assert!(Of::<NormalFamily>::draw_partials(edge, p).iter().all(|d| d.is_finite()));
    }
    for k in 0..PLACES {
        let poisoned = with(p, k, f64::NAN);
        assert!(Of::<NormalFamily>::log_density(0.5, poisoned, Need::NONE).log.is_nan(), "{k}");
        assert!(Of::<NormalFamily>::check(poisoned).is_err());
    }
    assert!(Of::<NormalFamily>::log_density(f64::NAN, p, Need::NONE).log.is_nan());
    for (bad, name) in [
        ([2.0, 2.0, 0.3, 1.7], "high"),
        ([3.0, 2.0, 0.3, 1.7], "high"),
        ([INF, INF, 0.3, 1.7], "low"),
        ([-1.0, 2.0, 0.3, 0.0], "scale"),
    ] {
        assert_eq!(Of::<NormalFamily>::check(bad).unwrap_err().name, name);
    }
    // Nothing of an exponential lies below zero.
    assert_eq!(Of::<ExponentialFamily, 1>::check([-3.0, -1.0, 1.0, 0.0]).unwrap_err().name, "high");
    assert!(
        Of::<ExponentialFamily, 1>::log_density(-2.0_f64, [-3.0, -1.0, 1.0, 0.0], Need::NONE).log.is_nan()
    );
    assert!(Of::<CauchyFamily>::mean([0.0, INF, 0.0, 1.0]).is_nan());
}

#[test]
fn the_cdf_is_zero_below_the_base() {
    // The interval begins below the base's support, where a part of it has no probability.
    assert_eq!(Of::<UniformFamily>::cdf(0.0_f64, [-1.0, 2.0, 1.0, 2.0]), Some(0.0));
    assert_eq!(Of::<LogNormalFamily>::cdf(0.0_f64, [-1.0, 1.0, 0.0, 1.0]), Some(0.0));
    assert_eq!(Of::<GumbelFamily>::cdf(1.0_f64, [0.0, 60.0, 114.0, 0.1]), Some(0.0));
}

#[test]
fn a_bound_that_is_no_number_is_seen_by_every_base() {
    // The tails of a positive base begin at zero, whatever is below.
    let density = Of::<LogNormalFamily>::log_density(1.0_f64, [f64::NAN, 1.0, 0.0, 1.0], Need::NONE);
    assert!(density.log.is_nan());
}

#[test]
fn draws_of_positive_bases_are_positive_in_single_precision() {
    let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
    let p = [0.0_f32, 1.0, 0.0, 38.0];
    for _ in 0..2_000 {
        let z = Of::<LogNormalFamily>::draw(&mut rng, p);
        assert!(Of::<LogNormalFamily>::contains(z, p), "{z}");
    }
}

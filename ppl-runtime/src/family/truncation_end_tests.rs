//! Distances to the upper bound beside thirty digits, and the laws.

use super::*;
use crate::family::check::{assert_close, assert_draws, assert_partials_by};
use crate::family::{
    cauchy::CauchyFamily, exponential::ExponentialFamily, gumbel::GumbelFamily, laplace::LaplaceFamily,
    log_normal::LogNormalFamily, logistic::LogisticFamily, normal::NormalFamily, uniform::UniformFamily,
};
use crate::random::Streams;

#[derive(Clone, Copy, Debug)]
enum Base {
    Normal,
    LogNormal,
    Cauchy,
    Laplace,
    Logistic,
    Gumbel,
    Exponential,
    Uniform,
}
use Base::{Cauchy, Exponential, Gumbel, Laplace, LogNormal, Logistic, Normal, Uniform};

/// A distance with the share `rest` of the interval below it, its derivatives by the parameters and the log-density there.
#[derive(Debug)]
struct Case {
    family: Base,
    p: [f64; PLACES],
    rest: f64,
    gap: f64,
    by: [f64; PLACES],
    log: f64,
}

/// By mpmath with 120 digits: the distribution functions' ratio, inverted by bisection, and its differences.
#[rustfmt::skip]
#[allow(clippy::excessive_precision)]
const CASES: [Case; 30] = [
    Case { family: Normal, p: [0.0, 1.0, 2.0, 1e-09], rest: 1e-12, gap: 1.0000000000005001e-30, by: [0.0, 1.0e-30, -1.0e-30, 2.0e-21], log: 41.446531673891822 },
    Case { family: Normal, p: [0.0, 1.0, 2.0, 1e-09], rest: 0.25, gap: 2.8768207245178096e-19, by: [0.0, 2.87682072452e-19, -2.87682072452e-19, 5.75364144904e-10], log: 41.158849601441041 },
    Case { family: Normal, p: [0.0, 1.0, 2.0, 1e-09], rest: 0.75, gap: 1.3862943611198908e-18, by: [0.0, 1.38629436112e-18, -1.38629436112e-18, 2.77258872224e-9], log: 40.060237312772932 },
    Case { family: Normal, p: [0.25, 1.0, 2.0, 3.0517578125e-05], rest: 1e-12, gap: 9.3132257374858242e-22, by: [0.0, 9.31322572014e-22, -9.31322572014e-22, 6.10351561363e-17], log: 20.794415417728682 },
    Case { family: Normal, p: [0.25, 1.0, 2.0, 3.0517578125e-05], rest: 0.25, gap: 2.6792480810109297e-10, by: [0.0, 2.6792480753e-10, -2.6792480753e-10, 1.7558720205e-5], log: 20.506733345545826 },
    Case { family: Normal, p: [0.25, 1.0, 2.0, 3.0517578125e-05], rest: 0.75, gap: 1.2910872315372246e-9, by: [0.0, 1.29108722747e-9, -1.29108722747e-9, 8.46126926726e-5], log: 19.408121057900878 },
    Case { family: Normal, p: [0.0, 1.0, 100.0, 1e-08], rest: 1e-12, gap: 1.0101010101015152e-30, by: [0.0, 1.02030405061e-32, -1.02030405061e-32, 2.0202020202e-22], log: 41.436481338038321 },
    Case { family: Normal, p: [0.0, 1.0, 100.0, 1e-08], rest: 0.25, gap: 2.905879519714959e-19, by: [0.0, 2.9352318381e-21, -2.9352318381e-21, 5.81175903943e-11], log: 41.14879926558754 },
    Case { family: Normal, p: [0.0, 1.0, 100.0, 1e-08], rest: 0.75, gap: 1.400297334464536e-18, by: [0.0, 1.41444175198e-20, -1.41444175198e-20, 2.80059466893e-10], log: 40.05018697691943 },
    Case { family: Normal, p: [-1.0, 1.0, 0.3, 0.8], rest: 1e-12, gap: 2.2264079608722575e-12, by: [-3.91605626676e-13, 3.43513370719e-12, -3.04352808052e-12, -8.59091186053e-13], log: -0.80038950689218952 },
    Case { family: LogNormal, p: [0.0, 1.0, 1.5, 1e-09], rest: 1e-12, gap: 6.6666666666700007e-31, by: [0.0, 1.11111111111e-30, -4.44444444445e-31, 1.33333333333e-21], log: 41.851996781999987 },
    Case { family: LogNormal, p: [0.0, 1.0, 1.5, 1e-09], rest: 0.25, gap: 1.9178804830118731e-19, by: [0.0, 3.19646747169e-19, -1.27858698867e-19, 3.83576096602e-10], log: 41.564314709549206 },
    Case { family: LogNormal, p: [0.0, 1.0, 1.5, 1e-09], rest: 0.75, gap: 9.2419624074659386e-19, by: [0.0, 1.54032706791e-18, -6.16130827164e-19, 1.84839248149e-9], log: 40.465702420881096 },
    Case { family: LogNormal, p: [0.0, 1.0, 0.5, 0.7], rest: 1e-12, gap: 5.3788222003659795e-13, by: [0.0, 9.89022811836e-13, -4.51140591799e-13, 1.09064645134e-12], log: 0.62011566465229618 },
    Case { family: Cauchy, p: [0.0, 1.0, 2.0, 0.5], rest: 1e-12, gap: 5.4667236468509397e-13, by: [-2.94117647059e-13, 1.25324216504e-13, 1.68793430555e-13, 1.67522574143e-13], log: 0.6039056236814463 },
    Case { family: Cauchy, p: [0.5, 1.0, 1.0, 0.001], rest: 1e-12, gap: 1.5687963294615569e-15, by: [-3.99998400006e-18, 9.99999999998e-13, -9.99996000014e-13, 1.56679633746e-12], log: 6.457446622795764 },
    Case { family: Laplace, p: [0.0, 1.0, 2.0, 1e-19], rest: 1e-12, gap: 1.0000000000005e-31, by: [0.0, 0.0, 0.0, 1.0e-12], log: 43.749116766885868 },
    Case { family: Laplace, p: [0.0, 1.0, 2.0, 1e-19], rest: 0.25, gap: 2.8768207245178092e-20, by: [0.0, 0.0, 0.0, 0.287682072452], log: 43.461434694435087 },
    Case { family: Laplace, p: [0.0, 1.0, 2.0, 1e-19], rest: 0.75, gap: 1.3862943611198906e-19, by: [0.0, 0.0, 0.0, 1.38629436112], log: 42.362822405766977 },
    Case { family: Laplace, p: [0.0, 1.0, 0.5, 0.25], rest: 1e-12, gap: 3.194528049444915e-12, by: [-9.99999999987e-13, 1.37781121977e-11, -1.27781121977e-11, -1.67781121976e-11], log: -1.1614393615584175 },
    Case { family: Logistic, p: [0.0, 1.0, 3.0, 1e-18], rest: 1e-12, gap: 1.0000000000005001e-30, by: [0.0, 0.0, 0.0, 1.0e-12], log: 41.446531673891822 },
    Case { family: Logistic, p: [0.0, 1.0, 3.0, 1e-18], rest: 0.25, gap: 2.8768207245178095e-19, by: [0.0, 0.0, 0.0, 0.287682072452], log: 41.158849601441041 },
    Case { family: Logistic, p: [0.0, 1.0, 3.0, 1e-18], rest: 0.75, gap: 1.3862943611198907e-18, by: [0.0, 0.0, 0.0, 1.38629436112], log: 40.060237312772932 },
    Case { family: Logistic, p: [0.0, 1.0, 0.2, 1.0], rest: 1e-12, gap: 1.1210734358518794e-12, by: [-1.15710777369e-12, 1.42595068856e-12, -2.68842914871e-13, -2.51108669737e-13], log: -0.11428665117867804 },
    Case { family: Gumbel, p: [0.0, 1.0, 3.0, 0.05], rest: 1e-12, gap: 2.1241771276468614e-31, by: [0.0, 4.24835425529e-30, -4.24835425529e-30, 1.74182524467e-28], log: 42.995732273552989 },
    Case { family: Gumbel, p: [0.0, 1.0, 3.0, 0.05], rest: 0.25, gap: 6.1108767833581475e-20, by: [0.0, 1.22217535667e-18, -1.22217535667e-18, 5.01091896235e-17], log: 42.708050201102208 },
    Case { family: Gumbel, p: [0.0, 1.0, 3.0, 0.05], rest: 0.75, gap: 2.9447347740752177e-19, by: [0.0, 5.88946954815e-18, -5.88946954815e-18, 2.41468251474e-16], log: 41.609437912434098 },
    Case { family: Gumbel, p: [0.0, 1.0, 0.5, 0.4], rest: 1e-12, gap: 1.3394455639973548e-12, by: [-4.94682982684e-13, 3.38921996194e-12, -2.89453697926e-12, -1.50626477079e-12], log: -0.29225577012914907 },
    Case { family: Exponential, p: [0.0, 1.0, 1.5, 0.0], rest: 1e-12, gap: 2.3211260468880024e-12, by: [-4.48168907032e-12, 4.48168907032e-12, 1.44037534896e-12, 0.0], log: -0.84205243296289993 },
    Case { family: Uniform, p: [0.0, 1.0, -0.5, 1.5], rest: 1e-12, gap: 9.9999999999999998e-13, by: [-1.0e-12, 1.0e-12, 0.0, 0.0], log: 0.0 },
];

fn assert_case<F: Univariate<N>, const N: usize>(case: &Case) {
    let &Case { p, rest, gap: expected, by, log, .. } = case;
    let found = gap(&Cutout::<F, N>::of(p), 1.0 - rest, rest);
    let what = |of: &str| format!("{of} of {case:?}");
    assert_close(&what("distance"), found, expected, 1e-11);
    let partials = TruncationGapFamily::<F, N>::draw_partials(expected, p);
    for k in 0..PLACES {
        // That the bound moves by as much as the value is a difference of two numbers near one.
        let rounding = if k == 1 { 1e-12 } else { 1e-13 * expected };
        let tolerance = 1e-9 * by[k].abs() + rounding;
        assert!((partials[k] - by[k]).abs() <= tolerance, "{}: {:e}", what("partial"), partials[k]);
    }
    let density =
        TruncationBesideFamily::<F, N>::log_density(1.0 - expected, [p[0], expected, p[2], p[3]], Need::ALL);
    assert!((density.log - log).abs() < 1e-11, "{}: {}", what("log-density"), density.log);
}

#[test]
fn distances_are_those_of_many_digits() {
    for case in &CASES {
        match case.family {
            Normal => assert_case::<NormalFamily, 2>(case),
            LogNormal => assert_case::<LogNormalFamily, 2>(case),
            Cauchy => assert_case::<CauchyFamily, 2>(case),
            Laplace => assert_case::<LaplaceFamily, 2>(case),
            Logistic => assert_case::<LogisticFamily, 2>(case),
            Gumbel => assert_case::<GumbelFamily, 2>(case),
            Exponential => assert_case::<ExponentialFamily, 1>(case),
            Uniform => assert_case::<UniformFamily, 2>(case),
        }
    }
}

#[test]
fn distances_are_of_the_same_draws() {
    for p in [[0.0, 1.0, 0.3, 0.8], [0.5, 1.0, 2.0, 0.1], [-3.0, 2.0, 5.0, 0.4]] {
        let (mut rng, mut again) = (Streams::new(3, 0, 0).first(), Streams::new(3, 0, 0).first());
        for _ in 0..1000 {
            let x: f64 = Truncation::<NormalFamily, 2>::draw(&mut rng, p);
            let gap: f64 = TruncationGapFamily::<NormalFamily, 2>::draw(&mut again, p);
            assert!((x + gap - p[1]).abs() <= 4.0 * f64::EPSILON, "{x} {gap}");
        }
    }
    // Where all draws round to the bound, -ln of a distance has the mean of that of an exponential number: ln(rate) + Euler's constant.
    let p = [0.0, 1.0, 2.0, 1e-9];
    let mut rng = Streams::new(5, 0, 0).first();
    let logs: Vec<f64> = (0..100_000)
        .map(|_| -TruncationGapFamily::<NormalFamily, 2>::draw::<f64, _>(&mut rng, p).ln())
        .collect();
    let mean = logs.iter().sum::<f64>() / 1e5;
    let exact = 1e18_f64.ln() + 0.577_215_664_901_532_9;
    assert!((mean - exact).abs() < 5.0 * (std::f64::consts::PI / 6.0_f64.sqrt()) / 1e5_f64.sqrt(), "{mean}");
}

#[test]
fn keeps_the_laws() {
    for (seed, p) in
        [[0.0, 1.0, 0.3, 0.8], [0.5, 1.0, 2.0, 0.1], [-3.0, 2.0, 5.0, 0.4]].into_iter().enumerate()
    {
        assert_draws::<TruncationGapFamily<NormalFamily, 2>, PLACES>(seed as u64, 20_000, p);
        assert_draws::<TruncationGapFamily<CauchyFamily, 2>, PLACES>(seed as u64, 20_000, p);
    }
    let single: f32 = TruncationGapFamily::<NormalFamily, 2>::draw(
        &mut Streams::new(5, 0, 0).first(),
        [0.0, 1.0, 2.0, 1e-9],
    );
    assert!(single > 0.0 && single < 1e-16, "{single:e}");
}

#[test]
fn the_density_is_that_of_the_value() {
    for x in [0.3, 0.6, 0.999, 1.0 - 1e-6] {
        for p in [[0.0, 0.0, 0.35, 0.8], [0.1, 0.0, 2.0, 0.4], [-1.0, 0.0, 0.95, 3.0]] {
            fn assert_one<F: Univariate<2>>(x: f64, mut p: [f64; PLACES]) {
                p[1] = 1.0;
                let alone = Truncation::<F, 2>::log_density(x, p, Need::ALL);
                p[1] = 1.0 - x;
                let beside = TruncationBesideFamily::<F, 2>::log_density(x, p, Need::ALL);
                assert!((alone.log - beside.log).abs() < 1e-9, "{} {alone:?} {beside:?}", F::NAME);
                let slope = beside.by_value - beside.by_parameter[1];
                assert!((alone.by_value - slope).abs() < 1e-9 * (1.0 + slope.abs()), "{} {slope}", F::NAME);
                for k in [0, 2, 3] {
                    let (a, b) = (alone.by_parameter[k], beside.by_parameter[k]);
                    assert!((a - b).abs() < 1e-8 * (1.0 + a.abs()), "{} at {x} {p:?}: {a} {b}", F::NAME);
                }
                // The value does not move it above a half, nor the distance below.
                let held = if 1.0 - x < 0.5 { [false, true] } else { [true, false] };
                assert_eq!([beside.by_value != 0.0, beside.by_parameter[1] != 0.0], held, "{}", F::NAME);
                if held[1] && 1.0 - x >= 1e-3 {
                    // Differences of the distance, at a value that stands.
                    assert_partials_by::<TruncationBesideFamily<F, 2>, PLACES>(
                        x,
                        p,
                        [false, true, true, true],
                    );
                }
            }
            assert_one::<NormalFamily>(x, p);
            assert_one::<LogisticFamily>(x, p);
            assert_one::<GumbelFamily>(x, p);
            assert_one::<CauchyFamily>(x, p);
        }
    }
    for outside in [-1e-3, 1.5] {
        let density = TruncationBesideFamily::<NormalFamily, 2>::log_density(
            1.0 - outside,
            [0.0, outside, 0.3, 0.8],
            Need::ALL,
        );
        assert_eq!(density.log, f64::NEG_INFINITY);
    }
    let poisoned =
        TruncationBesideFamily::<NormalFamily, 2>::log_density(0.5, [0.0, f64::NAN, 0.3, 0.8], Need::ALL);
    assert!(poisoned.log.is_nan());
}

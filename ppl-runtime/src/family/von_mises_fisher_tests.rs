//! Tests of the von Mises-Fisher distribution.

use super::check::{assert_close, assert_derivative, assert_distributed, integrate};
use super::check_rows::*;
use super::von_mises::VonMisesFamily;
use super::von_mises_fisher::VonMisesFisherFamily;
use super::{Need, Structured, Univariate};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::f64::consts::{PI, TAU};

type Family = VonMisesFisherFamily;

fn member(concentration: f64, mean: &[f64]) -> Member<2> {
    Member::new([(&[concentration], &[]), (mean, &[mean.len()])])
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn unit(v: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let v: Vec<f64> = v.into_iter().collect();
    let length = dot(&v, &v).sqrt();
    v.iter().map(|v| v / length).collect()
}

/// A direction without symmetries.
pub(super) fn some_direction(dimension: usize) -> Vec<f64> {
    unit((0..dimension).map(|i| (1.3 * i as f64 + 0.7).sin() + 0.2))
}

/// The unit vector of the plane of `from` and `to` that is at a right angle to `from`.
pub(super) fn across(from: &[f64], to: &[f64]) -> Vec<f64> {
    let cos = dot(from, to);
    unit(from.iter().zip(to).map(|(a, b)| b - cos * a))
}

/// The vector at `angle` from `from` towards `side`, which is at a right angle to it.
pub(super) fn turned(from: &[f64], side: &[f64], angle: f64) -> Vec<f64> {
    from.iter().zip(side).map(|(a, b)| angle.cos() * a + angle.sin() * b).collect()
}

/// The logarithm of the density of the angle from the mean.
fn log_angle(dimension: usize, k: f64, angle: f64) -> f64 {
    let mut axis = vec![0.0; dimension];
    axis[0] = 1.0;
    let x: Vec<f64> = (0..dimension).map(|i| [angle.cos(), angle.sin(), 0.0][i.min(2)]).collect();
    let half = 0.5 * (dimension as f64 - 1.0);
    // The area of the sphere of the directions across, which are two in the plane.
    let ring = 2.0_f64.ln() + half * PI.ln() - libm::lgamma(half);
    row_log_density::<Family, 2>(&x, &member(k, &axis)) + ring + (dimension as f64 - 2.0) * angle.sin().ln()
}

/// The mean of a function of the angle, over what has mass.
pub(super) fn mean_of_angle(dimension: usize, k: f64, f: impl Fn(f64) -> f64) -> f64 {
    let part = |low: f64, high: f64| integrate(|s| f(s) * log_angle(dimension, k, s).exp(), (low, high));
    // The quadrature has most of its points at the ends: one end of either part is where the mass is.
    let around = mean_length(dimension, k).acos().max(1e-5);
    let far = (around + 12.0 / (k + dimension as f64).sqrt()).min(PI);
    let near = (around - 12.0 / (k + dimension as f64).sqrt()).max(0.0);
    part(near, around) + part(around, far)
}

pub(super) fn mean_length(dimension: usize, k: f64) -> f64 {
    let mut axis = vec![0.0; dimension];
    axis[0] = 1.0;
    let mut mean = vec![0.0; dimension];
    Family::mean_into([&[k], &axis], [&[], &[dimension]], &mut mean);
    mean[0]
}

#[test]
#[allow(clippy::type_complexity)]
fn densities_meet_outside_values() {
    // mpmath, sixty digits, by besseli: the log-density, and its partial by the concentration.
    let cases: [(&[f64], &[f64], f64, f64, f64); 9] = [
        (
            &[0.2801588165833062, -0.9599536642414787][..],
            &[-0.7163675817170885, -0.697723073908847][..],
            1.3,
            -1.612837386820359,
            -0.07358237629433564,
        ),
        (
            &[0.13886188500221847, 0.9282520815929628, -0.34505861808098914][..],
            &[-0.05702338131841535, -0.8972360890000131, 0.43785355380420893][..],
            2.5,
            -5.894487544363694,
            -1.6054320935238053,
        ),
        (
            &[0.11056876716923092, -0.9565355099303446, -0.26984137186312246][..],
            &[0.44931095941193766, -0.32257527213003995, -0.8331055488727432][..],
            1e-08,
            -2.5310242411388826,
            0.583040802156897,
        ),
        (
            &[0.8597887570296701, 0.07088402790301102, -0.5057061873001163][..],
            &[0.8594763660049698, 0.07098060832086837, -0.5062233988283146][..],
            4000000.0,
            12.61508046401885,
            6.278815283600803e-08,
        ),
        (
            &[0.9455618065554974, 0.010545142057946013, 0.08196741455300116, 0.31477454298907065][..],
            &[0.21139991108096523, -0.6926287497846645, -0.5102026963334079, -0.4639705822795375][..],
            0.0,
            -2.9826069522587457,
            0.004721689353658327,
        ),
        (
            &[0.4270419738656899, -0.09516499310066248, -0.11263477446131101, 0.8921278967878405][..],
            &[0.6185789439422315, -0.06860212751211353, -0.19134339897042127, 0.758974006065143][..],
            40.0,
            1.5596583603530496,
            0.006601063177510653,
        ),
        (
            &[
                0.311316471486761,
                0.15095119189157302,
                0.19638743117780125,
                -0.2909506044737402,
                0.8701008647733294,
            ][..],
            &[
                -0.34329711376061006,
                -0.8773925109759744,
                0.2391190581858033,
                -0.18852654128472554,
                -0.1400331839617405,
            ][..],
            7.5,
            -8.947962126739114,
            -1.013193936462953,
        ),
        (
            &[
                0.707062226495958,
                0.015030934696549416,
                -0.21231324052005435,
                0.34452914908503246,
                0.2244707259018072,
                -0.48878754975987165,
                -0.2162393502769568,
            ][..],
            &[
                0.7070608880012565,
                0.015032091957666163,
                -0.21231270091786397,
                0.3445314845011425,
                0.2244739668658083,
                -0.48879385236063244,
                -0.21622284379924192,
            ][..],
            10000000000.0,
            61.90608863665924,
            1.3421670454659062e-10,
        ),
        (
            &[
                0.5936838984514863,
                0.1453677874910343,
                0.41621810140660553,
                0.566470243873674,
                -0.26806064463295376,
                -0.137377872208046,
                0.2038440604313574,
            ][..],
            &[
                0.7128562516282083,
                0.08127406539741734,
                -0.35722892462552847,
                0.3991683444042986,
                0.12586418650255915,
                0.007187239282565118,
                0.427070449917014,
            ][..],
            300.0,
            -118.95618925273408,
            -0.42524651825357446,
        ),
    ];
    for (x, mean, k, expected, by_concentration) in cases {
        let member = member(k, mean);
        assert_row_log_density::<Family, 2>(x, &member, expected);
        let mut by = [0.0];
        let need = Need::of(false, [true, false]);
        let (p, shape) = (member.values(), member.shapes());
        Family::log_density(x, p, shape, need, 1.0, &mut [], [&mut by, &mut []], &mut []);
        // Where a narrow one is close to its mean, the rounding of the vectors is what is left.
        let tolerance = if k > 1e5 { 1e-9 } else { 1e-12 };
        assert_close("by concentration", by[0], by_concentration, tolerance);
    }
    // Of `sin(i + 1) + 2` around `cos(i) + 2`, at length one.
    for (dimension, k, expected, by_concentration) in [
        (50, 12.0, 35.859037679033186, 0.7544032850497829),
        (400, 900.0, 996.5468849940406, 0.1799337219053388),
        (1000, 10000000.0, -168713.96873194075, -0.017534746281499983),
    ] {
        let x = unit((0..dimension).map(|i| (f64::from(i) + 1.0).sin() + 2.0));
        let mean = unit((0..dimension).map(|i| f64::from(i).cos() + 2.0));
        let member = member(k, &mean);
        let found = row_log_density::<Family, 2>(&x, &member);
        assert!((found - expected).abs() < 1e-12 * k.max(100.0), "{dimension}, {k}: {found}, not {expected}");
        let at = |k: f64| row_log_density::<Family, 2>(&x, &self::member(k, &mean));
        assert_derivative("by concentration", at, k, by_concentration);
    }
}

#[test]
fn in_two_and_three_dimensions_it_is_von_mises_and_fisher() {
    for k in [0.0, 1e-10, 0.3, 2.0, 25.0, 1e3, 1e10] {
        for (angle, mean) in [(0.4, -0.3), (3.0, 0.5), (1.0, 1.0 + 1e-5)] {
            let log = VonMisesFamily::log_density(angle, [mean, k], Need::ALL).log;
            let of = |angle: f64| [angle.cos(), angle.sin()];
            let found = row_log_density::<Family, 2>(&of(angle), &member(k, &of(mean)));
            assert!(
                (found - log).abs() < 1e-12 * log.abs().max(1.0) + 1e-12 * k.sqrt(),
                "{k}: {found}, not {log}"
            );
        }
        let mut variance = [0.0; 2];
        Family::variance_into([&[k], &[0.6, 0.8]], [&[], &[2]], &mut variance);
        let lack = VonMisesFamily::variance([0.0, k]);
        assert!((1.0 - mean_length(2, k) - lack).abs() < 1e-14, "{k}");
        // The variances are what is left of one beside the squared mean.
        assert_close("variances", variance[0] + variance[1], lack * (2.0 - lack), 1e-11);
        let entropy = VonMisesFamily::entropy([0.0, k]).expect("closed");
        assert_close("entropy", Family::entropy(2, k), entropy, 1e-12);
    }
    // k / (4 pi sinh(k)) e^(k cos), and in five dimensions the same with I_(3/2): (k cosh k - sinh k) sqrt(2 / (pi k^3)).
    for k in [0.2_f64, 1.0, 5.0, 20.0] {
        let (x, mean) = ([0.48, 0.6, 0.64], [0.0, -0.6, 0.8]);
        let expected = (k / (4.0 * PI * k.sinh())).ln() + k * dot(&x, &mean);
        assert_row_log_density::<Family, 2>(&x, &member(k, &mean), expected);
        let bessel = (k * k.cosh() - k.sinh()) * (2.0 / (PI * k.powi(3))).sqrt();
        let (x, mean) = (some_direction(5), unit([1.0, 2.0, -1.0, 0.5, 3.0]));
        let expected = 1.5 * k.ln() - 2.5 * TAU.ln() - bessel.ln() + k * dot(&x, &mean);
        assert_row_log_density::<Family, 2>(&x, &member(k, &mean), expected);
    }
}

#[test]
fn partials_are_derivatives_along_the_sphere() {
    for (dimension, k) in [(2, 0.7), (3, 12.0), (5, 300.0), (40, 55.0)] {
        let mean = some_direction(dimension);
        let x = turned(&mean, &across(&mean, &unit((0..dimension).map(|i| (i as f64 - 1.2).cos()))), 0.4);
        let member = member(k, &mean);
        assert_row_partials::<Family, 2>(&x, &member, false, [true, false]);
        let (mut by_value, mut by_mean) = (vec![0.25; dimension], vec![0.25; dimension]);
        let need = Need::of(true, [false, true]);
        let (p, shape) = (member.values(), member.shapes());
        Family::log_density(&x, p, shape, need, 2.0, &mut by_value, [&mut [], &mut by_mean], &mut []);
        let undo = |by: Vec<f64>| -> Vec<f64> { by.iter().map(|by| 0.5 * (by - 0.25)).collect() };
        let (by_value, by_mean) = (undo(by_value), undo(by_mean));
        assert!(dot(&by_value, &x).abs() < 1e-12 * k && dot(&by_mean, &mean).abs() < 1e-12 * k);
        for i in 0..dimension.min(6) {
            let mut axis = vec![0.0; dimension];
            axis[i] = 1.0;
            // The step of a difference is small beside a turn: it is taken in thousandths.
            let side = across(&x, &axis);
            let at = |t: f64| row_log_density::<Family, 2>(&turned(&x, &side, t - 1.0), &member);
            assert_derivative("by value", at, 1.0, dot(&by_value, &side));
            let side = across(&mean, &axis);
            let at =
                |t: f64| row_log_density::<Family, 2>(&x, &self::member(k, &turned(&mean, &side, t - 1.0)));
            assert_derivative("by mean direction", at, 1.0, dot(&by_mean, &side));
        }
    }
}

#[test]
fn totals_moments_and_entropy_are_integrals() {
    for dimension in [2, 3, 4, 7, 30] {
        for k in [0.0, 0.4, 6.0, 150.0, 1e5] {
            let mean_of = |f: &dyn Fn(f64) -> f64| mean_of_angle(dimension, k, f);
            assert_close("total", mean_of(&|_| 1.0), 1.0, 1e-9);
            assert!((mean_of(&f64::cos) - mean_length(dimension, k)).abs() < 1e-9);
            let axis = some_direction(dimension);
            let mut variance = vec![0.0; dimension];
            Family::variance_into([&[k], &axis], [&[], &[dimension]], &mut variance);
            let lack = mean_of(&|s| 2.0 * (0.5 * s).sin().powi(2));
            let along = mean_of(&|s| (2.0 * (0.5 * s).sin().powi(2) - lack).powi(2));
            let sides = mean_of(&|s| s.sin().powi(2)) / (dimension as f64 - 1.0);
            for (variance, m) in variance.iter().zip(&axis) {
                assert_close("variance", *variance, sides * (1.0 - m * m) + along * m * m, 1e-8);
            }
            let log = |s: f64| {
                let x: Vec<f64> = (0..dimension).map(|i| [s.cos(), s.sin(), 0.0][i.min(2)]).collect();
                let first: Vec<f64> = (0..dimension).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect();
                row_log_density::<Family, 2>(&x, &member(k, &first))
            };
            assert_close("entropy", Family::entropy(dimension, k), -mean_of(&log), 1e-8);
        }
    }
}

#[test]
fn draws_have_the_density_and_their_moments() {
    for dimension in [2, 3, 4, 11, 120] {
        for k in [0.0, 0.3, 5.0, 400.0, 1e9] {
            let mean = some_direction(dimension);
            let what = format!("{dimension} dimensions by {k}");
            let draws = row_draws::<Family, 2>(dimension as u64, 20_000, &member(k, &mean));
            let angle = |z: &[f64]| {
                let chord = z.iter().zip(&mean).map(|(z, m)| (z - m).powi(2)).sum::<f64>().sqrt();
                2.0 * (0.5 * chord).min(1.0).asin()
            };
            let density = |s: f64| log_angle(dimension, k, s).exp();
            let (mut last, mut below) = (None, 0.0);
            assert_distributed(&what, draws.iter().map(|z| angle(z)).collect(), |s| {
                // Draws are close to each other, but for the tails.
                let from = last.unwrap_or(0.0);
                below += if last.is_none() || s - from > 1e-3 / (k + 1.0).sqrt() {
                    integrate(density, (from, s))
                } else {
                    (s - from) * density(0.5 * (s + from))
                };
                last = Some(s);
                below
            });
            let (mut exact, mut variance) = (vec![0.0; dimension], vec![0.0; dimension]);
            Family::mean_into([&[k], &mean], [&[], &[dimension]], &mut exact);
            Family::variance_into([&[k], &mean], [&[], &[dimension]], &mut variance);
            let n = draws.len() as f64;
            for i in 0..dimension {
                let average = draws.iter().map(|z| z[i]).sum::<f64>() / n;
                let error = (variance[i] / n).sqrt();
                assert!(
                    (average - exact[i]).abs() < 5.5 * error,
                    "{what}: the mean of {i} is {average}, not {}",
                    exact[i]
                );
                let found = draws.iter().map(|z| (z[i] - exact[i]).powi(2)).sum::<f64>() / n;
                assert!((found / variance[i] - 1.0).abs() < 0.12, "{what}: the variance of {i} is {found}");
            }
        }
    }
}

#[test]
fn what_lies_across_the_mean_is_uniform() {
    // In three dimensions the direction across is an angle, whatever the concentration.
    let mean = [0.36, 0.48, -0.8];
    let side = across(&mean, &[1.0, 0.0, 0.0]);
    let other = [
        mean[1] * side[2] - mean[2] * side[1],
        mean[2] * side[0] - mean[0] * side[2],
        mean[0] * side[1] - mean[1] * side[0],
    ];
    for k in [0.0, 3.0, 1e6] {
        let draws = row_draws::<Family, 2>(3, 20_000, &member(k, &mean));
        let turns = draws.iter().map(|z| dot(z, &other).atan2(dot(z, &side)) / TAU + 0.5).collect();
        assert_distributed("turn", turns, |u| u);
    }
    // In two it is one of two sides.
    let draws = row_draws::<Family, 2>(4, 20_000, &member(2.0, &[0.6, 0.8]));
    let left = draws.iter().filter(|z| z[1] * 0.6 - z[0] * 0.8 > 0.0).count();
    assert!((9_600..10_400).contains(&left), "{left} of 20,000");
}

#[test]
fn single_precision_is_that_of_its_vectors() {
    for k in [0.0_f32, 0.5, 30.0, 1e5, 1e30] {
        let mean = [0.36_f32, 0.48, -0.8];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
        let (mut z, mut noise) = ([0.0_f32; 3], [0.0_f32; 3]);
        for _ in 0..1000 {
            let (p, shape): ([&[f32]; 2], [&[usize]; 2]) = ([&[k], &mean], [&[], &[3]]);
            Family::draw(&mut rng, p, shape, &mut z, &mut noise, &mut []);
            let log =
                Family::log_density(&z, p, shape, Need::NONE, 1.0, &mut [], [&mut [], &mut []], &mut []);
            let (wide, around) = (unit(z.map(f64::from)), unit(mean.map(f64::from)));
            let double = row_log_density::<Family, 2>(&wide, &member(f64::from(k), &around));
            assert!((f64::from(log) - double).abs() <= 1e-6 * double.abs().max(1.0), "{k}: {log}, {double}");
        }
    }
}

#[test]
fn edges() {
    let good = member(2.0, &[0.6, 0.8, 0.0]);
    for outside in [[0.6, 0.8, 1e-3], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [f64::INFINITY, 0.0, 0.0]] {
        assert_row_log_density::<Family, 2>(&outside, &good, f64::NEG_INFINITY);
        assert!(!Family::contains(&outside, good.values(), good.shapes()));
    }
    assert_eq!(
        Family::say_outside(&[3.0, 4.0], [&[1.0], &[1.0, 0.0]]).unwrap(),
        "its length is 5, expected 1"
    );
    // A rounded length changes nothing.
    let x: [f64; 3] = [0.0, 0.6, -0.8];
    let log = row_log_density::<Family, 2>(&x, &member(1e9, &[0.6, 0.8, 0.0]));
    let longer = row_log_density::<Family, 2>(&x.map(|x| x * (1.0 + 5e-9)), &member(1e9, &[0.6, 0.8, 0.0]));
    assert_close("of another length", longer, log, 1e-14);
    assert!(row_log_density::<Family, 2>(&[f64::NAN, 0.0, 0.0], &good).is_nan());
    assert!(!Family::contains(&[f64::NAN, 0.0, 0.0], good.values(), good.shapes()));
    assert!(row_log_density::<Family, 2>(&x, &member(f64::NAN, &[0.6, 0.8, 0.0])).is_nan());
    assert!(row_log_density::<Family, 2>(&x, &member(-1.0, &[0.6, 0.8, 0.0])).is_nan());
    assert!(row_log_density::<Family, 2>(&x, &member(1.0, &[0.6, 0.6, 0.0])).is_nan());
    let check = |k: f64, mean: [f64; 2]| Family::check([&[k], &mean], [&[], &[2]]);
    for bad in [-1e-300, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(check(bad, [0.6, 0.8]).unwrap_err().name, "concentration");
    }
    assert_eq!(check(1.0, [0.0, f64::NAN]).unwrap_err().must, "be finite");
    assert_eq!(check(1.0, [0.5, 0.5]).unwrap_err().must, "have length one");
    assert!(check(0.0, [0.6, -0.8]).is_ok());
    assert!(Family::event_shape([&[2], &[2]]).is_err());
    assert_eq!(
        Family::event_shape([&[], &[1]]).unwrap_err(),
        "`mean_direction` must be [n] with n >= 2, got [1]"
    );
    let mut axis = [7.0; 3];
    Family::second_parameter(&mut axis);
    assert_eq!(axis, [1.0, 0.0, 0.0]);
}

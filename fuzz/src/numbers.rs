//! Numbers that programs are not written for, and ordinary ones.

use crate::campaign::Generator;
use ppl::Element;
use rand::RngExt;
use rand::seq::IndexedRandom;

/// Zeros, subnormals, neighbours of one, integers past the exact ones, extremes of both number types, what is no number.
const NASTY: &[f64] = &[
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    f64::MIN_POSITIVE,
    1e-300,
    -1e-300,
    1e-200,
    1e-45,
    1e-40,
    1.2e-38,
    1e-30,
    1e-16,
    f64::EPSILON,
    1e-8,
    0.5,
    1.0,
    -1.0,
    2.0,
    1.0 - f64::EPSILON / 2.0,
    1.0 + f64::EPSILON,
    0.999_999_94,
    1.000_000_1,
    -1.0 - f64::EPSILON,
    std::f64::consts::PI,
    -std::f64::consts::PI,
    std::f32::consts::PI as f64,
    16_777_216.0,
    16_777_217.0,
    4_294_967_296.0,
    9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    1e8,
    1e15,
    1e19,
    -1e19,
    1e38,
    3.4e38,
    1e100,
    1e300,
    -1e300,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Returns any number.
pub fn any(rng: &mut Generator) -> f64 {
    if rng.random_bool(0.5) { ordinary(rng) } else { *NASTY.choose(rng).unwrap_or(&0.0) }
}

/// Returns a number that a program is written for.
pub fn ordinary(rng: &mut Generator) -> f64 {
    match rng.random_range(0..4) {
        0 => rng.random_range(-5.0..5.0),
        1 => f64::from(rng.random_range(0..12_i32)),
        2 => rng.random_range(-4.0..4.0_f64).exp(),
        _ => rng.random(),
    }
}

/// Returns one of which most parameters can be made: positive, or in the unit interval.
pub fn positive(rng: &mut Generator) -> f64 {
    if rng.random_bool(0.3) { rng.random() } else { rng.random_range(-6.0..6.0_f64).exp() }
}

/// Returns how parameters are drawn in one input, so that many of them are accepted.
pub fn mood(rng: &mut Generator) -> fn(&mut Generator) -> f64 {
    [any, ordinary, positive, |rng: &mut Generator| any(rng).abs()][rng.random_range(0..4)]
}

/// Whether the arithmetic of a formula keeps its digits there.
pub fn is_ordinary(x: f64) -> bool {
    x == 0.0 || (1e-3..=1e3).contains(&x.abs())
}

/// Whether formulas can add, multiply and divide such numbers without leaving the number type.
pub fn fits<E: Element>(x: E) -> bool {
    let largest = E::max_value().sqrt() / E::of(16.0);
    x == E::zero() || (largest.recip()..=largest).contains(&x.abs())
}

/// Whether a sum or an integral over such numbers converges as it should, as cdfs and quantiles ask for.
pub fn is_moderate<E: Element>(x: E) -> bool {
    x == E::zero() || (1e-12..=1e12).contains(&x.abs().as_f64())
}

/// Returns simpler numbers than this one.
pub fn simpler(x: f64) -> Vec<f64> {
    [0.0, 1.0, 2.0, 0.5, -1.0, x.round(), (x * 10.0).round() / 10.0]
        .into_iter()
        .take_while(|simple| simple.to_bits() != x.to_bits())
        .collect()
}

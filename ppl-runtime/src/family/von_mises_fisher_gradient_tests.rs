//! Tests of what moves the draws of a von Mises-Fisher distribution.

use super::check::{assert_derivative, difference};
use super::von_mises_fisher::VonMisesFisherFamily;
use super::von_mises_fisher_tests::{across, dot, mean_of_angle, some_direction, turned, unit};
use super::{Need, Structured};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::f64::consts::TAU;

type Family = VonMisesFisherFamily;

/// The gradient of a draw at `angle` from the mean towards `side`, for a cost with the gradient `slope`.
fn gradient_at(
    k: f64,
    mean: &[f64],
    side: &[f64],
    angle: f64,
    slope: impl Fn(&[f64]) -> Vec<f64>,
) -> (f64, Vec<f64>) {
    let z = turned(mean, side, angle);
    let noise: Vec<f64> = side.iter().map(|s| s * angle.sin()).collect();
    let (mut by_k, mut by_mean) = ([0.25], vec![0.25; mean.len()]);
    let (p, shape): ([&[f64]; 2], [&[usize]; 2]) = ([&[k], mean], [&[], &[mean.len()]]);
    Family::pull_back(&z, &noise, &slope(&z), p, shape, Need::ALL, [&mut by_k, &mut by_mean], &mut []);
    (by_k[0] - 0.25, by_mean.iter().map(|by| by - 0.25).collect())
}

/// A cost that is uneven in every direction, and its gradient.
fn cost(z: &[f64]) -> f64 {
    z.iter()
        .enumerate()
        .map(|(i, z)| (1.0 + i as f64).sin() * z + 0.4 * (i as f64 - 0.7) * z * z)
        .sum::<f64>()
        + (1.5 * z[0] - 0.5 * z[1]).exp()
}

fn slope_of_cost(z: &[f64]) -> Vec<f64> {
    let mut slope: Vec<f64> =
        z.iter().enumerate().map(|(i, z)| (1.0 + i as f64).sin() + 0.8 * (i as f64 - 0.7) * z).collect();
    let bend = (1.5 * z[0] - 0.5 * z[1]).exp();
    slope[0] += 1.5 * bend;
    slope[1] -= 0.5 * bend;
    slope
}

/// The mean over the directions across of what is given for one of them, in two or three dimensions: sums that are exact for the
/// harmonics of the cost that are not below rounding.
fn over_sides(mean: &[f64], f: &dyn Fn(&[f64]) -> f64) -> f64 {
    let first = across(mean, &[1.0, 0.3, 0.0][..mean.len()]);
    if let [_, _] = mean {
        let second: Vec<f64> = first.iter().map(|v| -v).collect();
        return 0.5 * (f(&first) + f(&second));
    }
    let second = [
        mean[1] * first[2] - mean[2] * first[1],
        mean[2] * first[0] - mean[0] * first[2],
        mean[0] * first[1] - mean[1] * first[0],
    ];
    let n = 24;
    (0..n).map(|i| f(&turned(&first, &second, TAU * f64::from(i) / f64::from(n)))).sum::<f64>() / f64::from(n)
}

#[test]
fn the_mean_of_the_pathwise_gradient_is_the_exact_gradient() {
    for mean in [&[0.6, -0.8][..], &[0.36, 0.48, -0.8]] {
        let dimension = mean.len();
        for k in [0.0, 0.7, 4.0, 60.0] {
            let expected_cost = |k: f64, mean: &[f64]| {
                over_sides(mean, &|side| mean_of_angle(dimension, k, |s| cost(&turned(mean, side, s))))
            };
            let by_k = over_sides(mean, &|side| {
                mean_of_angle(dimension, k, |s| gradient_at(k, mean, side, s, slope_of_cost).0)
            });
            if k > 0.0 {
                assert_derivative("by concentration", |k| expected_cost(k, mean), k, by_k);
            }
            let by_mean: Vec<f64> = (0..dimension)
                .map(|i| {
                    over_sides(mean, &|side| {
                        mean_of_angle(dimension, k, |s| gradient_at(k, mean, side, s, slope_of_cost).1[i])
                    })
                })
                .collect();
            assert!(dot(&by_mean, mean).abs() < 1e-9, "the gradient lies along the sphere");
            for axis in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]] {
                let side = across(mean, &axis[..dimension]);
                let at = |t: f64| expected_cost(k, &turned(mean, &side, t - 1.0));
                if k > 0.0 {
                    assert_derivative("by mean direction", at, 1.0, dot(&by_mean, &side));
                } else {
                    // What is uniform has no mean direction.
                    assert!(dot(&by_mean, &side).abs() < 1e-9);
                }
                if dimension == 2 {
                    break;
                }
            }
        }
    }
}

/// The mean gradients by the concentration and along `side`, with their standard errors.
fn estimates(seed: u64, n: usize, k: f64, mean: &[f64], side: &[f64]) -> [(f64, f64); 2] {
    let d = mean.len();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (p, shape): ([&[f64]; 2], [&[usize]; 2]) = ([&[k], mean], [&[], &[d]]);
    let (mut z, mut noise) = (vec![0.0; d], vec![0.0; d]);
    let mut sums = [(0.0, 0.0); 2];
    for _ in 0..n {
        Family::draw(&mut rng, p, shape, &mut z, &mut noise, &mut []);
        let (mut by_k, mut by_mean) = ([0.0], vec![0.0; d]);
        let by = [&mut by_k[..], &mut by_mean];
        Family::pull_back(&z, &noise, &slope_of_quadratic(&z), p, shape, Need::ALL, by, &mut []);
        for (sum, g) in sums.iter_mut().zip([by_k[0], dot(&by_mean, side)]) {
            *sum = (sum.0 + g, sum.1 + g * g);
        }
    }
    let n = n as f64;
    sums.map(|(sum, squares)| (sum / n, ((squares / n - (sum / n).powi(2)) / n).sqrt()))
}

/// What a cost multiplies element `i` by, mostly along the mean direction of the test.
fn linear(i: usize) -> f64 {
    3.0 * (1.3 * i as f64 + 0.7).sin() + 0.5 * i as f64
}

/// The gradient of `sum of linear(i) z_i + (i - 3/2) z_i^2`.
fn slope_of_quadratic(z: &[f64]) -> Vec<f64> {
    z.iter().enumerate().map(|(i, z)| linear(i) + 2.0 * (i as f64 - 1.5) * z).collect()
}

#[test]
fn the_pathwise_gradient_is_unbiased_in_many_dimensions() {
    for (dimension, k) in [(4, 5.0), (5, 20.0), (25, 30.0)] {
        let mean = some_direction(dimension);
        let side = across(&mean, &unit((0..dimension).map(|i| 1.0 + (i as f64).cos())));
        // E[z_i] = A m_i and E[z_i^2] = variance + mean^2.
        let exact = |k: f64, mean: &[f64]| {
            let (mut first, mut second) = (vec![0.0; dimension], vec![0.0; dimension]);
            Family::mean_into([&[k], mean], [&[], &[dimension]], &mut first);
            Family::variance_into([&[k], mean], [&[], &[dimension]], &mut second);
            let terms = first.iter().zip(&second).enumerate();
            terms.map(|(i, (m, v))| linear(i) * m + (i as f64 - 1.5) * (v + m * m)).sum::<f64>()
        };
        let expected = [
            difference(|k| exact(k, &mean), k),
            difference(|t| exact(k, &turned(&mean, &side, t - 1.0)), 1.0),
        ];
        let found = estimates(11, 200_000, k, &mean, &side);
        for ((estimate, error), expected) in found.into_iter().zip(expected) {
            let what = format!("{dimension}, {k}: {estimate} +- {error}, expected {expected}");
            assert!(error < 0.01 * expected.abs(), "too few draws to see five percent: {what}");
            assert!((estimate - expected).abs() < 5.0 * error, "{what}");
            assert!(
                (1.05 * estimate - expected).abs() > 5.0 * error
                    || (0.95 * estimate - expected).abs() > 5.0 * error
            );
        }
    }
}

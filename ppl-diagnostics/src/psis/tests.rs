//! Smoothed weights against ArviZ, and what they must not do.

use super::{Tail, k_threshold, psis};
use crate::fixture::Lcg;

/// `python tests/reference.py psis`: for each case k-hat, the largest normalised log-weight, that of draw 7, the sum of squared weights, and the mean of
/// the draws' indices over their number.
const ARVIZ: [(&str, [f64; 5]); 8] = [
    (
        "light",
        [
            0.1852458783274898,
            -5.265895222984205,
            -7.095232238732229,
            0.001311519822951274,
            0.49523358482541746,
        ],
    ),
    (
        "heavy",
        [
            0.656481546635227,
            -2.9448355180559402,
            -6.8784373295841466,
            0.013760384482158477,
            0.5018506736355592,
        ],
    ),
    (
        "hopeless",
        [
            2.1498690208556552,
            -1.3723615181276112,
            -18.872443176490954,
            0.1741855092673289,
            0.6252425272644533,
        ],
    ),
    (
        "bounded",
        [
            0.34506337478263827,
            -2.770465689719173,
            -4.447858976446566,
            0.014097602200300777,
            0.5001018247894864,
        ],
    ),
    (
        "shifted",
        [
            -0.060311437548844535,
            -4.098127841112189,
            -4.947813799140051,
            0.010554972668984435,
            0.502467954891095,
        ],
    ),
    (
        "small",
        [
            0.12156967879761993,
            -2.131645807806245,
            -5.415853315774194,
            0.06200873968387515,
            0.5413896795254065,
        ],
    ),
    ("far", [94.72230301894209, 0.0, -2024.339962743064, 1.0, 0.156]),
    (
        "zeros",
        [
            0.3215519004087997,
            -3.8892172194834576,
            -7.484807743858896,
            0.005617459194304382,
            0.48654856110034717,
        ],
    ),
];

fn log_weights(case: &str) -> (Vec<f64>, f64) {
    let made = |seed: u64, count: usize, f: &dyn Fn(&mut Lcg, usize) -> f64| -> Vec<f64> {
        let mut lcg = Lcg::new(seed);
        (0..count).map(|i| f(&mut lcg, i)).collect()
    };
    match case {
        "light" => (made(21, 1000, &|lcg, _| 0.5 * lcg.bell()), 1.0),
        "heavy" => (made(22, 1000, &|lcg, _| 2.0 * lcg.bell()), 1.0),
        "hopeless" => (made(23, 2000, &|lcg, _| 6.0 * lcg.bell()), 1.0),
        "bounded" => (made(24, 400, &|lcg, _| -lcg.bell() * lcg.bell() - 5.0 * lcg.uniform()), 0.7),
        "shifted" => (made(25, 100, &|lcg, _| 1000.0 + 0.2 * lcg.bell()), 0.3),
        "small" => (made(26, 30, &|lcg, _| lcg.bell()), 1.0),
        "far" => (made(27, 500, &|lcg, _| 400.0 * lcg.bell()), 1.0),
        _ => {
            let zeros = made(28, 600, &|lcg, i| if i % 3 == 0 { f64::NEG_INFINITY } else { lcg.bell() });
            (zeros, 1.0)
        }
    }
}

#[test]
fn weights_are_those_of_arviz() {
    for (case, expected) in ARVIZ {
        let (log_weights, efficiency) = log_weights(case);
        let smoothed = psis(&log_weights, efficiency).unwrap();
        let weights = smoothed.weights();
        let largest = smoothed.log_weights().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let index: f64 = weights.iter().enumerate().map(|(i, w)| w * i as f64 / weights.len() as f64).sum();
        let found = [smoothed.k_hat(), largest, smoothed.log_weights()[7], squares, index];
        for (i, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let close = (found - expected).abs() <= 1e-10 * expected.abs().max(1.0);
            assert!(close, "number {i} of {case} is {found}, ArviZ has {expected}");
        }
        assert!((smoothed.effective_size() - efficiency / squares).abs() < 1e-9 * smoothed.effective_size());
    }
}

#[test]
fn a_poor_proposal_is_seen_and_a_good_one_passes() {
    let k = |case: &str| {
        let smoothed = psis(&log_weights(case).0, 1.0).unwrap();
        (smoothed.k_hat(), smoothed.k_threshold())
    };
    let (good, threshold) = k("light");
    assert!(good < threshold);
    let (poor, threshold) = k("hopeless");
    assert!(poor > threshold);
}

#[test]
fn level_weights_are_not_a_tail() {
    // Equal but for rounding, as an exact guide's are.
    let rounded: Vec<f64> = (0..1000).map(|i| -1234.5 + 1e-12 * f64::from(i * 7 % 13)).collect();
    // A target that is the proposal, cut off.
    let cut: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 3.0 } else { f64::NEG_INFINITY }).collect();
    for log_weights in [vec![2.5; 1], vec![2.5; 1000], rounded, cut] {
        let smoothed = psis(&log_weights, 1.0).unwrap();
        assert_eq!(smoothed.tail(), Tail::Level);
        assert_eq!(smoothed.k_hat(), f64::NEG_INFINITY);
        assert!((smoothed.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn too_few_weights_say_that_nothing_is_known() {
    for count in 2..=20 {
        let log_weights: Vec<f64> = (0..count).map(f64::from).collect();
        let smoothed = psis(&log_weights, 1.0).unwrap();
        assert_eq!(smoothed.tail(), Tail::Unknown);
        assert_eq!(smoothed.k_hat(), f64::INFINITY);
    }
    // One draw has all the weight, and the next ones are equal.
    let mut log_weights = vec![0.0; 100];
    log_weights[3] = 50.0;
    assert_eq!(psis(&log_weights, 1.0).unwrap().k_hat(), f64::INFINITY);
    // All others are below the smallest number.
    let mut log_weights: Vec<f64> = (0..100).map(|i| -1e5 - f64::from(i)).collect();
    log_weights[3] = 0.0;
    assert_eq!(psis(&log_weights, 1.0).unwrap().k_hat(), f64::INFINITY);
}

#[test]
fn a_constant_and_the_order_change_nothing() {
    let (plain, _) = log_weights("heavy");
    let before = psis(&plain, 1.0).unwrap();
    let moved: Vec<f64> = plain.iter().rev().map(|w| w + 64.0).collect();
    let after = psis(&moved, 1.0).unwrap();
    assert!((before.k_hat() - after.k_hat()).abs() < 1e-10);
    for (a, b) in before.log_weights().iter().zip(after.log_weights().iter().rev()) {
        assert!((a - b).abs() < 1e-10);
    }
}

/// Draws that are worth a quarter of their number have errors twice as large; weights that are equal but for rounding keep the estimates.
#[test]
fn errors_grow_as_draws_are_worth_less() {
    let values: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 200)).collect();
    let estimates = |efficiency: f64| {
        let smoothed = psis(&[0.5; 200], efficiency).unwrap();
        let mean = smoothed.mean(&values).unwrap();
        (mean, smoothed.sd(&values).unwrap(), smoothed.quantile(&values, 0.5).unwrap())
    };
    let (mean, sd, median) = estimates(1.0);
    let (worse_mean, worse_sd, worse_median) = estimates(0.25);
    assert!((mean.mcse - 3333.25_f64.sqrt() / 200_f64.sqrt()).abs() < 1e-9);
    for (estimate, worse, slack) in
        [(mean, worse_mean, 1e-9), (sd, worse_sd, 1e-9), (median, worse_median, 0.02)]
    {
        assert_eq!(estimate.value, worse.value);
        assert!((worse.mcse / estimate.mcse - 2.0).abs() < slack);
    }
}

#[test]
fn thresholds_grow_with_the_number_of_draws() {
    assert_eq!(k_threshold(1), f64::NEG_INFINITY);
    assert_eq!(k_threshold(10), 0.0);
    assert!((k_threshold(1000) - (1.0 - 1.0 / 3.0)).abs() < 1e-12);
    assert_eq!(k_threshold(2200), 0.7);
}

#[test]
fn wrong_input_is_named() {
    let message = |weights: &[f64], efficiency: f64| psis(weights, efficiency).unwrap_err().to_string();
    assert_eq!(message(&[], 1.0), "expected at least 1 log-weights, got 0");
    assert_eq!(message(&[0.0, f64::NAN], 1.0), "log-weight 1 must be finite or -inf, got NaN");
    assert_eq!(message(&[f64::INFINITY], 1.0), "log-weight 0 must be finite or -inf, got inf");
    assert_eq!(message(&[f64::NEG_INFINITY; 3], 1.0), "all 3 weights are zero");
    for efficiency in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(psis(&[0.0, 1.0], efficiency).is_err());
    }
    let smoothed = psis(&[0.0, 1.0], 1.0).unwrap();
    assert!(smoothed.mean(&[1.0]).is_err());
    assert!(smoothed.sd(&[1.0, f64::NAN]).is_err());
    assert!(smoothed.quantile(&[1.0, 2.0], 1.0).is_err());
}

/// Estimates and stated errors over 400 replications of 1000 draws of a nearly normal proposal, with the weights of a normal target at .5: weights
/// `exp(x / 2)`, and of the normal proposal mean .5, deviation 1.
#[test]
fn estimates_have_the_errors_that_they_state() {
    let mut lcg = Lcg::new(29);
    let mut estimates = [vec![], vec![], vec![]];
    let mut stated = [0.0; 3];
    for _ in 0..400 {
        let draws: Vec<f64> = (0..1000).map(|_| lcg.bell()).collect();
        let log_weights: Vec<f64> = draws.iter().map(|x| 0.5 * x).collect();
        let smoothed = psis(&log_weights, 1.0).unwrap();
        let made = [
            smoothed.mean(&draws).unwrap(),
            smoothed.sd(&draws).unwrap(),
            smoothed.quantile(&draws, 0.9).unwrap(),
        ];
        for (i, estimate) in made.into_iter().enumerate() {
            estimates[i].push(estimate.value);
            stated[i] += estimate.mcse / 400.0;
        }
    }
    // Exactly: of the sum of twelve uniform numbers, tilted by 1/2, the cumulants are 12 times those of one. The quantile is that of a normal distribution.
    let tilt = 0.5_f64;
    let one_mean = 1.0 / (1.0 - (-tilt).exp()) - 1.0 / tilt - 0.5;
    let one_variance = 1.0 / (tilt * tilt) - tilt.exp() / tilt.exp_m1().powi(2);
    let exact = [12.0 * one_mean, (12.0 * one_variance).sqrt(), 1.773];
    let slack = [0.0, 0.0, 0.02];
    for i in 0..3 {
        let mean = crate::numeric::mean(&estimates[i]);
        let actual = crate::numeric::variance(&estimates[i], 1.0).sqrt();
        assert!(
            (mean - exact[i]).abs() < 5.0 * actual / 20.0 + slack[i],
            "estimate {i}: {mean}, {}",
            exact[i]
        );
        assert!(
            (stated[i] / actual - 1.0).abs() < 0.15,
            "estimate {i}: {} is said, {actual} is true",
            stated[i]
        );
    }
}

//! Leave-one-out against ArviZ and against closed forms.

use super::{Loo, compare, loo, loo_weighted};
use crate::fixture::Lcg;

/// `python tests/reference.py loo`: for each case and relative efficiency elpd, its error, `p_loo`, the first and the last observation's elpd, and their k-hats.
const ARVIZ: [(&str, f64, [f64; 7]); 6] = [
    (
        "close",
        1.0,
        [
            -23.5679786591446,
            11.942311979112656,
            2.6887025561946345,
            -1.0559578917573882,
            -14.07394494823936,
            0.3110965107711162,
            0.45771086683124257,
        ],
    ),
    (
        "close",
        0.6,
        [
            -23.570880407121976,
            11.943417271838854,
            2.69160430417201,
            -1.056079488365591,
            -14.075310304728543,
            0.19066935032002277,
            0.4601002400156092,
        ],
    ),
    (
        "wide",
        1.0,
        [
            -43.83987419136875,
            19.422136320399044,
            26.432804253477606,
            -2.2374149917109802,
            -23.408332470797795,
            1.0322247169658425,
            2.0759889337785347,
        ],
    ),
    (
        "wide",
        0.6,
        [
            -43.64797176845987,
            19.771144701213565,
            26.240901830568724,
            -2.17769142968079,
            -23.741323633386546,
            0.9210375600920412,
            2.2749335745766333,
        ],
    ),
    (
        "off",
        1.0,
        [
            -27.19175102958465,
            5.301575144149313,
            1.5557908715031061,
            -2.83324845616759,
            -6.8871561832365105,
            0.2899977615040352,
            0.14823240789407782,
        ],
    ),
    (
        "off",
        0.6,
        [
            -27.19539864778357,
            5.301976687414404,
            1.5594384897020248,
            -2.833749099087372,
            -6.887388103458887,
            0.16860282342742827,
            0.11717625163138816,
        ],
    ),
];

/// The comparison of the same: elpd less that of the best, the error of the difference, and the weight, which ArviZ's solver has to about 1e-3.
const COMPARED: [(&str, [f64; 3]); 3] = [
    ("close", [-0.0, 0.0, 0.7943829015445044]),
    ("off", [-3.6237723704400526, 8.806407797028783, 0.20561709845549947]),
    ("wide", [-20.27189553222415, 7.5890350196596135, 0.0]),
];

/// Of normal observations, the last of which is an outlier, with means that draws differ in.
fn log_likelihoods(case: &str) -> Vec<f64> {
    let (width, offset) = match case {
        "close" => (0.3, 0.0),
        "wide" => (0.9, 0.2),
        _ => (0.2, 1.5),
    };
    let mut lcg = Lcg::new(31);
    let mut y: Vec<f64> = (0..8).map(|_| lcg.bell()).collect();
    y[7] += 4.0;
    let mut values = Vec::new();
    for _ in 0..1000 {
        let mean = offset + width * lcg.bell();
        values.extend(y.iter().map(|y| -0.5 * (y - mean) * (y - mean) - 0.918_938_533_204_672_7));
    }
    values
}

fn estimate(case: &str) -> Loo {
    loo(&log_likelihoods(case), 8, 1.0).unwrap()
}

#[test]
fn estimates_are_those_of_arviz() {
    for (case, efficiency, expected) in ARVIZ {
        let loo = loo(&log_likelihoods(case), 8, efficiency).unwrap();
        let (first, last) = (loo.pointwise[0], loo.pointwise[7]);
        let found = [loo.elpd, loo.se, loo.p_loo, first.elpd, last.elpd, first.k_hat, last.k_hat];
        for (i, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let close = (found - expected).abs() <= 1e-10 * expected.abs().max(1.0);
            assert!(close, "number {i} of {case} is {found}, ArviZ has {expected}");
        }
    }
}

#[test]
fn comparisons_are_those_of_arviz() {
    let models = ["wide", "close", "off"].map(|case| (case, estimate(case)));
    let named: Vec<(&str, &Loo)> = models.iter().map(|(name, loo)| (*name, loo)).collect();
    let compared = compare(&named).unwrap();
    for (found, (name, [difference, error, weight])) in compared.iter().zip(COMPARED) {
        assert_eq!(found.name, name);
        assert!((found.elpd_difference - difference).abs() < 1e-9);
        assert!((found.se_of_difference - error).abs() < 1e-9);
        assert!((found.weight - weight).abs() < 1e-3, "{name}: {} is not {weight}", found.weight);
    }
    // ArviZ's weights mix no better.
    let mixed = |weights: [f64; 3]| -> f64 {
        let density = |i: usize| {
            let of = |c: usize| named.iter().find(|(name, _)| *name == compared[c].name).map(|(_, loo)| loo);
            (0..3).map(|c| weights[c] * of(c).unwrap().pointwise[i].elpd.exp()).sum::<f64>().ln()
        };
        (0..8).map(density).sum()
    };
    let found = mixed([compared[0].weight, compared[1].weight, compared[2].weight]);
    assert!(found >= mixed([COMPARED[0].1[2], COMPARED[1].1[2], COMPARED[2].1[2]]) - 1e-9);
}

/// Observations `y ~ N(mu, 1)` with a flat prior: without one of n the rest predict it by `N(mean of the rest, 1 + 1 / (n - 1))`.
#[test]
fn normal_observations_have_their_closed_form() {
    let y = [-0.9, 0.4, 0.1, 1.3, -0.2];
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let normal = |x: f64, mean: f64, variance: f64| {
        -0.5 * (x - mean) * (x - mean) / variance - 0.5 * (std::f64::consts::TAU * variance).ln()
    };
    let exact: Vec<f64> =
        y.iter().map(|one| normal(*one, (n * mean - one) / (n - 1.0), 1.0 + 1.0 / (n - 1.0))).collect();
    // Quantiles of the posterior in place of draws.
    let count = 20_000;
    let draw = |i: usize, mean: f64, sd: f64| {
        mean + sd * crate::special::normal_quantile((i as f64 + 0.5) / count as f64)
    };
    let rows = |mean: f64, sd: f64| -> Vec<f64> {
        (0..count).flat_map(|i| y.map(|one| normal(one, draw(i, mean, sd), 1.0))).collect()
    };
    let posterior = loo(&rows(mean, (1.0 / n).sqrt()), y.len(), 1.0).unwrap();
    // An approximation that is elsewhere and wider, with its weights.
    let log_weights: Vec<f64> = (0..count)
        .map(|i| {
            let mu = draw(i, 0.4, 0.7);
            normal(mu, mean, 1.0 / n) - normal(mu, 0.4, 0.49)
        })
        .collect();
    let weighted = loo_weighted(&rows(0.4, 0.7), y.len(), &log_weights).unwrap();
    let seen: f64 = y.iter().map(|one| normal(*one, mean, 1.0 + 1.0 / n)).sum();
    for (found, slack) in [(&posterior, 2e-3), (&weighted, 2e-3)] {
        for (one, exact) in found.pointwise.iter().zip(&exact) {
            assert!((one.elpd - exact).abs() < slack, "{} is not {exact}", one.elpd);
        }
        assert!((found.p_loo - (seen - exact.iter().sum::<f64>())).abs() < 5.0 * slack);
        assert!(found.unreliable().is_empty());
    }
    // Without the weights the approximation's own numbers come out, which differ.
    let plain = loo(&rows(0.4, 0.7), y.len(), 1.0).unwrap();
    assert!((plain.elpd - exact.iter().sum::<f64>()).abs() > 0.1);
}

#[test]
fn surprising_observations_are_marked() {
    let unreliable = estimate("wide").unreliable();
    assert!(unreliable.contains(&7));
    assert!(estimate("close").unreliable().is_empty());
}

#[test]
fn wrong_input_is_named() {
    let message = |values: &[f64], n: usize| loo(values, n, 1.0).unwrap_err().to_string();
    assert_eq!(message(&[], 2), "expected at least 1 draws, got 0");
    assert_eq!(message(&[1.0], 0), "expected at least 1 observations, got 0");
    assert_eq!(message(&[1.0; 5], 2), "5 log-likelihoods are no matrix of draws x 2 observations");
    assert_eq!(
        message(&[0.0, 0.0, 0.0, f64::NEG_INFINITY], 2),
        "the log-likelihood of observation 1 in draw 1 must be finite, got -inf"
    );
    assert!(loo(&[0.0; 4], 2, 0.0).is_err());
    let error = loo_weighted(&[0.0; 4], 2, &[0.0; 3]).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 log-weights, one for each draw, got 3");
    assert!(loo_weighted(&[0.0; 4], 2, &[f64::NAN, 0.0]).is_err());
    assert!(compare(&[]).is_err());
    let (two, three) = (loo(&[0.0; 4], 2, 1.0).unwrap(), loo(&[0.0; 6], 3, 1.0).unwrap());
    let error = compare(&[("a", &two), ("b", &three)]).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 observations, as the first model has, got 3");
}

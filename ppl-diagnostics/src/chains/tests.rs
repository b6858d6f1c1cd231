//! Chains against ArviZ, and their invariances.

use super::Chains;
use crate::fixture::Lcg;

/// `python tests/reference.py chains`: for each case R-hat; the effective sizes of the bulk, the tail, the mean and the quantile at .3; the errors of
/// the mean, the deviation, and the quantiles at .1 and .5.
const ARVIZ: [(&str, [f64; 9]); 9] = [
    (
        "fast",
        [
            1.0008626571786001,
            2177.5545618543583,
            3147.270826917534,
            2168.458461771196,
            2656.006497191217,
            0.022487359363665665,
            0.01209066059359165,
            0.02575800704782072,
            0.02378872860678856,
        ],
    ),
    (
        "slow",
        [
            1.1400598664920372,
            20.17875680603034,
            37.28972554139225,
            19.91737374869446,
            26.002199691834225,
            0.7432782485090137,
            0.3078320523745183,
            0.4873637473754684,
            0.5791734971743804,
        ],
    ),
    (
        "antithetic",
        [
            1.0005404866006684,
            3695.0174952571497,
            1078.7786746942832,
            3695.0174952571497,
            1959.8093327206611,
            0.021026350894901163,
            0.03571749929069833,
            0.04168863270563228,
            0.02379462105172203,
        ],
    ),
    (
        "heavy",
        [
            0.9988655415544634,
            1040.056063878618,
            952.8356232654567,
            981.8604430336483,
            1001.3305650902956,
            4.913297670303871,
            56.1305183480188,
            0.6542231123129856,
            0.11019257377639366,
        ],
    ),
    (
        "apart",
        [
            1.1378312775488364,
            21.206237611568255,
            577.3992784498245,
            20.964213311870527,
            38.826051940350105,
            0.2524891876062911,
            0.024610894507032806,
            0.12889083553390823,
            0.2586325202703735,
        ],
    ),
    (
        "scales",
        [
            1.158879207571961,
            1148.9734200126334,
            380.3945532613768,
            1111.4507113191582,
            206.3465534446439,
            0.08657678565827075,
            0.46858011373025626,
            0.7917138487100601,
            0.07664217241108418,
        ],
    ),
    (
        "ties",
        [
            0.9992422543296269,
            1021.029781936667,
            1000.0,
            1057.5995395524344,
            988.5291677119296,
            0.04363424269182178,
            0.01923382559780406,
            0.0,
            0.0,
        ],
    ),
    (
        "short",
        [
            0.9723934210909663,
            7.224719895935548,
            7.224719895935548,
            7.224719895935548,
            7.224719895935548,
            0.3650734293974133,
            0.1375420200418514,
            0.4810815267264843,
            0.8363251909613609,
        ],
    ),
    (
        "single",
        [
            1.2089335219189448,
            4.234131592512217,
            18.17592326924243,
            4.20681117572976,
            8.178886472478888,
            3.422921820118982,
            0.8367755012168225,
            3.2300610675653623,
            3.2848033851155813,
        ],
    ),
];

fn draws(case: &str) -> Vec<Vec<f64>> {
    match case {
        "fast" => Lcg::new(1).autoregression(4, 1000, 0.3),
        "slow" => Lcg::new(2).autoregression(4, 250, 0.97),
        "antithetic" => Lcg::new(3).autoregression(3, 400, -0.6),
        "heavy" => {
            let mut lcg = Lcg::new(4);
            (0..4).map(|_| (0..251).map(|_| lcg.heavy()).collect()).collect()
        }
        "apart" => {
            let mut chains = Lcg::new(5).autoregression(4, 300, 0.2);
            for (c, chain) in chains.iter_mut().enumerate() {
                chain.iter_mut().for_each(|x| *x += 0.5 * c as f64);
            }
            chains
        }
        "scales" => {
            let mut chains = Lcg::new(6).autoregression(4, 300, 0.0);
            for (c, chain) in chains.iter_mut().enumerate() {
                chain.iter_mut().for_each(|x| *x *= (1 + c) as f64);
            }
            chains
        }
        "ties" => {
            let mut lcg = Lcg::new(7);
            (0..2).map(|_| (0..500).map(|_| (5.0 * lcg.uniform()).floor()).collect()).collect()
        }
        "short" => Lcg::new(8).autoregression(2, 5, 0.0),
        _ => Lcg::new(9).autoregression(1, 4000, 0.99),
    }
}

fn chains(draws: &[Vec<f64>]) -> Chains<'_> {
    Chains::new(draws.iter().map(Vec::as_slice)).unwrap()
}

fn statistics(chains: &Chains) -> [f64; 9] {
    [
        chains.r_hat(),
        chains.ess_bulk(),
        chains.ess_tail(),
        chains.ess_mean(),
        chains.ess_quantile(0.3).unwrap(),
        chains.mcse_mean(),
        chains.mcse_sd(),
        chains.mcse_quantile(0.1).unwrap(),
        chains.mcse_quantile(0.5).unwrap(),
    ]
}

#[test]
fn statistics_are_those_of_arviz() {
    for (case, expected) in ARVIZ {
        let found = statistics(&chains(&draws(case)));
        for (i, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let close = (found - expected).abs() <= 1e-10 * expected.abs();
            assert!(close, "statistic {i} of {case} is {found}, ArviZ has {expected}");
        }
    }
}

/// What is unlike it must be refused: the statistics of one case are not those of another.
#[test]
fn a_planted_error_is_seen() {
    let mut moved = draws("fast");
    moved[2].iter_mut().for_each(|x| *x += 0.4);
    assert!(chains(&moved).r_hat() > 1.01);
    let mut widened = draws("fast");
    widened[2].iter_mut().for_each(|x| *x *= 1.5);
    assert!(chains(&widened).r_hat() > 1.01);
    assert!(chains(&draws("fast")).r_hat() < 1.01);
}

#[test]
fn units_and_the_order_of_chains_change_nothing() {
    for case in ["fast", "slow", "heavy"] {
        let plain = draws(case);
        let before = statistics(&chains(&plain));
        let mut turned = plain.clone();
        turned.reverse();
        for unit in [2f64.powi(600), 2f64.powi(-600), 1e9] {
            let scaled: Vec<Vec<f64>> =
                turned.iter().map(|chain| chain.iter().map(|x| x * unit).collect()).collect();
            let after = statistics(&chains(&scaled));
            for i in 0..9 {
                let expected = before[i] * if i < 5 { 1.0 } else { unit };
                assert!(
                    (after[i] - expected).abs() <= 1e-9 * expected.abs(),
                    "statistic {i} of {case}, {unit}"
                );
            }
        }
        // A function that increases changes neither ranks nor quantiles.
        let cubed: Vec<Vec<f64>> =
            plain.iter().map(|chain| chain.iter().map(|x| x * x * x).collect()).collect();
        let (cubed, plain) = (chains(&cubed), chains(&plain));
        assert!((cubed.ess_bulk() - plain.ess_bulk()).abs() < 1e-9 * plain.ess_bulk());
        assert!((cubed.ess_tail() - plain.ess_tail()).abs() < 1e-9 * plain.ess_tail());
    }
}

/// The error of a mean over replications: 400 means of autoregressions of which the deviation is known to 3.5 %.
#[test]
fn errors_are_those_of_replications() {
    let mut lcg = Lcg::new(12);
    let (mut means, mut deviations, mut medians) = (vec![], vec![], vec![]);
    let mut stated = [0.0; 3];
    for _ in 0..400 {
        let draws = lcg.autoregression(4, 250, 0.5);
        let chains = chains(&draws);
        let errors = [chains.mcse_mean(), chains.mcse_sd(), chains.mcse_quantile(0.5).unwrap()];
        stated.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error / 400.0);
        let all = draws.concat();
        means.push(crate::numeric::mean(&all));
        deviations.push(crate::numeric::variance(&all, 1.0).sqrt());
        medians.push(crate::intervals::quantile(&all, 0.5).unwrap());
    }
    for (what, estimates, stated) in
        [("mean", means, stated[0]), ("sd", deviations, stated[1]), ("median", medians, stated[2])]
    {
        let actual = crate::numeric::variance(&estimates, 1.0).sqrt();
        assert!((stated / actual - 1.0).abs() < 0.15, "{what}: {stated} is said, {actual} is true");
    }
}

#[test]
fn draws_without_statistics_have_none() {
    let two = |x: f64| vec![vec![1.0, 2.0, 3.0, x], vec![2.0, 1.0, 3.0, 4.0]];
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(statistics(&chains(&two(bad))).iter().all(|x| x.is_nan()));
    }
    assert!(statistics(&chains(&[vec![3.0; 8], vec![3.0; 8]])).iter().all(|x| x.is_nan()));
    // Chains that do not move, at different values, disagree without end.
    let stuck = [vec![1.0; 100], vec![2.0; 100]];
    assert_eq!(chains(&stuck).r_hat(), f64::INFINITY);
    assert!(chains(&stuck).ess_bulk() < 3.0);
    // Of draws at two values the folded ones may be equal.
    let mut lcg = Lcg::new(3);
    let coins: Vec<Vec<f64>> =
        (0..2).map(|_| (0..500).map(|_| f64::from(u8::from(lcg.uniform() < 0.5))).collect()).collect();
    assert!((chains(&coins).r_hat() - 1.0).abs() < 0.02);
    assert!(chains(&coins).ess_tail() > 500.0);
}

#[test]
fn wrong_shapes_are_named() {
    let message = |chains: &[&[f64]]| Chains::new(chains.iter().copied()).unwrap_err().to_string();
    assert_eq!(message(&[]), "expected at least 1 chains, got 0");
    assert_eq!(message(&[&[1.0; 3], &[1.0; 3]]), "expected at least 4 draws of a chain, got 3");
    assert_eq!(message(&[&[1.0; 5], &[1.0; 6]]), "chain 1 has 6 draws; the first has 5");
    let draws = [1.0, 2.0, 3.0, 5.0];
    let chains = Chains::new([&draws[..]]).unwrap();
    for p in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(chains.ess_quantile(p).is_err());
        assert!(chains.mcse_quantile(p).is_err());
    }
}

//! The likeliest path and drawn ones.

use super::super::Mode;
use super::kit::{Contraction, close};
use super::random::{self, Numbers};
use super::twin::{Chain, Path, log_sum_exp};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Seeds of one state for each sequence, 1.5 each.
fn one_hot(chain: &Chain, pick: usize) -> Vec<f64> {
    let n = chain.states();
    (0..n * chain.batch).map(|k| if k % n == (pick + k / n) % n { 1.5 } else { 0.0 }).collect()
}

/// Returns the paths that each sequence can take from the state of its seed, with their logarithms.
fn paths(chain: &Chain, seeds: &[f64]) -> Vec<Vec<(f64, Path)>> {
    let n = chain.states();
    let start = |b: usize| (0..n).find(|s| seeds[b * n + s] != 0.0).unwrap();
    (0..chain.batch).map(|b| chain.paths(b, start(b))).collect()
}

/// Returns the logarithm of the weight of a path whose marks these are, seeded by 1.5.
fn inner_product(chain: &Chain, gradients: &[Vec<f64>]) -> f64 {
    let pairs = chain.factors.iter().zip(gradients).flat_map(|(f, g)| f.elements.iter().zip(g));
    pairs.filter(|(_, g)| **g != 0.0).map(|(x, g)| x * g / 1.5).sum()
}

fn check_likeliest(chain: &Chain, pick: usize) -> Result<(), TestCaseError> {
    let mut contraction = Contraction::new(chain, Mode::Max);
    let seeds = one_hot(chain, pick);
    let n = chain.states();
    let mut total = 0.0;
    let gradients = contraction.likeliest(&seeds);
    let mut expected = chain.zeros();
    for (b, paths) in paths(chain, &seeds).iter().enumerate() {
        let best = paths.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
        let state = (0..n).find(|s| seeds[b * n + s] != 0.0).unwrap();
        prop_assert!(close(contraction.out[b * n + state], best, 1e-12));
        if best > f64::NEG_INFINITY {
            total += best;
            if let Some((_, path)) = paths.iter().find(|p| p.0 == best) {
                chain.mark(b, path, 1.5, &mut expected);
            }
        } else {
            // What is marked before a path turns out impossible is of no use to compare.
            return Ok(());
        }
    }
    // Of several likeliest paths any may be taken, so their weights are compared; without ties the marks are as well.
    prop_assert!(close(inner_product(chain, &gradients), total, 1e-11));
    let ties = paths(chain, &seeds).iter().any(|paths| {
        let best = paths.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
        paths.iter().filter(|p| close(p.0, best, 1e-10)).count() > 1
    });
    prop_assert!(ties || gradients == expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn the_likeliest_path_is_that_of_the_list(seed: u64, pick in 0..64_usize) {
        check_likeliest(&random::chain(seed, Numbers::Mild), pick)?;
        check_likeliest(&random::chain(seed, Numbers::Extreme), pick)?;
    }

    #[test]
    fn a_drawn_path_is_possible_and_whole(seed: u64, pick in 0..64_usize) {
        let chain = random::chain(seed, Numbers::Extreme);
        let seeds = one_hot(&chain, pick);
        let listed = paths(&chain, &seeds);
        let logs = |b: usize| listed[b].iter().map(|p| p.0).collect::<Vec<_>>();
        prop_assume!((0..chain.batch).all(|b| log_sum_exp(&logs(b)) > f64::NEG_INFINITY));
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
        let gradients = Contraction::new(&chain, Mode::Draw).drawn(rng, &seeds);
        prop_assert!(inner_product(&chain, &gradients) > f64::NEG_INFINITY);
        let steps: usize = (0..chain.batch).map(|b| chain.length(b)).sum();
        for gradient in gradients {
            prop_assert!(close(gradient.iter().sum::<f64>(), 1.5 * steps as f64, 1e-12));
        }
    }
}

#[test]
fn the_first_of_equal_values_is_taken() {
    let mut chain = random::chain(1, Numbers::Mild);
    for factor in &mut chain.factors {
        factor.elements.fill(0.0);
    }
    let seeds = one_hot(&chain, 0);
    let gradients = Contraction::new(&chain, Mode::Max).likeliest(&seeds);
    let mut expected = chain.zeros();
    for (b, paths) in paths(&chain, &seeds).iter().enumerate() {
        chain.mark(b, &paths[0].1, 1.5, &mut expected);
    }
    assert_eq!(gradients, expected);
}

#[test]
fn paths_are_drawn_as_often_as_they_weigh() {
    const DRAWS: usize = 6000;
    for case in 0..8 {
        let mut chain = random::chain(1000 + case, Numbers::Mild);
        // A factor that tells the paths of one sequence apart, and leaves their weights alone.
        let mut stride = 1;
        let variables: Vec<_> = (0..chain.sizes.len())
            .map(|v| {
                stride *= chain.sizes[v];
                (v, stride / chain.sizes[v])
            })
            .collect();
        let n = chain.steps * stride;
        let table =
            super::twin::Table { variables, time: stride, batch: n, elements: vec![0.0; chain.batch * n] };
        chain.factors.push(table);
        let seeds = one_hot(&chain, case as usize);
        let listed = paths(&chain, &seeds);
        let mut contraction = Contraction::new(&chain, Mode::Draw);
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(case);
        let mut counts: Vec<std::collections::HashMap<Vec<usize>, usize>> =
            vec![Default::default(); chain.batch];
        for _ in 0..DRAWS {
            let marks = contraction.drawn(rng, &seeds).pop().unwrap();
            for (b, counts) in counts.iter_mut().enumerate() {
                let own = marks[b * n..(b + 1) * n].iter().enumerate();
                *counts.entry(own.filter(|(_, m)| **m != 0.0).map(|(k, _)| k).collect()).or_default() += 1;
            }
        }
        for (b, counts) in counts.iter().enumerate() {
            let log = log_sum_exp(&listed[b].iter().map(|p| p.0).collect::<Vec<_>>());
            let (mut statistic, mut cells, mut rest, mut seen) = (0.0, 0, 0.0, 0);
            for (weight, path) in &listed[b] {
                let key: Vec<usize> = path
                    .iter()
                    .enumerate()
                    .map(|(t, values)| chain.factors.last().unwrap().at(b, t, values) - b * n)
                    .collect();
                let expected = DRAWS as f64 * (weight - log).exp();
                let count = counts.get(&key).copied().unwrap_or(0);
                seen += count;
                if expected >= 10.0 {
                    statistic += (count as f64 - expected).powi(2) / expected;
                    cells += 1;
                } else {
                    rest += expected - count as f64;
                }
            }
            assert_eq!(seen, DRAWS, "every draw is a path of the list");
            if cells > 1 {
                let p = ChiSquared::new(f64::from(cells)).unwrap().sf(statistic);
                assert!(p > 1e-6, "case {case}, sequence {b}: p = {p}, rest {rest}");
            }
        }
    }
}

//! The No-U-Turn sampler beside exact and reference posteriors.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use ppl_samplers::{Chain, Map, Metric, Nuts, SamplerError};

use crate::failures::{Stopping, assert_stopped};
use crate::kit::{EightSchools, Function, Mean, assert_moments, correlated};

fn positions(chains: &[Chain]) -> Vec<Vec<Vec<f64>>> {
    chains.iter().map(|chain| chain.iter().map(<[f64]>::to_vec).collect()).collect()
}

fn mean(chains: &[Chain], f: impl Fn(&[f64]) -> f64) -> Mean {
    Mean::of(&chains.iter().map(|chain| chain.iter().map(&f).collect()).collect::<Vec<_>>())
}

fn divergences(chains: &[Chain]) -> usize {
    chains.iter().flat_map(|chain| &chain.statistics).filter(|draw| draw.divergent).count()
}

#[test]
fn a_normal_has_its_moments_by_either_metric() {
    let (normal, covariance) = correlated();
    for metric in [Metric::Diagonal, Metric::LowRank] {
        let chains = Nuts::new().draws(5000).metric(metric).seed(3).run(|| normal.clone()).unwrap();
        assert_moments(&positions(&chains), &normal.mean, &covariance);
        assert_eq!(divergences(&chains), 0);
        let depth: usize = chains.iter().flat_map(|chain| &chain.statistics).map(|draw| draw.depth).sum();
        // Correlation .99 takes long trajectories, unless the metric knows of it.
        assert_eq!(depth > 3 * 20_000, metric == Metric::Diagonal, "{depth}");
    }
}

#[test]
fn statistics_belong_to_their_draws() {
    let (mut normal, _) = correlated();
    let chains = Nuts::new().chains(2).warmup(500).draws(500).seed(1).run(|| normal.clone()).unwrap();
    for chain in &chains {
        assert_eq!((chain.len(), chain.positions().len()), (500, 2500));
        for (x, draw) in chain.iter().zip(&chain.statistics) {
            let value =
                ppl_samplers::Target::log_density_and_gradient(&mut normal, x, &mut [0.0; 5]).unwrap();
            assert!((value - draw.log_density).abs() < 1e-8 * value.abs().max(1.0));
            assert!(draw.step_size > 0.0 && (0.0..=1.0).contains(&draw.acceptance) && draw.depth <= 10);
            assert!(draw.gradients >= (1 << draw.depth) - 1 && draw.gradients < 2 << draw.depth);
        }
        let acceptance = chain.statistics.iter().map(|draw| draw.acceptance).sum::<f64>() / 500.0;
        assert!((acceptance - 0.8).abs() < 0.12, "{acceptance}");
        // Potential plus kinetic energy: the kinetic part of five momenta has the mean 5/2, up to the log-determinant of the metric, one constant.
        let kinetic = |draw: &ppl_samplers::DrawStatistics| draw.energy + draw.log_density;
        let least = chain.statistics.iter().map(kinetic).fold(f64::INFINITY, f64::min);
        let average = chain.statistics.iter().map(kinetic).sum::<f64>() / 500.0 - least;
        assert!((1.5..3.5).contains(&average), "{average}");
    }
}

#[test]
fn a_banana_has_its_moments() {
    // x ~ N(1, 1/2), y ~ N(x^2, 1/4).
    let banana = || {
        Function(2, |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g.copy_from_slice(&[2.0 * a + 8.0 * x[0] * b, -4.0 * b]);
            -a * a - 2.0 * b * b
        })
    };
    let chains = Nuts::new().draws(20_000).target_acceptance(0.9).seed(4).run(banana).unwrap();
    mean(&chains, |x| x[0]).assert_is(1.0, 0.05);
    mean(&chains, |x| (x[0] - 1.0).powi(2)).assert_is(0.5, 0.05);
    mean(&chains, |x| x[1]).assert_is(1.5, 0.15);
    mean(&chains, |x| (x[1] - x[0] * x[0]).powi(2)).assert_is(0.25, 0.0125);
}

#[test]
fn a_heavy_tail_has_its_probabilities() {
    // Student's t of five degrees of freedom; probabilities by scipy.stats.t(5): 2 * cdf(x) - 1.
    let student = || {
        Function(2, |x: &[f64], g: &mut [f64]| {
            g.iter_mut().zip(x).for_each(|(g, x)| *g = -6.0 * x / (5.0 + x * x));
            x.iter().map(|x| -3.0 * (1.0 + x * x / 5.0).ln()).sum()
        })
    };
    let chains = Nuts::new().draws(10_000).seed(2).run(student).unwrap();
    for (bound, probability) in [(1.0, 0.636_782_532), (3.0, 0.969_900_728)] {
        for i in 0..2 {
            mean(&chains, |x| f64::from(u8::from(x[i].abs() < bound))).assert_is(probability, 0.03);
        }
    }
}

#[test]
fn eight_schools_agree_with_reference_draws() {
    // Means of 10,000 draws of Stan: stan-dev/posteriordb at 28f8d3d, posterior_database/reference_posteriors/draws/draws/
    // eight_schools-eight_schools_noncentered.json.zip; their own standard errors are below .06.
    const THETA: [(f64, f64); 8] = [
        (6.150502, 0.056159),
        (4.939581, 0.046456),
        (3.905906, 0.054084),
        (4.796017, 0.047709),
        (3.614436, 0.046329),
        (4.051148, 0.048492),
        (6.317170, 0.050029),
        (4.883997, 0.054259),
    ];
    let agrees = |mean: Mean, (value, error): (f64, f64)| {
        let both = Mean { value: mean.value, error: mean.error.hypot(error) };
        both.assert_is(value, 0.4);
    };
    let chains = Nuts::new().draws(5000).target_acceptance(0.95).seed(6).run(|| EightSchools).unwrap();
    for (i, theta) in THETA.into_iter().enumerate() {
        agrees(mean(&chains, |x| x[8] + x[9].exp() * x[i]), theta);
    }
    agrees(mean(&chains, |x| x[8]), (4.410518, 0.033093));
    agrees(mean(&chains, |x| x[9].exp()), (3.602060, 0.032002));
    assert!(divergences(&chains) < 20, "{}", divergences(&chains));
}

#[test]
fn the_funnel_diverges_and_says_so() {
    // Neal (2003): y ~ N(0, 3), nine x ~ N(0, exp(y / 2)).
    let funnel = || {
        Function(10, |x: &[f64], g: &mut [f64]| {
            let y = x[9];
            let precision = (-y).exp();
            let square: f64 = x[..9].iter().map(|x| x * x).sum();
            (0..9).for_each(|i| g[i] = -x[i] * precision);
            g[9] = -y / 9.0 - 4.5 + 0.5 * square * precision;
            -y * y / 18.0 - 4.5 * y - 0.5 * square * precision
        })
    };
    let chains = Nuts::new().seed(1).run(funnel).unwrap();
    assert!(divergences(&chains) > 10, "{}", divergences(&chains));
}

#[test]
fn a_seed_repeats_whatever_the_threads() {
    let run = |seed, threads| {
        let settings = Nuts::new().warmup(100).draws(50).seed(seed).threads(threads);
        settings.run(|| EightSchools).unwrap()
    };
    let one = run(1, 1);
    assert_eq!(one, run(1, 2));
    assert_eq!(one, run(1, 7));
    assert_ne!(one, run(2, 1));
    assert_ne!(one[0].positions(), one[1].positions());
}

#[test]
fn chains_begin_where_they_are_told() {
    let (normal, covariance) = correlated();
    // At the mode itself, where the gradient is nought.
    let mode = Map::new().run(&mut normal.clone()).unwrap().position;
    for start in [normal.mean.clone(), mode] {
        let settings = Nuts::new().draws(3000).metric(Metric::LowRank).starts(vec![start; 4]);
        let chains = settings.run(|| normal.clone()).unwrap();
        assert_moments(&positions(&chains), &normal.mean, &covariance);
    }
    // Without warmup, the first draw is near the start.
    let wide = || {
        Function(1, |x: &[f64], g: &mut [f64]| {
            g[0] = -(x[0] - 500.0);
            -0.5 * (x[0] - 500.0).powi(2)
        })
    };
    let starts = vec![vec![499.0], vec![501.0]];
    let chains = Nuts::new().chains(2).starts(starts).warmup(0).draws(1).run(wide).unwrap();
    assert!(chains.iter().all(|chain| (chain.positions()[0] - 500.0).abs() < 6.0));
}

#[test]
fn a_fatal_error_stops_all_chains_with_itself() {
    for evaluations in [0, 1, 50, 3000] {
        let left = AtomicUsize::new(evaluations);
        assert_stopped(Nuts::new().run(|| Stopping { left: &left }));
    }
}

#[test]
fn points_outside_are_divergences() {
    // Half a normal, cut off at nought.
    let half = || {
        Function(1, |x: &[f64], g: &mut [f64]| {
            g[0] = -x[0];
            if x[0] < 0.0 { f64::NAN } else { -0.5 * x[0] * x[0] }
        })
    };
    let chains = Nuts::new().seed(2).run(half).unwrap();
    assert!(divergences(&chains) > 0);
    assert!(chains.iter().flat_map(Chain::iter).all(|x| x[0] >= 0.0));
}

#[test]
fn progress_is_told_of_each_draw() {
    let told = Mutex::new(Vec::new());
    let settings = Nuts::new().chains(3).warmup(40).draws(20);
    settings.run_with_progress(|| EightSchools, |progress| told.lock().unwrap().push(progress)).unwrap();
    let told = told.into_inner().unwrap();
    for chain in 0..3 {
        let of: Vec<_> = told.iter().filter(|progress| progress.chain == chain).collect();
        assert_eq!(of.len(), 60);
        for (i, progress) in of.iter().enumerate() {
            assert_eq!((progress.draws, progress.total, progress.warmup), (i + 1, 60, i < 40));
        }
    }
}

#[test]
fn wrong_settings_are_refused() {
    let (normal, _) = correlated();
    let setting = |settings: Nuts| match settings.run(|| normal.clone()) {
        Err(SamplerError::Setting { setting, .. }) => setting,
        other => panic!("{other:?}"),
    };
    assert_eq!(setting(Nuts::new().chains(0)), "chains");
    assert_eq!(setting(Nuts::new().max_depth(0)), "max_depth");
    assert_eq!(setting(Nuts::new().target_acceptance(1.0)), "target_acceptance");
    assert_eq!(setting(Nuts::new().target_acceptance(f64::NAN)), "target_acceptance");
    let starts = Nuts::new().starts(vec![vec![0.0; 5]; 2]).run(|| normal.clone());
    assert!(matches!(starts, Err(SamplerError::Length { expected: 4, found: 2, .. })));
    let short = Nuts::new().starts(vec![vec![0.0; 4]; 4]).run(|| normal.clone());
    assert!(matches!(short, Err(SamplerError::Length { expected: 5, found: 4, .. })));
    assert_eq!(
        Nuts::new().run(|| Function(0, |_: &[f64], _: &mut [f64]| 0.0)).unwrap_err().to_string(),
        "the dimension of the target must be at least 1, got 0"
    );
    let nowhere = Nuts::new().run(|| Function(1, |_: &[f64], _: &mut [f64]| f64::NAN));
    assert!(matches!(nowhere, Err(SamplerError::NoStart { .. })));
}

//! Pathfinder beside exact posteriors.

use std::f64::consts::PI;

use ppl_samplers::{Laplace, Pathfinder, Paths, resample};

use crate::kit::{EightSchools, Function, Logistic, assert_moments, correlated};

fn resampled(found: &Paths, count: usize) -> Vec<Vec<f64>> {
    let weights: Vec<f64> = found.paths.iter().flat_map(|path| path.log_weights.iter().copied()).collect();
    let positions: Vec<&[f64]> = found.paths.iter().flat_map(|path| path.draws.iter()).collect();
    resample(&weights, count, 5).unwrap().into_iter().map(|i| positions[i].to_vec()).collect()
}

#[test]
fn a_normal_is_found() {
    let (normal, covariance) = correlated();
    let found = Pathfinder::new().draws(10_000).seed(2).run(|| normal.clone()).unwrap();
    assert_eq!((found.paths.len(), found.failures.len()), (4, 0));
    let log_determinant =
        2.0 * (0.01_f64 * 2.0 * 100.0 * 30.0).ln() + (1.0 - 0.9801_f64).ln() + 0.64_f64.ln();
    let evidence = 2.5 * (2.0 * PI).ln() + 0.5 * log_determinant;
    for path in &found.paths {
        assert!((path.elbo - evidence).abs() < 0.3, "{} of {evidence}", path.elbo);
        for (x, log_q) in path.draws.iter().zip(path.draws.log_q()) {
            assert!((path.log_density(x).unwrap() - log_q).abs() < 1e-10);
        }
        // The weights are those of the target.
        let weights = path.draws.log_weights(&mut normal.clone()).unwrap();
        assert_eq!(weights, path.log_weights);
        let positions: Vec<Vec<f64>> = path.draws.iter().map(<[f64]>::to_vec).collect();
        assert_moments(&[positions], path.mean(), &path.covariance());
    }
    assert_moments(&[resampled(&found, 20_000)], &normal.mean, &covariance);
}

#[test]
fn logistic_regression_is_near() {
    let found = Pathfinder::new().elbo_draws(200).draws(20_000).run(|| Logistic::new(Some(25.0))).unwrap();
    for path in &found.paths {
        for i in 0..3 {
            let deviation = Logistic::COVARIANCE[4 * i].sqrt();
            assert!((path.mean()[i] - Logistic::MODE[i]).abs() < deviation, "{:?}", path.mean());
        }
    }
    // Weights of two approximations that know nothing of each other give one evidence.
    let evidence =
        |weights: &[f64]| (weights.iter().map(|w| w.exp()).sum::<f64>() / weights.len() as f64).ln();
    let best = found.paths.iter().max_by(|a, b| a.elbo.total_cmp(&b.elbo)).unwrap();
    let laplace = Laplace::at(&mut Logistic::new(Some(25.0)), &Logistic::MODE).unwrap();
    let reference = laplace.draws(40_000, 2).log_weights(&mut Logistic::new(Some(25.0))).unwrap();
    let (got, want) = (evidence(&best.log_weights), evidence(&reference));
    assert!((got - want).abs() < 0.05, "{got} is not {want}");
    assert!(best.elbo < want && best.elbo > want - 0.5, "{} of {want}", best.elbo);
}

/// The evidence of eight schools as `EightSchools` has it: the effects by their closed integral, mu and log tau on a grid.
fn evidence_of_eight_schools() -> f64 {
    let mut sum = 0.0;
    let (steps_mu, steps_tau) = (400, 600);
    for i in 0..=steps_mu {
        let mu = -40.0 + 80.0 * f64::from(i) / f64::from(steps_mu);
        for j in 0..=steps_tau {
            let log_tau = -20.0 + 30.0 * f64::from(j) / f64::from(steps_tau);
            let tau = log_tau.exp();
            let mut term = -mu * mu / 50.0 - (1.0 + tau * tau / 25.0).ln() + log_tau;
            for (effect, error) in EightSchools::EFFECTS.iter().zip(EightSchools::ERRORS) {
                let variance = error * error + tau * tau;
                term +=
                    0.5 * (2.0 * PI * error * error / variance).ln() - 0.5 * (effect - mu).powi(2) / variance;
            }
            sum += term.exp();
        }
    }
    (sum * 80.0 / f64::from(steps_mu) * 30.0 / f64::from(steps_tau)).ln()
}

#[test]
fn bounds_of_eight_schools_lie_below_the_evidence() {
    let evidence = evidence_of_eight_schools();
    let found = Pathfinder::new().paths(8).elbo_draws(2000).draws(1).seed(1).run(|| EightSchools).unwrap();
    let best = found.paths.iter().map(|path| path.elbo).fold(f64::NEG_INFINITY, f64::max);
    assert!(found.paths.iter().all(|path| path.elbo < evidence), "{evidence}");
    assert!(best > evidence - 2.5, "{best} of {evidence}");
}

#[test]
fn two_modes_are_found_by_several_paths() {
    // Half at -3, half at 3.
    let wells = || {
        Function(1, |x: &[f64], g: &mut [f64]| {
            let (a, b) = (-0.5 * (x[0] - 3.0).powi(2), -0.5 * (x[0] + 3.0).powi(2));
            let top = a.max(b);
            let (p, q) = ((a - top).exp(), (b - top).exp());
            g[0] = (p * (3.0 - x[0]) - q * (x[0] + 3.0)) / (p + q);
            top + (p + q).ln()
        })
    };
    let found = Pathfinder::new().paths(8).seed(3).run(wells).unwrap();
    let right = found.paths.iter().filter(|path| path.mean()[0] > 0.0).count();
    assert!(right > 0 && right < 8);
    for path in &found.paths {
        assert!((path.mean()[0].abs() - 3.0).abs() < 0.3 && (path.covariance()[0] - 1.0).abs() < 0.3);
    }
}

#[test]
fn threads_change_nothing() {
    let run = |threads| Pathfinder::new().draws(10).threads(threads).run(|| EightSchools).unwrap();
    let (one, many) = (run(1), run(4));
    for (a, b) in one.paths.iter().zip(&many.paths) {
        assert_eq!((&a.draws, a.elbo, a.iteration), (&b.draws, b.elbo, b.iteration));
    }
    let single = Pathfinder::new().draws(10).run_single(&mut EightSchools).unwrap();
    assert_eq!(single.draws, one.paths[0].draws);
    assert_ne!(one.paths[0].draws, one.paths[1].draws);
}

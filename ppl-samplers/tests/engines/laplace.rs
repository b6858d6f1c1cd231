//! Laplace's approximation beside closed forms.

use ppl_samplers::{Laplace, Map, SamplerError};

use crate::kit::{Function, Logistic, assert_moments, correlated};

/// The log-density of a normal of five dimensions by its covariance's two blocks of two and one of one.
fn log_normal(x: &[f64], mean: &[f64], covariance: &[f64]) -> f64 {
    let at = |i: usize, j: usize| covariance[i * 5 + j];
    let block = |i: usize, j: usize| {
        let (a, b) = (x[i] - mean[i], x[j] - mean[j]);
        let determinant = at(i, i) * at(j, j) - at(i, j) * at(i, j);
        let square = (at(j, j) * a * a - 2.0 * at(i, j) * a * b + at(i, i) * b * b) / determinant;
        -0.5 * (square + determinant.ln())
    };
    let alone = -0.5 * ((x[3] - mean[3]).powi(2) / at(3, 3) + at(3, 3).ln());
    block(0, 1) + block(2, 4) + alone - 2.5 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn a_normal_is_its_own_approximation() {
    let (mut normal, covariance) = correlated();
    let mode = Map::new().run(&mut normal).unwrap();
    let laplace = Laplace::at(&mut normal, &mode.position).unwrap();
    for (i, (got, want)) in laplace.covariance().iter().zip(&covariance).enumerate() {
        let scale = (covariance[i / 5 * 6] * covariance[i % 5 * 6]).sqrt();
        assert!((got - want).abs() < 1e-9 * scale, "{got} is not {want}");
    }
    // The determinant is that of the two blocks of two.
    let log_determinant =
        2.0 * (0.01_f64 * 2.0 * 100.0 * 30.0).ln() + (1.0 - 0.9801_f64).ln() + 0.64_f64.ln();
    let evidence = 2.5 * (2.0 * std::f64::consts::PI).ln() + 0.5 * log_determinant;
    assert!((laplace.log_evidence() - evidence).abs() < 1e-9);

    let draws = laplace.draws(20_000, 3);
    let positions: Vec<Vec<f64>> = draws.iter().map(<[f64]>::to_vec).collect();
    assert_moments(&[positions], &normal.mean, &covariance);
    let weights = draws.log_weights(&mut normal).unwrap();
    assert!(weights.iter().all(|w| (w - evidence).abs() < 1e-6));
    assert_eq!(draws, laplace.draws(20_000, 3));
    assert_ne!(draws.positions()[0], laplace.draws(1, 4).positions()[0]);
}

#[test]
fn the_density_of_draws_is_that_of_a_dense_normal() {
    let (mut normal, _) = correlated();
    let mean = normal.mean.clone();
    let laplace = Laplace::at(&mut normal, &mean).unwrap();
    let covariance = laplace.covariance();
    let draws = laplace.draws(100, 1);
    for (x, log_q) in draws.iter().zip(draws.log_q()) {
        let dense = log_normal(x, laplace.mean(), &covariance);
        assert!((log_q - dense).abs() < 1e-10, "{log_q} is not {dense}");
        assert!((laplace.log_density(x).unwrap() - dense).abs() < 1e-10);
    }
}

#[test]
fn logistic_regression_agrees_with_newton() {
    let laplace = Laplace::at(&mut Logistic::new(Some(25.0)), &Logistic::MODE).unwrap();
    for (got, want) in laplace.covariance().iter().zip(Logistic::COVARIANCE) {
        assert!((got - want).abs() < 1e-7 * want.abs(), "{got} is not {want}");
    }
    assert!((laplace.log_evidence() - Logistic::LOG_EVIDENCE).abs() < 1e-8);
}

#[test]
fn the_curvature_of_a_heavy_tail_is_that_of_its_mode() {
    // Student's t of five degrees of freedom and scale 3: the second derivative at the mode is (5 + 1) / (5 * 9).
    let mut student = Function(1, |x: &[f64], g: &mut [f64]| {
        g[0] = -6.0 * x[0] / (45.0 + x[0] * x[0]);
        -3.0 * (1.0 + x[0] * x[0] / 45.0).ln()
    });
    let laplace = Laplace::at(&mut student, &[0.0]).unwrap();
    assert!((laplace.covariance()[0] - 7.5).abs() < 1e-7);
}

#[test]
fn what_does_not_fall_off_is_named() {
    let mut collinear = Function(3, |x: &[f64], g: &mut [f64]| {
        let residual = 1.0 - x[0] - 5.0 * x[2];
        g.copy_from_slice(&[residual, -x[1], 5.0 * residual]);
        -0.5 * (residual * residual + x[1] * x[1])
    });
    let error = Laplace::at(&mut collinear, &[1.0, 0.0, 0.0]).unwrap_err();
    match &error {
        SamplerError::NotPositiveDefinite { coordinates, .. } => assert_eq!(coordinates, &[0, 2]),
        error => panic!("{error}"),
    }
    // A saddle: correlation beyond one.
    let mut saddle = Function(3, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[-x[0] - 2.0 * x[1], -2.0 * x[0] - x[1], -x[2]]);
        -0.5 * (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) - 2.0 * x[0] * x[1]
    });
    match Laplace::at(&mut saddle, &[0.0; 3]).unwrap_err() {
        SamplerError::NotPositiveDefinite { coordinates, eigenvalue } => {
            assert_eq!(coordinates, [0, 1]);
            assert!((eigenvalue + 1.0).abs() < 1e-8);
        }
        error => panic!("{error}"),
    }
    assert!(error.to_string().contains("along coordinates [0, 2]"), "{error}");
}

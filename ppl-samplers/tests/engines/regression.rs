//! Linear regressions on raw columns, from random starts: what a user writes who standardises nothing.

use ppl_samplers::{Laplace, Map, Stop, Target, TargetError};

/// Normal errors of unknown deviation, flat priors: coefficients, and the logarithm of the deviation.
struct Regression {
    rows: Vec<([f64; 4], f64)>,
}

impl Regression {
    /// A constant, a column of noughts and ones, one around a hundred, and the product of these; the answers in units of `unit`.
    fn new(unit: f64) -> Regression {
        let row = |i: i32| {
            let i = f64::from(i);
            let school = if (1.7 * i).sin() > -0.5 { 1.0 } else { 0.0 };
            let score = 100.0 + 15.0 * (2.3 * i).sin() + 10.0 * (0.9 * i * i).cos();
            let answer = 26.0 + 6.0 * school + 0.56 * score + 18.0 * (3.1 * i * i).sin();
            ([1.0, school, score, school * score], unit * answer)
        };
        Regression { rows: (0..400).map(row).collect() }
    }
}

impl Target for Regression {
    fn dim(&self) -> usize {
        5
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        gradient.fill(0.0);
        let precision = (-2.0 * x[4]).exp();
        let mut square = 0.0;
        for (row, answer) in &self.rows {
            let residual = answer - row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
            square += residual * residual;
            gradient.iter_mut().zip(row).for_each(|(g, a)| *g += a * residual * precision);
        }
        let count = self.rows.len() as f64;
        gradient[4] = square * precision - count;
        Ok(-0.5 * square * precision - count * x[4])
    }
}

#[test]
fn raw_columns_are_climbed_in_any_unit() {
    for unit in [1e-3, 1.0, 1e4] {
        let mut regression = Regression::new(unit);
        for seed in 0..20 {
            let mode = Map::new().seed(seed).run(&mut regression).unwrap();
            assert_eq!(mode.stop, Stop::Converged, "unit {unit}, seed {seed}: {mode:?}");
            // The closed form: residuals have no part along a column, and the deviation is theirs.
            let mut along = [0.0; 4];
            let mut square = 0.0;
            for (row, answer) in &regression.rows {
                let residual = answer - row.iter().zip(&mode.position).map(|(a, b)| a * b).sum::<f64>();
                square += residual * residual;
                along.iter_mut().zip(row).for_each(|(sum, a)| *sum += a * residual);
            }
            let deviation = (square / 400.0).sqrt();
            assert!((mode.position[4] - deviation.ln()).abs() < 1e-8, "{mode:?}");
            for (column, sum) in along.iter().enumerate() {
                let length = regression.rows.iter().map(|(row, _)| row[column].powi(2)).sum::<f64>().sqrt();
                assert!(sum.abs() < 1e-7 * length * deviation, "unit {unit}, seed {seed}: {along:?}");
            }
        }
    }
}

#[test]
fn the_normal_at_the_mode_is_that_of_least_squares() {
    let mut regression = Regression::new(1.0);
    let mode = Map::new().run(&mut regression).unwrap();
    let covariance = Laplace::at(&mut regression, &mode.position).unwrap().covariance();
    // Times the closed precision, `X^T X / variance` and twice the count, it is the identity.
    let variance = (2.0 * mode.position[4]).exp();
    let mut precision = [0.0; 25];
    for (row, _) in &regression.rows {
        for i in 0..4 {
            for j in 0..4 {
                precision[i * 5 + j] += row[i] * row[j] / variance;
            }
        }
    }
    precision[24] = 800.0;
    for i in 0..5 {
        for j in 0..5 {
            let product: f64 = (0..5).map(|k| covariance[i * 5 + k] * precision[k * 5 + j]).sum();
            let scale = (covariance[i * 6] * precision[j * 6]).sqrt();
            assert!(
                (product - f64::from(u8::from(i == j))).abs() < 1e-6 * scale.max(1.0),
                "{i} {j} {product}"
            );
        }
    }
}

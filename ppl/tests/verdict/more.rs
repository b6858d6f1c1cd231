//! More programs: collinear columns, a likelihood that is flat far away, columns that are not centred.

use ndarray::Array2;
use ppl::prelude::*;

/// A line of numbers by columns, of which the second and third are almost the same.
pub fn collinear() -> (Array2<f64>, Vec<f64>) {
    let x = Array2::from_shape_fn((40, 3), |(i, k)| {
        let t = i as f64;
        let column = (0.9 * t).sin();
        [1.0, column, column + 0.05 * (2.3 * t).cos()][k]
    });
    let y = (0..40).map(|i| 0.5 + 2.0 * x[[i, 1]] - x[[i, 2]] + 0.5 * (5.0 * i as f64).sin()).collect();
    (x, y)
}

#[model]
pub fn regression(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 5.0).expand(&[x.ncols()]));
    let noise = sample!("noise", HalfNormal::new(2.0));
    plate!("row", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), noise), y.at(i)));
}

#[guide(regression)]
pub fn regression_guide(columns: usize) {
    let loc = param!("loc", init::zeros([columns]));
    sample!("beta", Normal::new(loc, param!("scale", init::full([columns], 0.1), Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), param!("noise_scale", 0.1, Positive)));
}

/// Cauchy noise: far from the data the loss is almost flat.
#[model]
pub fn cauchy_rows(y: &[f64]) {
    let loc = sample!("loc", Normal::new(0.0, 50.0));
    plate!("row", y.len(), |i| observe!("y", Cauchy::new(loc, 0.5), y.at(i)));
}

#[guide(cauchy_rows)]
pub fn cauchy_rows_guide() {
    sample!("loc", Normal::new(param!("at", 0.0), param!("scale", 0.1, Positive)));
}

/// The columns of a file of numbers, without its comments and its first line.
pub fn columns(text: &str) -> Vec<Vec<f64>> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows: Vec<Vec<f64>> = rows.map(|row| row.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    (0..rows[0].len()).map(|k| rows.iter().map(|row| row[k]).collect()).collect()
}

/// The putts of professionals (Berry 1995): feet, tries, made.
pub fn putts() -> (Vec<f64>, Vec<f64>, Vec<i64>) {
    let found = columns(include_str!("../../../examples/data/golf.csv"));
    (found[0].clone(), found[1].clone(), found[2].iter().map(|&made| made as i64).collect())
}

#[model]
pub fn golf(feet: &[f64], tries: &[f64], made: &[i64]) {
    let a = sample!("a", Normal::new(0.0, 10.0));
    let b = sample!("b", Normal::new(0.0, 10.0));
    plate!("distance", made.len(), |i| {
        observe!("made", Binomial::logits(tries.at(i), a + b * feet.at(i)), made.at(i));
    });
}

#[guide(golf)]
pub fn golf_guide() {
    sample!("a", Normal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
    sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
}

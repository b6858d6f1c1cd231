//! The twelve posteriors of posteriordb in `ppl/tests/data`, in raw columns: their models, their data, and what the references call their
//! numbers.
#![allow(dead_code)]

use ndarray::{Array1, Array2, Axis};
use ppl::prelude::*;
use serde_json::Value;

#[model]
pub fn flat(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Flat::new().expand(&[x.ncols()]), on(RealLine));
    let sigma = sample!("sigma", Flat::on(Positive), on(Positive));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
pub fn cauchy_noise(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Flat::new().expand(&[x.ncols()]), on(RealLine));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
pub fn normal_noise(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 10.0).expand(&[x.ncols()]));
    let sigma = sample!("sigma", HalfNormal::new(10.0));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
pub fn autoregression(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 10.0).expand(&[x.ncols()]));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
pub fn kilpisjarvi(x: &[f64], y: &[f64]) {
    let alpha = sample!("alpha", Normal::new(9.31290322580645, 100.0));
    let beta = sample!("beta", Normal::new(0.0, 0.0333333333333333));
    let sigma = sample!("sigma", Flat::on(Positive), on(Positive));
    plate!("i", y.len(), |i| observe!("y", Normal::new(alpha + beta * x.at(i), sigma), y.at(i)));
}

#[model]
pub fn noncentred(y: &[f64], error: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.len(), |j| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        observe!("y", Normal::new(theta, error.at(j)), y.at(j));
    });
}

#[model]
pub fn mixture(y: &[f64]) {
    let mu = sample!("mu", Sorted::new(Normal::new(0.0, 2.0), 2));
    let sigma = sample!("sigma", HalfNormal::new(2.0).expand(&[2]));
    let theta = sample!("theta", Beta::new(5.0, 5.0));
    plate!("i", y.len(), |i| {
        let k = sample!("k", Bernoulli::new(1.0 - theta), enumerate);
        observe!("y", Normal::new(mu.at(k).to_real(), sigma.at(k).to_real()), y.at(i));
    });
}

#[model]
pub fn hmm(y: &[f64]) {
    let theta1 = sample!("theta1", Dirichlet::new([1.0, 1.0]));
    let theta2 = sample!("theta2", Dirichlet::new([1.0, 1.0]));
    let low = sample!("low", Truncated::positive(Normal::new(3.0, 1.0)), on(Positive));
    // Next to nothing of the prior lies below.
    let high = sample!("high", Truncated::above(Normal::new(10.0, 1.0), low));
    let mu = Tensor::stack(&[low, high]);
    let theta = Tensor::stack(&[theta1, theta2]);
    let first = sample!("first", Categorical::new([0.5, 0.5]), enumerate);
    observe!("y0", Normal::new(mu.at(first).to_real(), 1.0), y[0]);
    let later = &y[1..];
    markov!("t", later.len(), first, |before, t| {
        let z = sample!("z", Categorical::new(theta.at(before)), enumerate);
        observe!("y", Normal::new(mu.at(z).to_real(), 1.0), later.at(t));
        z
    });
}

#[model]
pub fn garch(y: &[f64], sigma1: f64) {
    let mu = sample!("mu", Flat::new());
    let alpha0 = sample!("alpha0", Flat::on(Positive), on(Positive));
    let alpha1 = sample!("alpha1", Uniform::new(0.0, 1.0));
    let beta1 = sample!("beta1", Uniform::new(0.0, 1.0 - alpha1));
    // Flat, and not uniform.
    factor!("flat", (1.0 - alpha1).ln());
    let mut variance = 0.0 * alpha0 + sigma1 * sigma1;
    for (t, &y) in y.iter().enumerate() {
        observe!("y"[t], Normal::new(mu, variance.sqrt()), y);
        variance = alpha0 + alpha1 * (y - mu).powi(2) + beta1 * variance;
    }
}

#[model]
pub fn gaussian_process(distances: &Array2<f64>, y: &[f64]) {
    let rho = sample!("rho", Gamma::new(25.0, 4.0));
    let alpha = sample!("alpha", HalfNormal::new(2.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let covariance = (Tensor::from(distances) * (-0.5 * rho.powi(-2))).exp() * alpha.powi(2)
        + Tensor::eye(y.len()) * sigma;
    observe!("y", MultivariateNormal::new(Tensor::zeros(&[y.len()]), covariance.cholesky()), y);
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub fn column(data: &Value, name: &str) -> Array1<f64> {
    data[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub fn matrix(columns: &[Array1<f64>]) -> Array2<f64> {
    let views: Vec<_> = columns.iter().map(|c| c.view()).collect();
    ndarray::stack(Axis(1), &views).unwrap()
}

/// A number of the reference, with the site and the element that it is called here.
pub type Named<'a> = (&'a str, &'a str, &'a [usize]);

pub fn coefficients(names: &'static [&'static str]) -> Vec<Named<'static>> {
    const PLACES: [[usize; 1]; 9] = [[0], [1], [2], [3], [4], [5], [6], [7], [8]];
    let mut all: Vec<Named> = names.iter().zip(&PLACES).map(|(&name, at)| (name, "beta", &at[..])).collect();
    all.push(("sigma", "sigma", &[]));
    all
}

pub const BETA: [&str; 9] =
    ["beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]", "beta[6]", "beta[7]", "beta[8]", "beta[9]"];

pub fn kidiq() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/kidiq.json"));
    let x = matrix(&[Array1::ones(434), column(&data, "mom_hs"), column(&data, "mom_iq")]);
    (x, column(&data, "kid_score").to_vec())
}

pub fn mesquite() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/mesquite.json"));
    let log = |name: &str| column(&data, name).mapv(f64::ln);
    let mut columns = vec![Array1::ones(46)];
    columns.extend(["diam1", "diam2", "canopy_height", "total_height", "density"].map(log));
    columns.push(column(&data, "group"));
    (matrix(&columns), log("weight").to_vec())
}

pub fn earnings() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/earnings.json"));
    let x = matrix(&[Array1::ones(1192), column(&data, "height")]);
    (x, column(&data, "earn").mapv(f64::ln).to_vec())
}

pub fn nes() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/nes1972.json"));
    let age = column(&data, "age_discrete");
    let is = |level: f64| age.mapv(|a| f64::from(u8::from(a == level)));
    let of = |name: &str| column(&data, name);
    let ones = Array1::ones(1330);
    let x = matrix(&[
        ones,
        of("real_ideo"),
        of("race_adj"),
        is(2.0),
        is(3.0),
        is(4.0),
        of("educ1"),
        of("gender"),
        of("income"),
    ]);
    (x, of("partyid7").to_vec())
}

pub fn sblri() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/sblri.json"));
    let rows = data["X"].as_array().unwrap().iter().flat_map(|r| r.as_array().unwrap());
    let rows: Vec<f64> = rows.map(|v| v.as_f64().unwrap()).collect();
    (Array2::from_shape_vec((100, 5), rows).unwrap(), column(&data, "y").to_vec())
}

pub fn ark() -> (Array2<f64>, Vec<f64>) {
    let y = column(&json(include_str!("../data/arK.json")), "y").to_vec();
    let mut columns = vec![Array1::ones(y.len() - 5)];
    columns.extend((1..=5).map(|lag| Array1::from_vec(y[5 - lag..y.len() - lag].to_vec())));
    (matrix(&columns), y[5..].to_vec())
}

pub fn kilpisjarvi_years() -> (Vec<f64>, Vec<f64>) {
    let data = json(include_str!("../data/kilpisjarvi_mod.json"));
    (column(&data, "x").to_vec(), column(&data, "y").to_vec())
}

pub fn eight_schools() -> (Vec<f64>, Vec<f64>) {
    let data = json(include_str!("../data/eight_schools.json"));
    (column(&data, "y").to_vec(), column(&data, "sigma").to_vec())
}

pub fn low_dim_gauss_mix() -> Vec<f64> {
    column(&json(include_str!("../data/low_dim_gauss_mix.json")), "y").to_vec()
}

pub fn hmm_example() -> Vec<f64> {
    column(&json(include_str!("../data/hmm_example.json")), "y").to_vec()
}

pub fn garch11() -> (Vec<f64>, f64) {
    let data = json(include_str!("../data/garch.json"));
    (column(&data, "y").to_vec(), data["sigma1"].as_f64().unwrap())
}

/// The squared distances of the points, and their values.
pub fn gp_regression() -> (Array2<f64>, Vec<f64>) {
    let data = json(include_str!("../data/gp_pois_regr.json"));
    let x = column(&data, "x");
    (Array2::from_shape_fn((11, 11), |(i, j)| (x[i] - x[j]).powi(2)), column(&data, "y").to_vec())
}

pub const ARK: [&str; 6] = ["alpha", "beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]"];

pub const KILPISJARVI: [Named; 3] = [("alpha", "alpha", &[]), ("beta", "beta", &[]), ("sigma", "sigma", &[])];

pub const MIXTURE: [Named; 5] = [
    ("mu[1]", "mu", &[0]),
    ("mu[2]", "mu", &[1]),
    ("sigma[1]", "sigma", &[0]),
    ("sigma[2]", "sigma", &[1]),
    ("theta", "theta", &[]),
];

pub const HMM: [Named; 4] = [
    ("theta1[1]", "theta1", &[0]),
    ("theta2[2]", "theta2", &[1]),
    ("mu[1]", "low", &[]),
    ("mu[2]", "high", &[]),
];

pub const GARCH: [Named; 4] =
    [("mu", "mu", &[]), ("alpha0", "alpha0", &[]), ("alpha1", "alpha1", &[]), ("beta1", "beta1", &[])];

pub const GP: [Named; 3] = [("rho", "rho", &[]), ("alpha", "alpha", &[]), ("sigma", "sigma", &[])];

//! Posteriors of posteriordb (github.com/stan-dev/posteriordb, commit 28f8d3d6, BSD-3-Clause): our means and deviations
//! against 10,000 draws of Hamiltonian Monte Carlo. The data and the summaries are in `tests/data`.
//!
//! A mean-field guide is exact for a Gaussian posterior with independent coordinates. So the regressions are written in
//! the coordinates of an orthogonal basis of their predictors (Stan User's Guide, "The QR reparameterization"), and the
//! coefficients' moments follow linearly.
//!
//! A flat prior is a normal prior of deviation 1,000 where outcome and basis have mean square one: its effect on a mean is
//! below 1e-5 deviations.

use ndarray::{Array1, Array2, Axis};
use ppl::prelude::*;
use serde_json::Value;

/// The prior deviation that stands for a flat prior.
const FLAT: f64 = 1e3;

/// Steps of the optimiser; its rate falls to zero over them, and so does the error.
const STEPS: u64 = 10_000;

struct Reference {
    mean: Vec<f64>,
    sd: Vec<f64>,
    covariance: Value,
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn column(data: &Value, name: &str) -> Array1<f64> {
    data[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Stacks columns.
fn matrix(columns: &[Array1<f64>]) -> Array2<f64> {
    let views: Vec<_> = columns.iter().map(|c| c.view()).collect();
    ndarray::stack(Axis(1), &views).unwrap()
}

fn reference(text: &str) -> Reference {
    let all = json(text);
    let names = all["parameters"].as_array().unwrap();
    let of = |what: &str| {
        names.iter().map(|n| all["summary"][n.as_str().unwrap()][what].as_f64().unwrap()).collect()
    };
    Reference { mean: of("mean"), sd: of("sd"), covariance: all["cov"].clone() }
}

/// What is known of the deviation of a regression's noise before the data.
#[derive(Clone, Copy)]
enum NoisePrior {
    HalfNormal(f64),
    HalfCauchy(f64),
}

#[model]
fn normal_noise(q: &Array2<f64>, y: &[f64], slope: &[f64], noise: f64) {
    let gamma = plate!("k", q.ncols(), |k| sample!("gamma", Normal::new(0.0, slope.at(k))));
    let sigma = sample!("sigma", HalfNormal::new(noise));
    plate!("i", y.len(), |i| observe!("y", Normal::new(q.at(i).dot(gamma), sigma), y.at(i)));
}

#[guide(normal_noise)]
fn normal_noise_guide(width: usize) {
    plate!("k", width, |_k| {
        sample!("gamma", Normal::new(param!("loc", 0.0), param!("scale", 0.1, Positive)));
    });
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
}

#[model]
fn cauchy_noise(q: &Array2<f64>, y: &[f64], slope: &[f64], noise: f64) {
    let gamma = plate!("k", q.ncols(), |k| sample!("gamma", Normal::new(0.0, slope.at(k))));
    let sigma = sample!("sigma", HalfCauchy::new(noise));
    plate!("i", y.len(), |i| observe!("y", Normal::new(q.at(i).dot(gamma), sigma), y.at(i)));
}

#[guide(cauchy_noise)]
fn cauchy_noise_guide(width: usize) {
    plate!("k", width, |_k| {
        sample!("gamma", Normal::new(param!("loc", 0.0), param!("scale", 0.1, Positive)));
    });
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
}

/// The means and deviations of the guide: of each coefficient in the basis `q`, and last of the noise.
fn fit(q: &Array2<f64>, y: &[f64], slope: &[f64], noise: NoisePrior, elbo: Elbo) -> Vec<(f64, f64)> {
    let adam = || Adam::new(Schedule::cosine(0.02, STEPS));
    let width = q.ncols();
    let parameters = match noise {
        NoisePrior::HalfNormal(scale) => {
            let model = normal_noise(q, y, slope, scale);
            let mut svi = Svi::new(model, normal_noise_guide(width), elbo, adam()).seed(1);
            (0..STEPS).for_each(|_| assert!(svi.step().unwrap().loss.is_finite()));
            svi.parameters()
        }
        NoisePrior::HalfCauchy(scale) => {
            let model = cauchy_noise(q, y, slope, scale);
            let mut svi = Svi::new(model, cauchy_noise_guide(width), elbo, adam()).seed(1);
            (0..STEPS).for_each(|_| assert!(svi.step().unwrap().loss.is_finite()));
            svi.parameters()
        }
    };
    let get = |name: &str| parameters.get(name).unwrap();
    let mut moments: Vec<(f64, f64)> = get("loc").iter().copied().zip(get("scale").iter().copied()).collect();
    let (loc, scale) = (get("s_loc").sum(), get("s_scale").sum());
    // The moments of a log-normal variable.
    let mean = (loc + 0.5 * scale * scale).exp();
    moments.push((mean, mean * (scale * scale).exp_m1().sqrt()));
    moments
}

/// Returns a basis of the columns of `x` with orthogonal columns of mean square one, and `t` with `x t = basis`.
fn orthogonalise(x: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let (n, d) = x.dim();
    let (mut q, mut t) = (x.clone(), Array2::<f64>::eye(d));
    for k in 0..d {
        // Twice is enough for the basis to be orthogonal to rounding (Giraud et al. 2005).
        for _ in 0..2 {
            for j in 0..k {
                let c = q.column(j).dot(&q.column(k)) / n as f64;
                let (qj, tj) = (q.column(j).to_owned(), t.column(j).to_owned());
                q.column_mut(k).scaled_add(-c, &qj);
                t.column_mut(k).scaled_add(-c, &tj);
            }
        }
        let length = (q.column(k).dot(&q.column(k)) / n as f64).sqrt();
        q.column_mut(k).mapv_inplace(|v| v / length);
        t.column_mut(k).mapv_inplace(|v| v / length);
    }
    (q, t)
}

/// Fits a regression with flat coefficients; its means must lie within a tenth of a deviation of the reference's and its
/// deviations within five hundredths of them.
fn assert_regression(
    x: &Array2<f64>,
    y: &Array1<f64>,
    noise: impl Fn(f64) -> NoisePrior,
    reference: &Reference,
) {
    let (q, t) = orthogonalise(x);
    let unit = (y.dot(y) / y.len() as f64).sqrt();
    let scaled: Vec<f64> = y.iter().map(|v| v / unit).collect();
    // These gradients have no variance at the optimum of a guide that can be exact (Roeder et al. 2017).
    let elbo = Elbo::default().sticking_the_landing();
    let moments = fit(&q, &scaled, &vec![FLAT; x.ncols()], noise(unit), elbo);
    let (gamma, sigma) = moments.split_at(x.ncols());
    let mut found: Vec<(f64, f64)> = t
        .outer_iter()
        .map(|row| {
            let mean: f64 = row.iter().zip(gamma).map(|(t, g)| t * g.0).sum();
            let variance: f64 = row.iter().zip(gamma).map(|(t, g)| (t * g.1).powi(2)).sum();
            (unit * mean, unit * variance.sqrt())
        })
        .collect();
    found.push((unit * sigma[0].0, unit * sigma[0].1));
    assert_eq!(found.len(), reference.mean.len());
    for (k, &(mean, sd)) in found.iter().enumerate() {
        let (m, s) = (reference.mean[k], reference.sd[k]);
        assert!((mean - m).abs() < 0.1 * s, "parameter {k}: mean {mean}, expected {m} within a tenth of {s}");
        // A mean-field guide gives the logarithm of the noise the deviation `1 / sqrt(2 (n - 1))`, by setting the
        // derivatives of the ELBO to zero, where the posterior has one nearer to `1 / sqrt(2 (n - 1 - d))`.
        let noise = k == x.ncols();
        let s = if noise { mean / (2.0 * (y.len() - 1) as f64).sqrt() } else { s };
        assert!((sd / s - 1.0).abs() < 0.05, "parameter {k}: deviation {sd}, expected {s}");
    }
}

/// The posterior is not quite Gaussian where there are few data: a normal guide is narrower than Student's t. With `n - d`
/// degrees of freedom of 39 that is .974, which the tolerance of 5 % covers.
#[test]
fn logmesquite() {
    let data = json(include_str!("data/mesquite.json"));
    let log = |name: &str| column(&data, name).mapv(f64::ln);
    let ones = Array1::ones(46);
    let names = ["diam1", "diam2", "canopy_height", "total_height", "density"];
    let mut columns = vec![ones];
    columns.extend(names.map(log));
    columns.push(column(&data, "group"));
    let reference = reference(include_str!("data/mesquite-logmesquite.json"));
    assert_regression(&matrix(&columns), &log("weight"), |_| NoisePrior::HalfNormal(FLAT), &reference);
}

#[test]
fn kidscore_momhsiq() {
    let data = json(include_str!("data/kidiq.json"));
    let x = matrix(&[Array1::ones(434), column(&data, "mom_hs"), column(&data, "mom_iq")]);
    let reference = reference(include_str!("data/kidiq-kidscore_momhsiq.json"));
    assert_regression(&x, &column(&data, "kid_score"), |unit| NoisePrior::HalfCauchy(2.5 / unit), &reference);
}

#[test]
fn logearn_height() {
    let data = json(include_str!("data/earnings.json"));
    let x = matrix(&[Array1::ones(1192), column(&data, "height")]);
    let reference = reference(include_str!("data/earnings-logearn_height.json"));
    let y = column(&data, "earn").mapv(f64::ln);
    assert_regression(&x, &y, |_| NoisePrior::HalfNormal(FLAT), &reference);
}

#[test]
fn nes1972() {
    let data = json(include_str!("data/nes1972.json"));
    let age = column(&data, "age_discrete");
    let is = |level: f64| age.mapv(|a| f64::from(u8::from(a == level)));
    let x = matrix(&[
        Array1::ones(1330),
        column(&data, "real_ideo"),
        column(&data, "race_adj"),
        is(2.0),
        is(3.0),
        is(4.0),
        column(&data, "educ1"),
        column(&data, "gender"),
        column(&data, "income"),
    ]);
    let reference = reference(include_str!("data/nes1972-nes.json"));
    assert_regression(&x, &column(&data, "partyid7"), |_| NoisePrior::HalfNormal(FLAT), &reference);
}

/// Five independent predictors and a normal prior of deviation 10: the basis is used for the flat part only, and the prior
/// moves a mean of 1 with a deviation of .001 by 1e-8.
#[test]
fn sblri() {
    let data = json(include_str!("data/sblri.json"));
    let rows: Vec<f64> = data["X"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| r.as_array().unwrap())
        .map(|v| v.as_f64().unwrap())
        .collect();
    let x = Array2::from_shape_vec((100, 5), rows).unwrap();
    let reference = reference(include_str!("data/sblri-blr.json"));
    assert_regression(&x, &column(&data, "y"), |unit| NoisePrior::HalfNormal(10.0 / unit), &reference);
}

/// Where the posterior is Gaussian with precision `P`, the best mean-field guide has the deviations `1 / sqrt(P_kk)`
/// (MacKay 2003, section 33.2): here with the predictors as they are but for their units, against the inverse of the
/// reference's covariance.
#[test]
fn mean_field_deviations_are_those_of_the_precision() {
    let data = json(include_str!("data/kidiq.json"));
    let mut x = matrix(&[Array1::ones(434), column(&data, "mom_hs"), column(&data, "mom_iq")]);
    let y = column(&data, "kid_score");
    let root_mean_square = |v: &Array1<f64>| (v.dot(v) / v.len() as f64).sqrt();
    let units: Vec<f64> = x.columns().into_iter().map(|c| root_mean_square(&c.to_owned())).collect();
    for (mut c, unit) in x.columns_mut().into_iter().zip(&units) {
        c.mapv_inplace(|v| v / unit);
    }
    let unit = root_mean_square(&y);
    let scaled: Vec<f64> = y.iter().map(|v| v / unit).collect();
    let found = fit(&x, &scaled, &[FLAT; 3], NoisePrior::HalfCauchy(2.5 / unit), Elbo::default());

    let reference = reference(include_str!("data/kidiq-kidscore_momhsiq.json"));
    let covariance = Array2::from_shape_fn((4, 4), |(i, j)| reference.covariance[i][j].as_f64().unwrap());
    let precision = inverse(covariance);
    for k in 0..3 {
        let (mean, sd) = (found[k].0 * unit / units[k], found[k].1 * unit / units[k]);
        let expected = precision[[k, k]].sqrt().recip();
        assert!((mean - reference.mean[k]).abs() < 0.1 * reference.sd[k], "{k}: {mean}");
        assert!((sd / expected - 1.0).abs() < 0.04, "coefficient {k}: deviation {sd}, expected {expected}");
    }
}

/// Returns the inverse by Gauss and Jordan's elimination, without pivots: the matrix is positive definite.
fn inverse(mut a: Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    let mut b = Array2::<f64>::eye(n);
    for k in 0..n {
        let pivot = a[[k, k]];
        a.row_mut(k).mapv_inplace(|v| v / pivot);
        b.row_mut(k).mapv_inplace(|v| v / pivot);
        for i in (0..n).filter(|&i| i != k) {
            let c = a[[i, k]];
            let (ak, bk) = (a.row(k).to_owned(), b.row(k).to_owned());
            a.row_mut(i).scaled_add(-c, &ak);
            b.row_mut(i).scaled_add(-c, &bk);
        }
    }
    b
}

#[model]
fn schools(y: &[f64], error: &[f64]) {
    let tau = sample!("tau", HalfCauchy::new(5.0));
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    plate!("school", y.len(), |j| {
        let theta = sample!("theta", Normal::new(mu, tau));
        observe!("y", Normal::new(theta, error.at(j)), y.at(j));
    });
}

/// Given `tau` the posterior is Gaussian: `mu` follows its logarithm by a line, and the effects have their exact conditional
/// distribution.
#[guide(schools)]
fn schools_guide(y: &[f64], error: &[f64]) {
    let tau = sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.5, Positive)));
    let loc = param!("mu_loc", 4.0) + param!("mu_slope", 0.0) * tau.ln();
    let mu = sample!("mu", Normal::new(loc, param!("mu_scale", 1.0, Positive)));
    plate!("school", y.len(), |j| {
        let (prior, data) = (tau.powi(-2), error.at(j).powi(-2));
        let precision = prior + data;
        sample!("theta", Normal::new((mu * prior + y.at(j) * data) / precision, precision.powf(-0.5)));
    });
}

#[test]
fn eight_schools() {
    let data = json(include_str!("data/eight_schools.json"));
    let (y, error) = (column(&data, "y").to_vec(), column(&data, "sigma").to_vec());
    let adam = Adam::new(Schedule::cosine(0.02, 4_000));
    let mut svi = Svi::new(schools(&y, &error), schools_guide(&y, &error), Elbo::default(), adam).seed(1);
    for _ in 0..4_000 {
        svi.step().unwrap();
    }
    let summary = svi.posterior().draws(40_000).unwrap().summary();
    let reference = reference(include_str!("data/eight_schools-eight_schools_noncentered.json"));
    let mut rows: Vec<_> = (0..8).map(|j| summary.row("theta", &[j]).unwrap()).collect();
    rows.push(summary.row("mu", &[]).unwrap());
    rows.push(summary.row("tau", &[]).unwrap());
    for (k, row) in rows.into_iter().enumerate() {
        let (m, s) = (reference.mean[k], reference.sd[k]);
        assert!(
            (row.mean - m).abs() < 0.1 * s,
            "parameter {k}: mean {}, expected {m} within a tenth of {s}",
            row.mean
        );
    }
}

#[model]
fn two_normals(y: &[f64]) {
    let mu = sample!("mu", Normal::new(Tensor::zeros(&[2]), 2.0));
    let sigma = plate!("component", 2, |_k| sample!("sigma", HalfNormal::new(2.0)));
    let theta = sample!("theta", Beta::new(5.0, 5.0));
    plate!("i", y.len(), |i| {
        // The component of value zero is Stan's second, as theta is the probability of its first.
        let first = sample!("first", Bernoulli::new(theta), enumerate);
        observe!("y", Normal::new(mu.at(first), sigma.at(first)), y.at(i));
    });
}

/// Stan's order of the components is that of the first locations.
#[guide(two_normals)]
fn two_normals_guide(_y: &[f64]) {
    let loc = param!("mu_loc", &[2.0, -2.0]);
    sample!("mu", Normal::new(loc, param!("mu_scale", init::full([2], 0.1), Positive)));
    plate!("component", 2, |_k| {
        sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
    });
    sample!("theta", Beta::new(param!("a", 50.0, Positive), param!("b", 50.0, Positive)));
}

#[test]
fn low_dim_gauss_mix() {
    let data = json(include_str!("data/low_dim_gauss_mix.json"));
    let reference = reference(include_str!("data/low_dim_gauss_mix-low_dim_gauss_mix.json"));
    let y = column(&data, "y").to_vec();
    let adam = Adam::new(Schedule::cosine(0.02, STEPS));
    let mut svi = Svi::new(two_normals(&y), two_normals_guide(&y), Elbo::default(), adam).seed(1);
    for _ in 0..STEPS {
        svi.step().unwrap();
    }
    let summary = svi.posterior().draws(20_000).unwrap().summary();
    let sites: [(&str, &[usize]); 5] =
        [("mu", &[1]), ("mu", &[0]), ("sigma", &[1]), ("sigma", &[0]), ("theta", &[])];
    for (k, (site, index)) in sites.into_iter().enumerate() {
        let found = summary.row(site, index).unwrap().mean;
        let error = (found - reference.mean[k]) / reference.sd[k];
        assert!(
            error.abs() < 0.1,
            "{site} {index:?}: {found}, {error} deviations from {}",
            reference.mean[k]
        );
    }
}

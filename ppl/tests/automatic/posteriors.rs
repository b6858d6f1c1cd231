//! The twelve posteriors of posteriordb in `ppl/tests/data`, in raw columns, fitted without a guide.

use ndarray::{Array1, Array2, Axis};
use ppl::prelude::*;
use ppl::{Fitted, Guide, GuidedBy, Model, auto, fit};
use serde_json::Value;

#[model]
fn flat(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Flat::new().expand(&[x.ncols()]), on(RealLine));
    let sigma = sample!("sigma", Flat::on(Positive), on(Positive));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
fn cauchy_noise(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Flat::new().expand(&[x.ncols()]), on(RealLine));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
fn normal_noise(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 10.0).expand(&[x.ncols()]));
    let sigma = sample!("sigma", HalfNormal::new(10.0));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
fn autoregression(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 10.0).expand(&[x.ncols()]));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("i", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), sigma), y.at(i)));
}

#[model]
fn kilpisjarvi(x: &[f64], y: &[f64]) {
    let alpha = sample!("alpha", Normal::new(9.31290322580645, 100.0));
    let beta = sample!("beta", Normal::new(0.0, 0.0333333333333333));
    let sigma = sample!("sigma", Flat::on(Positive), on(Positive));
    plate!("i", y.len(), |i| observe!("y", Normal::new(alpha + beta * x.at(i), sigma), y.at(i)));
}

#[model]
fn noncentred(y: &[f64], error: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.len(), |j| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        observe!("y", Normal::new(theta, error.at(j)), y.at(j));
    });
}

#[model]
fn mixture(y: &[f64]) {
    let mu = sample!("mu", Sorted::new(Normal::new(0.0, 2.0), 2));
    let sigma = sample!("sigma", HalfNormal::new(2.0).expand(&[2]));
    let theta = sample!("theta", Beta::new(5.0, 5.0));
    plate!("i", y.len(), |i| {
        let k = sample!("k", Bernoulli::new(1.0 - theta), enumerate);
        observe!("y", Normal::new(mu.at(k).to_real(), sigma.at(k).to_real()), y.at(i));
    });
}

#[model]
fn hmm(y: &[f64]) {
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
fn garch(y: &[f64], sigma1: f64) {
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
fn gaussian_process(distances: &Array2<f64>, y: &[f64]) {
    let rho = sample!("rho", Gamma::new(25.0, 4.0));
    let alpha = sample!("alpha", HalfNormal::new(2.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let covariance = (Tensor::from(distances) * (-0.5 * rho.powi(-2))).exp() * alpha.powi(2)
        + Tensor::eye(y.len()) * sigma;
    observe!("y", MultivariateNormal::new(Tensor::zeros(&[y.len()]), covariance.cholesky()), y);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn column(data: &Value, name: &str) -> Array1<f64> {
    data[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(columns: &[Array1<f64>]) -> Array2<f64> {
    let views: Vec<_> = columns.iter().map(|c| c.view()).collect();
    ndarray::stack(Axis(1), &views).unwrap()
}

/// A number of the reference, with the site and the element that it is called here.
type Named<'a> = (&'a str, &'a str, &'a [usize]);

/// What a fit came to.
struct Outcome {
    k_hat: f64,
    reliable: bool,
    /// The largest distance of a shown mean from the reference's, in reference deviations, and of a deviation, relative.
    shown: [f64; 2],
    /// The same of the guide's own numbers.
    raw: [f64; 2],
    /// Whether one of these is off and not marked, although the guide is said to be near.
    unmarked: bool,
    converged: bool,
}

fn judge<M, G>(what: &str, fitted: &Fitted<M, G>, reference: &str, names: &[Named]) -> Outcome
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    let reference = json(reference);
    let summary = fitted.summary();
    let (mut shown, mut raw, mut unmarked) = ([0.0_f64; 2], [0.0_f64; 2], false);
    for &(theirs, ours, indices) in names {
        let of = |number: &str| reference["summary"][theirs][number].as_f64().unwrap();
        let (mean, sd) = (of("mean"), of("sd"));
        let row = summary.row(ours, indices).unwrap();
        let off = |m: f64, s: f64| [(m - mean).abs() / sd, (s / sd - 1.0).abs()];
        let (a, b) = (off(row.mean, row.deviation), off(row.raw_mean, row.raw_deviation));
        for k in 0..2 {
            shown[k] = shown[k].max(a[k]);
            raw[k] = raw[k].max(b[k]);
        }
        unmarked |= !row.is_off && b.iter().any(|&off| off > 0.15);
    }
    let (k_hat, converged) = (fitted.trust().k_hat, fitted.report().converged);
    println!(
        "{what}: k-hat {k_hat:.2}, ess {:.0}, shown {shown:.3?}, raw {raw:.3?}, {}",
        fitted.trust().effective_size,
        fitted.report()
    );
    let reliable = fitted.trust().is_reliable();
    unmarked &= reliable;
    Outcome { k_hat, reliable, shown, raw, unmarked, converged }
}

/// Where the guide is said to be near, the shown numbers are right, and what is off is marked.
#[track_caller]
fn assert_honest(found: &Outcome) {
    if found.reliable {
        assert!(found.shown[0] < 0.1 && found.shown[1] < 0.1, "shown {:?}", found.shown);
        assert!(!found.unmarked, "raw {:?}", found.raw);
    }
}

/// A full-rank guide is near a regression's posterior by itself.
#[track_caller]
fn assert_near(found: &Outcome) {
    assert!(found.converged && found.reliable && found.k_hat <= 0.7, "k-hat {}", found.k_hat);
    // Of 46 rows and 7 coefficients the posterior's deviation of the noise is 1 / sqrt(2 * 38) of it or a little more, and that of the
    // best normal guide 1 / sqrt(2 * 45), so that it is a tenth narrower.
    assert!(found.raw[0] < 0.1 && found.raw[1] < 0.115, "raw {:?}", found.raw);
}

macro_rules! both {
    ($model:expr, $reference:literal, $names:expr, $near:expr) => {{
        let most = if $near { 100_000 } else { 25_000 };
        let reference = include_str!(concat!("../data/", $reference, ".json"));
        let full = fit($model).guide(auto::FullRank).steps(most).seed(1).run().unwrap();
        let full = judge(concat!($reference, ", full rank"), &full, reference, $names);
        assert_honest(&full);
        if $near {
            assert_near(&full);
        }
        // As far as these steps take it: a fit that is not near must say so.
        let field = fit($model).steps(10_000).seed(1).run().unwrap();
        assert_honest(&judge(concat!($reference, ", mean field"), &field, reference, $names));
    }};
}

fn coefficients(names: &'static [&'static str]) -> Vec<Named<'static>> {
    const PLACES: [[usize; 1]; 9] = [[0], [1], [2], [3], [4], [5], [6], [7], [8]];
    let mut all: Vec<Named> = names.iter().zip(&PLACES).map(|(&name, at)| (name, "beta", &at[..])).collect();
    all.push(("sigma", "sigma", &[]));
    all
}

const BETA: [&str; 9] =
    ["beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]", "beta[6]", "beta[7]", "beta[8]", "beta[9]"];

#[test]
fn kidiq() {
    let data = json(include_str!("../data/kidiq.json"));
    let x = matrix(&[Array1::ones(434), column(&data, "mom_hs"), column(&data, "mom_iq")]);
    let y = column(&data, "kid_score").to_vec();
    both!(cauchy_noise(&x, &y), "kidiq-kidscore_momhsiq", &coefficients(&BETA[..3]), true);
}

#[test]
fn mesquite() {
    let data = json(include_str!("../data/mesquite.json"));
    let log = |name: &str| column(&data, name).mapv(f64::ln);
    let mut columns = vec![Array1::ones(46)];
    columns.extend(["diam1", "diam2", "canopy_height", "total_height", "density"].map(log));
    columns.push(column(&data, "group"));
    let (x, y) = (matrix(&columns), log("weight").to_vec());
    both!(flat(&x, &y), "mesquite-logmesquite", &coefficients(&BETA[..7]), true);
}

#[test]
fn earnings() {
    let data = json(include_str!("../data/earnings.json"));
    let x = matrix(&[Array1::ones(1192), column(&data, "height")]);
    let y = column(&data, "earn").mapv(f64::ln).to_vec();
    both!(flat(&x, &y), "earnings-logearn_height", &coefficients(&BETA[..2]), true);
}

#[test]
fn nes() {
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
    let y = of("partyid7").to_vec();
    both!(flat(&x, &y), "nes1972-nes", &coefficients(&BETA), true);
}

#[test]
fn sblri() {
    let data = json(include_str!("../data/sblri.json"));
    let rows = data["X"].as_array().unwrap().iter().flat_map(|r| r.as_array().unwrap());
    let rows: Vec<f64> = rows.map(|v| v.as_f64().unwrap()).collect();
    let x = Array2::from_shape_vec((100, 5), rows).unwrap();
    let y = column(&data, "y").to_vec();
    both!(normal_noise(&x, &y), "sblri-blr", &coefficients(&BETA[..5]), true);
}

#[test]
fn ark() {
    let y = column(&json(include_str!("../data/arK.json")), "y").to_vec();
    let mut columns = vec![Array1::ones(y.len() - 5)];
    columns.extend((1..=5).map(|lag| Array1::from_vec(y[5 - lag..y.len() - lag].to_vec())));
    let x = matrix(&columns);
    let names = &["alpha", "beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]"];
    both!(autoregression(&x, &y[5..]), "arK-arK", &coefficients(names), true);
}

#[test]
fn kilpisjarvi_years() {
    let data = json(include_str!("../data/kilpisjarvi_mod.json"));
    let (x, y) = (column(&data, "x").to_vec(), column(&data, "y").to_vec());
    let names: [Named; 3] = [("alpha", "alpha", &[]), ("beta", "beta", &[]), ("sigma", "sigma", &[])];
    both!(kilpisjarvi(&x, &y), "kilpisjarvi_mod-kilpisjarvi", &names, true);
}

#[test]
fn eight_schools() {
    let data = json(include_str!("../data/eight_schools.json"));
    let (y, error) = (column(&data, "y").to_vec(), column(&data, "sigma").to_vec());
    let names: [Named; 4] =
        [("theta[1]", "theta", &[0]), ("theta[8]", "theta", &[7]), ("mu", "mu", &[]), ("tau", "tau", &[])];
    both!(noncentred(&y, &error), "eight_schools-eight_schools_noncentered", &names, false);
}

#[test]
fn low_dim_gauss_mix() {
    let y = column(&json(include_str!("../data/low_dim_gauss_mix.json")), "y").to_vec();
    let names: [Named; 5] = [
        ("mu[1]", "mu", &[0]),
        ("mu[2]", "mu", &[1]),
        ("sigma[1]", "sigma", &[0]),
        ("sigma[2]", "sigma", &[1]),
        ("theta", "theta", &[]),
    ];
    both!(mixture(&y), "low_dim_gauss_mix-low_dim_gauss_mix", &names, false);
}

#[test]
fn hmm_example() {
    let y = column(&json(include_str!("../data/hmm_example.json")), "y").to_vec();
    let names: [Named; 4] = [
        ("theta1[1]", "theta1", &[0]),
        ("theta2[2]", "theta2", &[1]),
        ("mu[1]", "low", &[]),
        ("mu[2]", "high", &[]),
    ];
    both!(hmm(&y), "hmm_example-hmm_example", &names, false);
}

#[test]
fn garch11() {
    let data = json(include_str!("../data/garch.json"));
    let y = column(&data, "y").to_vec();
    let names: [Named; 4] =
        [("mu", "mu", &[]), ("alpha0", "alpha0", &[]), ("alpha1", "alpha1", &[]), ("beta1", "beta1", &[])];
    both!(garch(&y, data["sigma1"].as_f64().unwrap()), "garch-garch11", &names, false);
}

#[test]
fn gp_regression() {
    let data = json(include_str!("../data/gp_pois_regr.json"));
    let (x, y) = (column(&data, "x"), column(&data, "y").to_vec());
    let distances = Array2::from_shape_fn((11, 11), |(i, j)| (x[i] - x[j]).powi(2));
    let names: [Named; 3] = [("rho", "rho", &[]), ("alpha", "alpha", &[]), ("sigma", "sigma", &[])];
    both!(gaussian_process(&distances, &y), "gp_pois_regr-gp_regr", &names, false);
}

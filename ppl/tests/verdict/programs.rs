//! The programs of the suite: conjugate, hierarchical, discrete, subsampled, in large and in small units.

use ndarray::Array2;
use ppl::prelude::*;

#[model]
pub fn normal_mean(x: &[f64], prior: f64, noise: f64) {
    let mu = sample!("mu", Normal::new(0.0, prior));
    plate!("row", x.len(), |i| observe!("x", Normal::new(mu, noise), x.at(i)));
}

#[guide(normal_mean)]
pub fn normal_mean_guide(scale: f64) {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", scale, Positive)));
}

#[model]
pub fn coin(heads: i64, throws: f64) {
    let p = sample!("p", Beta::new(2.0, 2.0));
    observe!("heads", Binomial::new(throws, p), heads);
}

#[guide(coin)]
pub fn coin_guide() {
    sample!("p", Beta::new(param!("a", 1.0, Positive), param!("b", 1.0, Positive)));
}

pub const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
pub const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

/// Eight schools (Rubin 1981), as posteriordb has it: not centred, centred, and centred with a guide that follows.
#[model]
pub fn schools_apart(y: &[f64], error: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * eta, error.at(j)), y.at(j));
    });
}

#[guide(schools_apart)]
pub fn schools_apart_guide(schools: usize) {
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
    plate!("school", schools, |_j| {
        sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 0.1, Positive)));
    });
}

#[model]
pub fn schools(y: &[f64], error: &[f64]) {
    let tau = sample!("tau", HalfCauchy::new(5.0));
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    plate!("school", y.len(), |j| {
        let theta = sample!("theta", Normal::new(mu, tau));
        observe!("y", Normal::new(theta, error.at(j)), y.at(j));
    });
}

#[guide(schools)]
pub fn schools_mean_field(schools: usize) {
    sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
    plate!("school", schools, |_j| {
        sample!("theta", Normal::new(param!("theta_loc", 0.0), param!("theta_scale", 0.1, Positive)));
    });
}

#[guide(schools)]
pub fn schools_following(y: &[f64], error: &[f64]) {
    let tau = sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.5, Positive)));
    let loc = param!("mu_loc", 4.0) + param!("mu_slope", 0.0) * tau.ln();
    let mu = sample!("mu", Normal::new(loc, param!("mu_scale", 1.0, Positive)));
    plate!("school", y.len(), |j| {
        let (prior, data) = (tau.powi(-2), error.at(j).powi(-2));
        let precision = prior + data;
        sample!("theta", Normal::new((mu * prior + y.at(j) * data) / precision, precision.powf(-0.5)));
    });
}

/// A line through few points far from the origin: level and slope are strongly correlated.
#[model]
pub fn line(x: &[f64], y: &[f64]) {
    let level = sample!("level", Normal::new(0.0, 10.0));
    let slope = sample!("slope", Normal::new(0.0, 10.0));
    let noise = sample!("noise", HalfNormal::new(2.0));
    plate!("row", x.len(), |i| observe!("y", Normal::new(level + slope * x.at(i), noise), y.at(i)));
}

#[guide(line)]
pub fn line_guide() {
    sample!("level", Normal::new(param!("level_loc", 0.0), param!("level_scale", 0.1, Positive)));
    sample!("slope", Normal::new(param!("slope_loc", 0.0), param!("slope_scale", 0.1, Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), param!("noise_scale", 0.1, Positive)));
}

/// Failures of ten pumps of a power plant (Gaver and O'Muircheartaigh 1987; BUGS Examples, "Pumps").
pub const HOURS: [f64; 10] = [94.3, 15.7, 62.9, 126.0, 5.24, 31.4, 1.05, 1.05, 2.1, 10.5];
pub const FAILURES: [i64; 10] = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22];

#[model]
pub fn pumps(hours: &[f64], failures: &[i64]) {
    let alpha = sample!("alpha", Exponential::new(1.0));
    let beta = sample!("beta", Gamma::new(0.1, 1.0));
    plate!("pump", hours.len(), |i| {
        let rate = sample!("rate", Gamma::new(alpha, beta));
        observe!("failures", Poisson::new(rate * hours.at(i)), failures.at(i));
    });
}

#[guide(pumps)]
pub fn pumps_guide(pumps: usize) {
    sample!("alpha", LogNormal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
    sample!("beta", LogNormal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
    plate!("pump", pumps, |_i| {
        sample!("rate", LogNormal::new(param!("loc", 0.0), param!("scale", 0.1, Positive)));
    });
}

/// Six causes, of which three effects tell: the guide's draws are discrete, and its gradients those of scores.
#[model]
pub fn causes() {
    let z = plate!("cause", 6, |_k| sample!("z", Bernoulli::new(0.3)).to_real());
    let weights =
        [[1.5, 0.5, 2.0, -1.0, 0.0, 1.0], [0.0, 2.0, -1.5, 1.0, 1.0, 0.5], [1.0, -1.0, 0.5, 2.0, -0.5, 0.0]];
    for (j, (row, seen)) in weights.iter().zip([true, true, false]).enumerate() {
        observe!("effect"[j], Bernoulli::logits(z.dot(row) - 1.0), seen);
    }
}

#[guide(causes)]
pub fn causes_guide() {
    plate!("cause", 6, |_k| {
        sample!("z", Bernoulli::logits(param!("logit", 0.0)));
    });
}

/// A logistic regression on rows that are drawn anew in each step.
#[model]
pub fn logistic(x: &Array2<f64>, y: &[bool], batch: usize) {
    let w = plate!("feature", 3, |_k| sample!("w", Normal::new(0.0, 2.0)));
    plate!("row", x.nrows(), subsample(batch), |i| {
        observe!("y", Bernoulli::logits(x.at(i).dot(w)), y.at(i));
    });
}

#[guide(logistic)]
pub fn logistic_guide() {
    plate!("feature", 3, |_k| {
        sample!("w", Normal::new(param!("loc", 0.0), param!("scale", 0.1, Positive)));
    });
}

/// Neal's funnel, without data.
#[model]
pub fn funnel() {
    let v = sample!("v", Normal::new(0.0, 3.0));
    plate!("dimension", 9, |_i| {
        sample!("x", Normal::new(0.0, (0.5 * v).exp()));
    });
}

#[guide(funnel)]
pub fn funnel_guide() {
    sample!("v", Normal::new(param!("v_loc", 0.0), param!("v_scale", 1.0, Positive)));
    plate!("dimension", 9, |_i| {
        sample!("x", Normal::new(param!("loc", 1.0), param!("scale", 1.0, Positive)));
    });
}

/// Seeds that germinated on 21 plates, by type and extract (Crowder 1978; BUGS Examples, "Seeds").
pub const GERMINATED: [i64; 21] =
    [10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3];
pub const SEEDS: [f64; 21] = [
    39.0, 62.0, 81.0, 51.0, 39.0, 6.0, 74.0, 72.0, 51.0, 79.0, 13.0, 16.0, 30.0, 28.0, 45.0, 4.0, 12.0, 41.0,
    30.0, 51.0, 7.0,
];

#[model]
pub fn seeds(n: &[f64], r: &[i64]) {
    let a = plate!("effect", 4, |_k| sample!("a", Normal::new(0.0, 10.0)));
    let v = sample!("v", InverseGamma::new(0.001, 0.001));
    let kind: Vec<f64> = (0..21).map(|i| f64::from(u8::from(i >= 11))).collect();
    let extract: Vec<f64> = (0..21).map(|i| f64::from(u8::from((5..11).contains(&i) || i >= 16))).collect();
    let both: Vec<f64> = kind.iter().zip(&extract).map(|(k, e)| k * e).collect();
    plate!("plate", n.len(), |i| {
        let b = sample!("b", Normal::new(0.0, v.sqrt()));
        let fixed = a.at(0).to_real() + a.at(1) * kind.at(i) + a.at(2) * extract.at(i) + a.at(3) * both.at(i);
        observe!("germinated", Binomial::logits(n.at(i), fixed + b), r.at(i));
    });
}

#[guide(seeds)]
pub fn seeds_guide(plates: usize) {
    plate!("effect", 4, |_k| {
        sample!("a", Normal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
    });
    sample!("v", LogNormal::new(param!("v_loc", -2.0), param!("v_scale", 0.3, Positive)));
    plate!("plate", plates, |_i| {
        sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
    });
}

/// Two normal components, posteriordb's `low_dim_gauss_mix`.
#[model]
pub fn two_normals(y: &[f64]) {
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
pub fn two_normals_guide(_y: &[f64]) {
    let loc = param!("mu_loc", &[2.0, -2.0]);
    sample!("mu", Normal::new(loc, param!("mu_scale", init::full([2], 0.1), Positive)));
    plate!("component", 2, |_k| {
        sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
    });
    sample!("theta", Beta::new(param!("a", 50.0, Positive), param!("b", 50.0, Positive)));
}

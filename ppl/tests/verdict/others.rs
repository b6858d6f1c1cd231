//! Programs of the second half: hierarchies, series, heavy tails, collapsed scales, plateaus, discrete draws.

use crate::more::columns;
use ndarray::{Array1, Array2, array};
use ppl::prelude::*;

/// Explosions in British coal mines by year (Jarrett 1979), and where a year is not before another.
pub fn disasters() -> (Vec<usize>, Array2<f64>) {
    let counts: Vec<usize> =
        columns(include_str!("../../../examples/data/coal.csv"))[1].iter().map(|&n| n as usize).collect();
    let years = counts.len();
    let later = Array2::from_shape_fn((years, years), |(change, year)| f64::from(u8::from(year >= change)));
    (counts, later)
}

#[model]
pub fn change_point(counts: &[usize], later: &Array2<f64>) {
    let early = sample!("early", Exponential::new(1.0));
    let late = sample!("late", Exponential::new(1.0));
    let years = counts.len();
    let change = sample!("change", Categorical::new(Tensor::full(&[years], 1.0 / years as f64)), enumerate);
    let after = later.at(change);
    plate!("year", years, |t| {
        let rate = early + (late - early) * after.at(t).to_real();
        observe!("count", Poisson::new(rate), counts.at(t));
    });
}

#[guide(change_point)]
pub fn change_point_guide() {
    sample!("early", LogNormal::new(param!("early_loc", 0.5), param!("early_scale", 0.1, Positive)));
    sample!("late", LogNormal::new(param!("late_loc", 0.0), param!("late_scale", 0.1, Positive)));
}

#[model]
pub fn two_rates(counts: &[usize]) {
    let share = param!("share", 0.5, UnitInterval);
    let rate = param!("rate", array![0.5, 5.0], PositiveOrdered);
    plate!("year", counts.len(), |t| {
        let bad = sample!("bad", Bernoulli::new(share), enumerate);
        observe!("count", Poisson::new(rate.at(bad)), counts.at(t));
    });
}

#[guide(two_rates)]
pub fn no_sites() {}

pub fn eruptions() -> (Vec<f64>, Vec<f64>) {
    let found = columns(include_str!("../../../examples/data/faithful.csv"));
    (found[0].clone(), found[1].clone())
}

#[model]
pub fn geyser(minutes: &[f64], waiting: &[f64]) {
    let share = sample!("share", Beta::new(1.0, 1.0));
    let length = plate!("kind", 2, |_k| sample!("length", Normal::new(3.0, 2.0)));
    let length_sd = plate!("kind", 2, |_k| sample!("length_sd", HalfNormal::new(1.0)));
    let wait = plate!("kind", 2, |_k| sample!("wait", Normal::new(70.0, 20.0)));
    let wait_sd = plate!("kind", 2, |_k| sample!("wait_sd", HalfNormal::new(10.0)));
    plate!("eruption", minutes.len(), |i| {
        let long = sample!("long", Bernoulli::new(share), enumerate);
        observe!("minutes", Normal::new(length.at(long), length_sd.at(long)), minutes.at(i));
        observe!("waiting", Normal::new(wait.at(long), wait_sd.at(long)), waiting.at(i));
    });
}

#[guide(geyser)]
pub fn geyser_guide(start: &Array1<f64>) {
    sample!("share", Beta::new(param!("share_a", 10.0, Positive), param!("share_b", 10.0, Positive)));
    plate!("kind", 2, |_k| {
        let length = param!("length_loc", init::per_element(start));
        sample!("length", Normal::new(length, param!("length_scale", 0.1, Positive)));
        sample!("length_sd", LogNormal::new(param!("a", -1.0), param!("b", 0.1, Positive)));
        sample!("wait", Normal::new(param!("wait_loc", 70.0), param!("wait_scale", 1.0, Positive)));
        sample!("wait_sd", LogNormal::new(param!("c", 2.0), param!("d", 0.1, Positive)));
    });
}

/// The annual flow of the Nile, in hundreds.
pub fn nile() -> Vec<f64> {
    columns(include_str!("../../../examples/data/nile.csv"))[2].iter().map(|flow| flow / 100.0).collect()
}

/// A level that moves by independent steps: sums of a hundred sites.
#[model]
pub fn level(y: &[f64]) {
    let first = sample!("first", Normal::new(10.0, 5.0));
    let drift = sample!("drift", HalfNormal::new(1.0));
    let noise = sample!("noise", HalfNormal::new(3.0));
    let step = sample!("step", Normal::new(0.0, 1.0).expand(&[y.len()]));
    let mean = step.cumsum(0) * drift + first;
    plate!("year", y.len(), |t| observe!("y", Normal::new(mean.at(t), noise), y.at(t)));
}

#[guide(level)]
pub fn level_guide(years: usize) {
    sample!("first", Normal::new(param!("first_loc", 10.0), param!("first_scale", 0.1, Positive)));
    sample!("drift", LogNormal::new(param!("drift_loc", -1.0), param!("drift_scale", 0.1, Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), param!("noise_scale", 0.1, Positive)));
    let loc = param!("step_loc", init::zeros([years]));
    sample!("step", Normal::new(loc, param!("step_scale", init::full([years], 0.3), Positive)));
}

/// Twelve growth curves of five points, at ages that are not centred.
pub fn growth() -> ([f64; 5], Array2<f64>) {
    let x = [8.0, 15.0, 22.0, 29.0, 36.0];
    let y = Array2::from_shape_fn((12, 5), |(i, t)| {
        let (i, t) = (i as f64, t as f64);
        106.0
            + 8.0 * (2.0 * i).sin()
            + (6.2 + 0.5 * (3.0 * i).cos()) * (8.0 + 7.0 * t) / 1.0
            + 5.0 * (11.0 * i + 7.0 * t).sin()
    });
    (x, y / 10.0)
}

#[model]
pub fn curves(x: &[f64], y: &Array2<f64>) {
    let level = sample!("level", Normal::new(0.0, 20.0));
    let slope = sample!("slope", Normal::new(0.0, 5.0));
    let level_sd = sample!("level_sd", HalfNormal::new(2.0));
    let slope_sd = sample!("slope_sd", HalfNormal::new(1.0));
    let noise = sample!("noise", HalfNormal::new(2.0));
    plate!("curve", y.nrows(), |i| {
        let a = sample!("a", Normal::new(level, level_sd));
        let b = sample!("b", Normal::new(slope, slope_sd));
        for (t, age) in x.iter().enumerate() {
            observe!("y"[t], Normal::new(a + b * *age, noise), y.at(i).at(t).to_real());
        }
    });
}

#[guide(curves)]
pub fn curves_guide(curves: usize) {
    sample!("level", Normal::new(param!("level_loc", 0.0), param!("level_scale", 0.1, Positive)));
    sample!("slope", Normal::new(param!("slope_loc", 0.0), param!("slope_scale", 0.1, Positive)));
    sample!("level_sd", LogNormal::new(param!("p", -1.0), param!("q", 0.1, Positive)));
    sample!("slope_sd", LogNormal::new(param!("r", -1.0), param!("s", 0.1, Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", -1.0), param!("noise_scale", 0.1, Positive)));
    plate!("curve", curves, |_i| {
        sample!("a", Normal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
        sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
    });
}

/// Brownlee's stack loss: air flow, temperature and acid, in raw columns (Brownlee 1965, section 13.12).
pub fn stack_loss() -> (Array2<f64>, Vec<f64>) {
    const ROWS: [[f64; 4]; 21] = [
        [80.0, 27.0, 89.0, 42.0],
        [80.0, 27.0, 88.0, 37.0],
        [75.0, 25.0, 90.0, 37.0],
        [62.0, 24.0, 87.0, 28.0],
        [62.0, 22.0, 87.0, 18.0],
        [62.0, 23.0, 87.0, 18.0],
        [62.0, 24.0, 93.0, 19.0],
        [62.0, 24.0, 93.0, 20.0],
        [58.0, 23.0, 87.0, 15.0],
        [58.0, 18.0, 80.0, 14.0],
        [58.0, 18.0, 89.0, 14.0],
        [58.0, 17.0, 88.0, 13.0],
        [58.0, 18.0, 82.0, 11.0],
        [58.0, 19.0, 93.0, 12.0],
        [50.0, 18.0, 89.0, 8.0],
        [50.0, 18.0, 86.0, 7.0],
        [50.0, 19.0, 72.0, 8.0],
        [50.0, 19.0, 79.0, 8.0],
        [50.0, 20.0, 80.0, 9.0],
        [56.0, 20.0, 82.0, 15.0],
        [70.0, 20.0, 91.0, 15.0],
    ];
    let x = Array2::from_shape_fn((21, 4), |(i, k)| if k == 0 { 1.0 } else { ROWS[i][k - 1] / 10.0 });
    (x, ROWS.iter().map(|row| row[3] / 10.0).collect())
}

/// A regression with heavy tails.
#[model]
pub fn robust(x: &Array2<f64>, y: &[f64]) {
    let beta = sample!("beta", Normal::new(0.0, 10.0).expand(&[x.ncols()]));
    let noise = sample!("noise", HalfNormal::new(2.0));
    plate!("row", y.len(), |i| observe!("y", StudentT::new(2.0, x.at(i).dot(beta), noise), y.at(i)));
}

#[guide(robust)]
pub fn robust_guide(columns: usize) {
    let loc = param!("loc", init::zeros([columns]));
    sample!("beta", Normal::new(loc, param!("scale", init::full([columns], 0.1), Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), param!("noise_scale", 0.1, Positive)));
}

/// Eight columns of which two matter.
pub fn sparse() -> (Array2<f64>, Vec<f64>) {
    let x = Array2::from_shape_fn((30, 8), |(i, k)| ((1.1 + 0.37 * k as f64) * i as f64 + k as f64).sin());
    let y = (0..30).map(|i| 2.0 * x[[i, 1]] - 1.5 * x[[i, 5]] + 0.3 * (7.7 * i as f64).sin()).collect();
    (x, y)
}

/// The horseshoe of Carvalho et al. (2010): most local scales want to be nothing.
#[model]
pub fn horseshoe(x: &Array2<f64>, y: &[f64]) {
    let all = sample!("all", HalfCauchy::new(0.5));
    let own = sample!("own", HalfCauchy::new(1.0).expand(&[x.ncols()]));
    let z = sample!("z", Normal::new(0.0, 1.0).expand(&[x.ncols()]));
    let noise = sample!("noise", HalfNormal::new(1.0));
    let beta = z * own * all;
    plate!("row", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(beta), noise), y.at(i)));
}

#[guide(horseshoe)]
pub fn horseshoe_guide(columns: usize) {
    sample!("all", LogNormal::new(param!("all_loc", -1.0), param!("all_scale", 0.1, Positive)));
    let own = param!("own_loc", init::zeros([columns]));
    sample!("own", LogNormal::new(own, param!("own_scale", init::full([columns], 0.1), Positive)));
    let z = param!("z_loc", init::zeros([columns]));
    sample!("z", Normal::new(z, param!("z_scale", init::full([columns], 0.1), Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", -1.0), param!("noise_scale", 0.1, Positive)));
}

/// Ten groups that hardly differ: the scale between them collapses.
pub const ALIKE: [f64; 10] = [0.1, -0.2, 0.05, 0.3, -0.1, 0.0, 0.15, -0.25, 0.2, -0.05];

#[model]
pub fn groups(y: &[f64], error: f64) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    let v = sample!("v", InverseGamma::new(0.5, 0.05));
    plate!("group", y.len(), |j| {
        let theta = sample!("theta", Normal::new(mu, v.sqrt()));
        observe!("y", Normal::new(theta, error), y.at(j));
    });
}

#[guide(groups)]
pub fn groups_guide(groups: usize) {
    sample!("mu", Normal::new(param!("mu_loc", 2.0), param!("mu_scale", 0.1, Positive)));
    sample!("v", LogNormal::new(param!("v_loc", -4.0), param!("v_scale", 0.1, Positive)));
    plate!("group", groups, |_j| {
        sample!("theta", Normal::new(param!("theta_loc", 0.0), param!("theta_scale", 0.01, Positive)));
    });
}

/// Five switches, whose effects are seen with noise: the guide's draws are discrete.
pub const SIGNALS: [f64; 5] = [1.1, -0.3, 2.2, 0.6, 1.5];

#[model]
pub fn switches(y: &[f64]) {
    let on = plate!("switch", y.len(), |_k| sample!("on", Bernoulli::new(0.4)).to_real());
    let size = sample!("size", Normal::new(1.0, 0.5));
    for (k, y) in y.iter().enumerate() {
        let neighbour = on.at((k + 1) % 5).to_real();
        observe!("y"[k], Normal::new(size * (on.at(k).to_real() + 0.5 * neighbour), 0.5), *y);
    }
}

#[guide(switches)]
pub fn switches_guide(switches: usize) {
    plate!("switch", switches, |_k| {
        sample!("on", Bernoulli::logits(param!("logit", 0.0)));
    });
    sample!("size", Normal::new(param!("size_loc", 1.0), param!("size_scale", 0.1, Positive)));
}

pub fn curve() -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..30).map(|i| -3.0 + 0.2 * f64::from(i)).collect();
    let y = x.iter().map(|x| 3.0 / (1.0 + (-2.0 * (x - 0.5)).exp()) + 0.1 * (9.0 * x).sin()).collect();
    (x, y)
}

/// A sigmoid that begins where it is flat at all data.
#[model]
pub fn sigmoid(x: &[f64], y: &[f64]) {
    let height = sample!("height", Normal::new(0.0, 5.0));
    let steep = sample!("steep", Normal::new(0.0, 5.0));
    let middle = sample!("middle", Normal::new(0.0, 5.0));
    let noise = sample!("noise", HalfNormal::new(1.0));
    plate!("point", x.len(), |i| {
        let mean = height * (steep * (x.at(i) - middle)).sigmoid();
        observe!("y", Normal::new(mean, noise), y.at(i));
    });
}

#[guide(sigmoid)]
pub fn sigmoid_guide() {
    sample!("height", Normal::new(param!("h", 1.0), param!("h_scale", 0.1, Positive)));
    sample!("steep", Normal::new(param!("s", 3.0), param!("s_scale", 0.1, Positive)));
    sample!("middle", Normal::new(param!("m", 6.0), param!("m_scale", 0.1, Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), param!("noise_scale", 0.1, Positive)));
}

/// Hits and times at bat of the first six of Efron and Morris (1975).
pub const HITS: [i64; 6] = [18, 17, 16, 15, 14, 14];
pub const BATS: [f64; 6] = [45.0; 6];

#[model]
pub fn shares(hits: &[i64], bats: &[f64]) {
    let mean = sample!("mean", Beta::new(2.0, 4.0));
    let size = sample!("size", Gamma::new(2.0, 0.05));
    plate!("player", hits.len(), |i| {
        let p = sample!("p", Beta::new(mean * size, (1.0 - mean) * size));
        observe!("hits", Binomial::new(bats.at(i), p), hits.at(i));
    });
}

#[guide(shares)]
pub fn shares_guide(players: usize) {
    sample!("mean", Beta::new(param!("mean_a", 5.0, Positive), param!("mean_b", 10.0, Positive)));
    sample!("size", LogNormal::new(param!("size_loc", 3.0), param!("size_scale", 0.1, Positive)));
    plate!("player", players, |_i| {
        sample!("p", Beta::new(param!("a", 5.0, Positive), param!("b", 10.0, Positive)));
    });
}

pub fn classes() -> (Array2<f64>, Vec<usize>) {
    let x = Array2::from_shape_fn((90, 3), |(i, k)| {
        let t = i as f64;
        [1.0, (1.7 * t).sin() + (i % 3) as f64, (0.9 * t).cos() - 0.5 * (i % 3) as f64][k]
    });
    (x, (0..90).map(|i| i % 3).collect())
}

/// A regression with three classes, whose logits have one direction too many.
#[model]
pub fn softmax(x: &Array2<f64>, y: &[usize]) {
    let w = sample!("w", Normal::new(0.0, 3.0).expand(&[3, 3]));
    plate!("row", y.len(), |i| observe!("y", Categorical::logits(w.matmul(x.at(i))), y.at(i)));
}

#[guide(softmax)]
pub fn softmax_guide() {
    let loc = param!("loc", init::zeros([3, 3]));
    sample!("w", Normal::new(loc, param!("scale", init::full([3, 3], 0.1), Positive)));
}

pub const COUNTS: [i64; 8] = [0, 2, 15, 3, 1, 40, 6, 0];

/// Rates with gamma proposals, whose draws move by implicit derivatives.
#[model]
pub fn rates(counts: &[i64]) {
    let shape = sample!("shape", Exponential::new(1.0));
    let scale = sample!("scale", HalfCauchy::new(5.0));
    plate!("unit", counts.len(), |i| {
        let rate = sample!("rate", Gamma::new(shape, scale.recip()));
        observe!("count", Poisson::new(rate), counts.at(i));
    });
}

#[guide(rates)]
pub fn rates_guide(units: usize) {
    sample!("shape", LogNormal::new(param!("shape_loc", 0.0), param!("shape_scale", 0.1, Positive)));
    sample!("scale", LogNormal::new(param!("scale_loc", 0.0), param!("scale_scale", 0.1, Positive)));
    plate!("unit", units, |_i| {
        sample!("rate", Gamma::new(param!("a", 2.0, Positive), param!("b", 1.0, Positive)));
    });
}

pub fn counted() -> (Array2<f64>, Vec<i64>) {
    let x = Array2::from_shape_fn((200, 2), |(i, k)| if k == 0 { 1.0 } else { (0.7 * i as f64).sin() });
    let y = (0..200).map(|i| (1.0 + 0.8 * x[[i, 1]] + 0.4 * (3.3 * i as f64).sin()).exp().round() as i64);
    let y = y.collect();
    (x, y)
}

#[model]
pub fn poisson(x: &Array2<f64>, y: &[i64], batch: usize) {
    let w = sample!("w", Normal::new(0.0, 3.0).expand(&[2]));
    plate!("row", y.len(), subsample(batch), |i| {
        observe!("y", Poisson::new(x.at(i).dot(w).exp()), y.at(i));
    });
}

#[guide(poisson)]
pub fn poisson_guide() {
    let loc = param!("loc", init::zeros([2]));
    sample!("w", Normal::new(loc, param!("scale", init::full([2], 0.1), Positive)));
}

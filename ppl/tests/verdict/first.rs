//! The first half of the suite: the rule was made with these.

use crate::more::*;
use crate::programs::*;
use crate::suite::{How, Outcome, Program, program};
use crate::surgical::*;
use crate::twelve::{self, cauchy_noise, flat, json, noncentred, normal_noise};
use ndarray::Array2;
use ppl::auto;

pub const X: [f64; 10] = [1.2, 0.3, -0.4, 2.1, 0.9, 1.7, -0.2, 0.8, 1.1, 0.5];

const DRAWS: usize = 20_000;

fn in_units(by: f64, from: f64) -> [f64; 10] {
    X.map(|x| from + by * x)
}

/// A wave on a line, far from the origin.
fn waves() -> (Vec<f64>, Vec<f64>) {
    let at: Vec<f64> = (0..20).map(|i| 3.0 + 0.1 * f64::from(i)).collect();
    let wave = |i: usize| (7.0 * i as f64).sin();
    let y = at.iter().enumerate().map(|(i, x)| 1.0 - 0.5 * x + 0.3 * wave(i)).collect();
    (at, y)
}

fn labelled() -> (Array2<f64>, Vec<bool>) {
    let rows = Array2::from_shape_fn((500, 3), |(i, k)| {
        let t = i as f64;
        [1.0, (1.3 * t).sin(), (0.7 * t + 1.0).cos()][k]
    });
    let score =
        |i: usize| 0.5 * rows[[i, 0]] + 1.5 * rows[[i, 1]] - rows[[i, 2]] + 1.5 * (3.1 * i as f64).sin();
    let labels = (0..500).map(|i| score(i) > 0.0).collect();
    (rows, labels)
}

pub fn mixed() -> Vec<f64> {
    let data = json(include_str!("../data/low_dim_gauss_mix.json"));
    data["y"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub fn programs() -> Vec<Program> {
    vec![
        program!("normal", (13.4424, 0.0047), |how| {
            how.session(normal_mean(&X, 1.0, 1.0), normal_mean_guide(1.0), DRAWS)
        }),
        program!("large units", (61.5755, 0.0048), |how| {
            how.session(normal_mean(&in_units(100.0, 400.0), 1000.0, 100.0), normal_mean_guide(1.0), DRAWS)
        }),
        program!("small units", (-28.3409, 0.0049), |how| {
            how.session(normal_mean(&in_units(0.01, 0.0), 1.0, 0.01), normal_mean_guide(1.0), DRAWS)
        }),
        program!("coin", (3.1624, 0.0047), |how| how.session(coin(20, 30.0), coin_guide(), DRAWS)),
        program!("schools apart", (31.5925, 0.0090), |how| {
            how.session(schools_apart(&EFFECTS, &ERRORS), schools_apart_guide(8), DRAWS)
        }),
        program!("schools", (33.4024, 0.0084), |how| {
            how.session(schools(&EFFECTS, &ERRORS), schools_mean_field(8), DRAWS)
        }),
        program!("schools, following", (31.3837, 0.0073), |how| {
            how.session(schools(&EFFECTS, &ERRORS), schools_following(&EFFECTS, &ERRORS), DRAWS)
        }),
        program!("pumps", (37.3321, 0.0082), |how| {
            how.session(pumps(&HOURS, &FAILURES), pumps_guide(10), DRAWS)
        }),
        program!("seeds", (78.9246, 0.0233), |how| {
            how.session(seeds(&SEEDS, &GERMINATED), seeds_guide(21), DRAWS)
        }),
        program!("funnel", (1.8686, 0.0050), |how| how.session(funnel(), funnel_guide(), DRAWS)),
        program!("line", (12.1094, 0.0104), |how| {
            let (x, y) = waves();
            how.session(line(&x, &y), line_guide(), DRAWS)
        }),
        program!("logistic, rows", (231.0741, 0.0094), |how| {
            let (x, y) = labelled();
            how.session(logistic(&x, &y, 50), logistic_guide(), DRAWS)
        }),
        program!("causes", (1.9635, 0.0062), |how| how.session(causes(), causes_guide(), DRAWS)),
        program!("two normals", (2115.7309, 0.0293), |how| {
            let y = mixed();
            how.session(two_normals(&y), two_normals_guide(&y), 2_000)
        }),
        program!("surgical", (54.0417, 0.0173), |how| {
            how.session(surgical(&OPERATIONS, &DEATHS), surgical_guide(&OPERATIONS), DRAWS)
        }),
        program!("kidiq, field", (1879.0695, 0.0114), |how| {
            let (x, y) = twelve::kidiq();
            how.fit(cauchy_noise(&x, &y), auto::MeanField, DRAWS)
        }),
        program!("mesquite, rank", (20.6129, 0.0029), |how| {
            let (x, y) = twelve::mesquite();
            how.fit(flat(&x, &y), auto::FullRank, DRAWS)
        }),
        program!("apart, rank", (31.5312, 0.0075), |how| {
            let (y, error) = twelve::eight_schools();
            how.fit(noncentred(&y, &error), auto::FullRank, DRAWS)
        }),
        program!("sblri, field", (184.8849, 0.0116), |how| {
            let (x, y) = twelve::sblri();
            how.fit(normal_noise(&x, &y), auto::MeanField, DRAWS)
        }),
        program!("collinear", (30.6646, 0.0115), |how| {
            let (x, y) = collinear();
            how.session(regression(&x, &y), regression_guide(3), DRAWS)
        }),
        program!("far Cauchy", (18.8939, 0.0051), |how| {
            how.session(cauchy_rows(&X.map(|x| 30.0 + x)), cauchy_rows_guide(), DRAWS)
        }),
        program!("golf, field", (194.6374, 0.0094), |how| {
            let (feet, tries, made) = putts();
            how.session(golf(&feet, &tries, &made), golf_guide(), DRAWS)
        }),
    ]
}

mod programs;
mod surgical;

use ppl::prelude::*;
use programs::*;
use surgical::*;

macro_rules! judged {
    ($name:literal, $steps:expr, $elbo:expr, $model:expr, $guide:expr) => {
        if std::env::var("ONLY").map_or(true, |o| $name.contains(&o)) {
            let steps = std::env::var("STEPS").map_or($steps, |s| s.parse().unwrap());
            let t = std::time::Instant::now();
            let mut svi = Svi::new($model, $guide, $elbo, Adam::new(0.01)).seed(1);
            let report = svi.run(steps).unwrap();
            let took = t.elapsed();
            let e = svi.evaluate(20_000).unwrap();
            let mut best = (f64::INFINITY, 0.0);
            let mut at = String::new();
            if let Ok(long) = std::env::var("LONG") {
                let long: u64 = long.parse().unwrap();
                for rate in [0.03, 0.01, 0.003] {
                    let adam = Adam::new(Schedule::cosine(rate, long));
                    let mut svi = Svi::new($model, $guide, $elbo, adam).seed(7);
                    for _ in 0..long {
                        svi.step().unwrap();
                    }
                    let e = svi.evaluate(20_000).unwrap();
                    at += &format!(" {rate}: {:.4}", e.loss);
                    if e.loss < best.0 {
                        best = (e.loss, e.standard_error);
                    }
                }
            }
            println!(
                "{:<16} {report} | left {:.4}+-{:.4} gap {:.4} [{at}] {took:?}",
                $name,
                e.loss,
                e.standard_error,
                e.loss - best.0
            );
        }
    };
}

#[test]
fn explore() {
    let x = [1.2, 0.3, -0.4, 2.1, 0.9, 1.7, -0.2, 0.8, 1.1, 0.5];
    let large: Vec<f64> = x.iter().map(|x| 400.0 + 100.0 * x).collect();
    let small: Vec<f64> = x.iter().map(|x| 0.01 * x).collect();
    let at: Vec<f64> = (0..20).map(|i| 3.0 + 0.1 * f64::from(i)).collect();
    let y: Vec<f64> =
        at.iter().enumerate().map(|(i, x)| 1.0 - 0.5 * x + 0.3 * (7.0 * i as f64).sin()).collect();
    let rows = ndarray::Array2::from_shape_fn((500, 3), |(i, k)| {
        let t = i as f64;
        [1.0, (1.3 * t).sin(), (0.7 * t + 1.0).cos()][k]
    });
    let labels: Vec<bool> = rows
        .outer_iter()
        .enumerate()
        .map(|(i, r)| 0.5 * r[0] + 1.5 * r[1] - r[2] + 1.5 * (3.1 * i as f64).sin() > 0.0)
        .collect();
    let mix: serde_json::Value =
        serde_json::from_str(include_str!("../data/low_dim_gauss_mix.json")).unwrap();
    let mix: Vec<f64> = mix["y"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    judged!("normal", 60_000, Elbo::default(), normal_mean(&x, 1.0, 1.0), normal_mean_guide(1.0));
    judged!("large", 100_000, Elbo::default(), normal_mean(&large, 1000.0, 100.0), normal_mean_guide(1.0));
    judged!("small", 60_000, Elbo::default(), normal_mean(&small, 1.0, 0.01), normal_mean_guide(1.0));
    judged!("coin", 60_000, Elbo::default(), coin(20, 30.0), coin_guide());
    judged!("surgical", 60_000, Elbo::default(), surgical(&OPERATIONS, &DEATHS), surgical_guide(&OPERATIONS));
    judged!("mixture", 20_000, Elbo::default(), two_normals(&mix), two_normals_guide(&mix));
    judged!(
        "schools_apart",
        60_000,
        Elbo::default(),
        schools_apart(&EFFECTS, &ERRORS),
        schools_apart_guide(8)
    );
    judged!("schools_mean_field", 60_000, Elbo::default(), schools(&EFFECTS, &ERRORS), schools_mean_field(8));
    judged!(
        "schools_following",
        60_000,
        Elbo::default(),
        schools(&EFFECTS, &ERRORS),
        schools_following(&EFFECTS, &ERRORS)
    );
    judged!("line", 60_000, Elbo::default(), line(&at, &y), line_guide());
    judged!("pumps", 60_000, Elbo::default(), pumps(&HOURS, &FAILURES), pumps_guide(10));
    judged!("causes", 60_000, Elbo::default(), causes(), causes_guide());
    judged!("logistic", 60_000, Elbo::default(), logistic(&rows, &labels, 50), logistic_guide());
    judged!("funnel", 60_000, Elbo::default(), funnel(), funnel_guide());
    judged!("seeds", 60_000, Elbo::default(), seeds(&SEEDS, &GERMINATED), seeds_guide(21));
}

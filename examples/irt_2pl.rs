//! Item response theory: how hard five questions of a law school admission test are, and how well they tell people apart.
//!
//! Bock and Lieberman (1970), Fitting a response model for n dichotomously scored items, whose 1,000 answers to section 6 these are, by way of the BUGS
//! examples; the two-parameter logistic model, with abilities summed out over a grid, is that of Bock and Aitkin (1981), Marginal maximum likelihood estimation of
//! item parameters.

use ndarray::{Array1, Array2};
use ppl::prelude::*;
use ppl::table::Table;

const ITEMS: [&str; 5] = ["item1", "item2", "item3", "item4", "item5"];

/// A person of ability `t` answers question `k` with log-odds `slope[k] * t + easiness[k]`. Of each pattern of answers the probability is a sum over abilities,
/// which are normal: 21 of them, with their weights.
#[model]
fn two_parameters(right: &Array2<f64>, persons: &[i64], grid: &[f64], log_weights: &[f64]) {
    let slope = plate!("item", 5, |_k| sample!("slope", LogNormal::new(0.0, 0.5)));
    let easiness = plate!("item", 5, |_k| sample!("easiness", Normal::new(0.0, 3.0)));
    let abilities = Tensor::from(&Array1::from(grid.to_vec()));
    // Log-odds, `[21, 5]`, and the log-probabilities of the patterns at each ability, `[32, 21]`.
    let odds = abilities.reshape(&[grid.len(), 1]) * slope.reshape(&[1, 5]) + easiness;
    let wrong = 1.0 - right;
    let log_right = -(-odds).softplus();
    let log_wrong = -odds.softplus();
    let by_ability = Tensor::from(right).matmul(log_right.transpose())
        + Tensor::from(&wrong).matmul(log_wrong.transpose());
    let log_probabilities =
        (by_ability + Tensor::from(&Array1::from(log_weights.to_vec()))).logsumexp_over(1);
    let total = persons.iter().sum::<i64>() as f64;
    observe!("persons", Multinomial::logits(total, log_probabilities), persons);
}

/// Posterior means and deviations of slopes and easiness by four chains of 90,000 steps of adaptive Metropolis, written apart.
const SLOPES: [(f64, f64); 5] =
    [(0.822, 0.220), (0.751, 0.174), (0.872, 0.207), (0.728, 0.170), (0.717, 0.181)];
const EASINESS: [(f64, f64); 5] =
    [(2.785, 0.189), (1.001, 0.0904), (0.250, 0.0752), (1.301, 0.0984), (2.089, 0.1335)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_reader("lsat.csv", include_str!("data/lsat.csv").as_bytes())?;
    let (right, persons) = (table.matrix(&ITEMS)?, table.integers("persons")?);
    let right = Array2::from_shape_vec((right.rows, right.columns), right.values)?;
    let grid: Vec<f64> = (0..21).map(|k| 0.5 * (f64::from(k) - 10.0)).collect();
    let total: f64 = grid.iter().map(|t| (-0.5 * t * t).exp()).sum();
    let log_weights: Vec<f64> = grid.iter().map(|t| -0.5 * t * t - total.ln()).collect();

    let model = two_parameters(&right, &persons, &grid, &log_weights);
    let fitted = fit(model)
        .guide(auto::FullRank)
        .steps(4_000)
        .seed(1)
        .run()?
        .labelled("slope", ITEMS)?
        .labelled("easiness", ITEMS)?;
    let summary = fitted.summary();
    println!("{summary}");

    assert!(fitted.trust().is_reliable(), "{:?}", fitted.trust());
    for (site, reference) in [("slope", SLOPES), ("easiness", EASINESS)] {
        for (item, (mean, sd)) in ITEMS.iter().zip(reference) {
            let row = summary.named(&format!("{site}[{item}]"))?;
            assert!((row.mean - mean).abs() < 0.15 * sd, "{}: {}, expected {mean}", row.name(), row.mean);
            assert!(
                (row.deviation / sd - 1.0).abs() < 0.1,
                "{}: {}, expected {sd}",
                row.name(),
                row.deviation
            );
        }
    }
    let hardest = ITEMS.iter().min_by(|a, b| {
        let easiness =
            |item: &str| summary.named(&format!("easiness[{item}]")).map_or(f64::NAN, |row| row.mean);
        easiness(a).total_cmp(&easiness(b))
    });
    println!("the hardest question is {}", hardest.ok_or("there are questions")?);
    Ok(())
}

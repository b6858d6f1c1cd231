//! Which loans go bad: logistic regression on 24 standardised attributes, tested on every fourth loan.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use ppl::prelude::*;

#[model]
fn credit(x: &Array2<f64>, bad: &[bool]) {
    let intercept = sample!("intercept", Normal::new(0.0, 2.5));
    let weight = plate!("attribute", x.ncols(), |_k| sample!("weight", Normal::new(0.0, 1.0)));
    plate!("loan", x.nrows(), |i| {
        observe!("bad", Bernoulli::logits(intercept + x.at(i).dot(weight)), bad.at(i));
    });
}

#[guide(credit)]
fn mean_field(x: &Array2<f64>, _bad: &[bool]) {
    sample!("intercept", Normal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
    plate!("attribute", x.ncols(), |_k| {
        sample!("weight", Normal::new(param!("loc", 0.0), param!("scale", 0.1, Positive)));
    });
}

/// The posterior means and deviations of the weights by NUTS (NumPyro 0.22: two chains of 4,000 draws after 1,000, on the
/// same loans, attributes and priors), and its test scores.
const REFERENCE: [(f64, f64); 24] = [
    (-0.640, 0.105),
    (0.478, 0.118),
    (-0.361, 0.107),
    (0.093, 0.123),
    (-0.361, 0.109),
    (-0.197, 0.109),
    (-0.116, 0.094),
    (0.020, 0.106),
    (0.127, 0.123),
    (0.060, 0.110),
    (-0.229, 0.091),
    (0.118, 0.106),
    (-0.024, 0.099),
    (-0.121, 0.107),
    (-0.389, 0.165),
    (0.333, 0.094),
    (-0.256, 0.120),
    (0.216, 0.132),
    (0.247, 0.125),
    (0.159, 0.162),
    (-0.104, 0.167),
    (-0.019, 0.105),
    (0.010, 0.151),
    (0.086, 0.146),
];
const REFERENCE_LOSS: f64 = 0.4773;
const REFERENCE_ACCURACY: f64 = 0.764;

/// Reads the attributes and whether each loan is bad.
fn read() -> ppl_examples::Read<(Array2<f64>, Vec<bool>)> {
    ppl_examples::loans(include_str!("data/german.csv"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut x, bad) = read()?;
    let (test, train): (Vec<usize>, Vec<usize>) = (0..bad.len()).partition(|i| i % 4 == 3);
    let seen = x.select(Axis(0), &train);
    let mean = seen.mean_axis(Axis(0)).ok_or("there are loans to learn from")?;
    x = (x - &mean) / &seen.std_axis(Axis(0), 0.0);
    let (seen, unseen) = (x.select(Axis(0), &train), x.select(Axis(0), &test));
    let outcomes: Vec<bool> = train.iter().map(|&i| bad[i]).collect();

    let adam = Adam::new(Schedule::cosine(0.02, 3_000));
    let mut svi =
        Svi::new(credit(&seen, &outcomes), mean_field(&seen, &outcomes), Elbo::default(), adam).seed(1);
    for _ in 0..3_000 {
        svi.step()?;
    }
    let draws = svi.posterior().draws(2_000)?;
    let summary = draws.summary();
    println!("attribute    mean  reference");
    for (k, (mean, sd)) in REFERENCE.into_iter().enumerate() {
        let found = summary.row("weight", &[k])?.mean;
        println!("{k:>9}  {found:>6.3}  {mean:>9.3}");
        assert!((found - mean).abs() < 0.15 * sd, "weight {k}: {found}, expected {mean}");
    }

    // The probability of a bad loan is the mean over the posterior, not the probability at the mean weights.
    let (intercept, weight) = (draws.get("intercept")?, draws.get("weight")?);
    let mut probability = Array1::<f64>::zeros(test.len());
    for s in 0..draws.count() {
        let w: ArrayView1<f64> = weight.index_axis(Axis(0), s).into_dimensionality()?;
        probability += &unseen.dot(&w).mapv(|logit| 1.0 / (1.0 + (-logit - intercept[[s]]).exp()));
    }
    probability /= draws.count() as f64;
    let (mut loss, mut right) = (0.0, 0);
    for (&p, &i) in probability.iter().zip(&test) {
        loss -= if bad[i] { p.ln() } else { (1.0 - p).ln() };
        right += usize::from((p > 0.5) == bad[i]);
    }
    let (loss, accuracy) = (loss / test.len() as f64, right as f64 / test.len() as f64);
    println!(
        "held out: log-loss {loss:.4} (reference {REFERENCE_LOSS}), accuracy {accuracy:.3} (reference {REFERENCE_ACCURACY})"
    );
    assert!((loss - REFERENCE_LOSS).abs() < 0.005 && (accuracy - REFERENCE_ACCURACY).abs() < 0.02);
    Ok(())
}

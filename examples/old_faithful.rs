//! Two kinds of eruptions of Old Faithful: a mixture of Gaussians, with the kind of each eruption summed out.
//!
//! Azzalini and Bowman (1990), A look at some data on the Old Faithful geyser, Applied Statistics 39.

use ndarray::{Array1, Axis, array};
use ppl::prelude::*;

#[model]
fn geyser(minutes: &[f64], waiting: &[f64]) {
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
fn mean_field(start: &Array1<f64>) {
    sample!("share", Beta::new(param!("share_a", 10.0, Positive), param!("share_b", 10.0, Positive)));
    plate!("kind", 2, |_k| {
        // The kinds have no order of their own; the first is to be the short one.
        let length = param!("length_loc", init::per_element(start));
        sample!("length", Normal::new(length, param!("length_scale", 0.1, Positive)));
        sample!("length_sd", LogNormal::new(param!("a", -1.0), param!("b", 0.1, Positive)));
        sample!("wait", Normal::new(param!("wait_loc", 70.0), param!("wait_scale", 1.0, Positive)));
        sample!("wait_sd", LogNormal::new(param!("c", 2.0), param!("d", 0.1, Positive)));
    });
}

/// The posterior means and deviations by NUTS (NumPyro 0.22: the same model with the kinds summed out by hand, 8,000 draws
/// after 1,000), and the number of long eruptions that it expects.
const REFERENCE: [(&str, usize, f64, f64); 8] = [
    ("length", 0, 2.038, 0.028),
    ("length", 1, 4.290, 0.032),
    ("length_sd", 0, 0.270, 0.020),
    ("length_sd", 1, 0.414, 0.023),
    ("wait", 0, 54.516, 0.605),
    ("wait", 1, 79.987, 0.462),
    ("wait_sd", 0, 5.913, 0.441),
    ("wait_sd", 1, 6.034, 0.327),
];
const REFERENCE_SHARE: (f64, f64) = (0.643, 0.029);
const REFERENCE_LONG: f64 = 175.0;

/// Reads the lengths of the eruptions and the waiting times that follow them, in minutes.
fn read() -> ppl_examples::Read<(Vec<f64>, Vec<f64>)> {
    ppl_examples::eruptions(include_str!("data/faithful.csv"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (minutes, waiting) = read()?;
    let start = array![2.0, 4.0];
    let adam = Adam::new(Schedule::cosine(0.05, 3_000));
    let mut svi = Svi::new(geyser(&minutes, &waiting), mean_field(&start), Elbo::default(), adam).seed(1);
    for _ in 0..3_000 {
        svi.step()?;
    }
    println!("{}", svi.elimination());
    let summary = svi.posterior().draws(4_000)?.summary();
    println!("                 mean      sd  reference");
    let check = |name: &str, row: &ppl::results::Row, mean: f64, sd: f64| {
        println!("{name:<12} {:>8.3} {:>7.3}  {mean:.3} ({sd:.3})", row.mean, row.deviation);
        assert!((row.mean - mean).abs() < 0.3 * sd, "{name}: {}, expected {mean}", row.mean);
        assert!((row.deviation / sd - 1.0).abs() < 0.3, "{name}: {}, expected {sd}", row.deviation);
    };
    for (name, kind, mean, sd) in REFERENCE {
        check(&format!("{name}[{kind}]"), summary.row(name, &[kind])?, mean, sd);
    }
    check("share", summary.row("share", &[])?, REFERENCE_SHARE.0, REFERENCE_SHARE.1);

    let marginals = svi.posterior().marginals(500)?;
    let chances = marginals.get("long").ok_or("the site that is summed out")?;
    let long: f64 = chances.index_axis(Axis(1), 1).sum();
    println!("long eruptions: {long:.1} of {}, reference {REFERENCE_LONG}", minutes.len());
    assert!((long - REFERENCE_LONG).abs() < 0.5);
    for (i, row) in chances.outer_iter().enumerate().filter(|(_, row)| row[1] > 0.02 && row[1] < 0.98) {
        println!(
            "in doubt: {:.3} min, then {} min: long with probability {:.2}",
            minutes[i], waiting[i], row[1]
        );
    }
    Ok(())
}

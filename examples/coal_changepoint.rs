//! When did mines become safer? The year of a change in the rate of disasters is summed out, and its posterior is exact.
//!
//! Jarrett (1979), A note on the intervals between coal-mining disasters, Biometrika 66.

use ndarray::Array2;
use ppl::prelude::*;

/// `later[[c, t]]` is one where year `t` is not before a change in year `c`.
#[model]
fn change_point(counts: &[usize], later: &Array2<f64>) {
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
fn rates(_counts: &[usize], _later: &Array2<f64>) {
    sample!(
        "early",
        Gamma::new(param!("early_shape", 100.0, Positive), param!("early_rate", 33.0, Positive))
    );
    sample!("late", Gamma::new(param!("late_shape", 50.0, Positive), param!("late_rate", 50.0, Positive)));
}

const FIRST_YEAR: usize = 1851;

fn read() -> ppl_examples::Read<Vec<usize>> {
    ppl_examples::disasters(include_str!("data/coal.csv"))
}

/// The posterior of the year and the two rates' means and deviations, in closed form: given the year, the rates have gamma
/// posteriors, and the evidence of each year is a ratio of gamma functions.
fn exact(counts: &[usize]) -> (Vec<f64>, [(f64, f64); 2]) {
    let ln_factorial = |n: usize| (1..=n).map(|k| (k as f64).ln()).sum::<f64>();
    let (years, all) = (counts.len(), counts.iter().sum::<usize>());
    let split = |c: usize| {
        let before: usize = counts[..c].iter().sum();
        [(before, 1.0 + c as f64), (all - before, 1.0 + (years - c) as f64)]
    };
    let log =
        |c| split(c).map(|(n, rate)| ln_factorial(n) - (n as f64 + 1.0) * rate.ln()).iter().sum::<f64>();
    let weights: Vec<f64> = (0..years).map(log).collect();
    let top = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = weights.iter().map(|w| (w - top).exp()).sum();
    let chances: Vec<f64> = weights.iter().map(|w| (w - top).exp() / total).collect();
    let moments = [0, 1].map(|side| {
        let (mut mean, mut square) = (0.0, 0.0);
        for (c, p) in chances.iter().enumerate() {
            let (n, rate) = split(c)[side];
            let shape = n as f64 + 1.0;
            mean += p * shape / rate;
            square += p * shape * (shape + 1.0) / (rate * rate);
        }
        (mean, (square - mean * mean).sqrt())
    });
    (chances, moments)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counts = read()?;
    let years = counts.len();
    let later = Array2::from_shape_fn((years, years), |(c, t)| if t >= c { 1.0 } else { 0.0 });
    let adam = Adam::new(Schedule::cosine(0.02, 3_000));
    let elbo = Elbo::default().particles(4);
    let mut svi = Svi::new(change_point(&counts, &later), rates(&counts, &later), elbo, adam).seed(1);
    for _ in 0..3_000 {
        svi.step()?;
    }
    print!("{}", svi.elimination());
    println!();
    let (chances, moments) = exact(&counts);
    let summary = svi.posterior().draws(10_000)?.summary();
    println!("rate      mean     sd  exact");
    for (name, (mean, sd)) in ["early", "late"].into_iter().zip(moments) {
        let row = summary.row(name, &[])?;
        println!("{name:<7} {:>6.3} {:>6.3}  {mean:.3} ({sd:.3})", row.mean, row.deviation);
        assert!((row.mean - mean).abs() < 0.1 * sd, "{name}: {}, expected {mean}", row.mean);
        assert!((row.deviation / sd - 1.0).abs() < 0.2, "{name}: {}, expected {sd}", row.deviation);
    }
    let marginals = svi.posterior().marginals(4_000)?;
    let found = marginals.get("change").ok_or("the site that is summed out")?;
    println!("\nyear of the change  probability  exact");
    for (c, (p, exact)) in found.iter().zip(&chances).enumerate().filter(|(_, (_, exact))| **exact > 0.03) {
        println!("{:<19} {p:>11.3}  {exact:.3}", FIRST_YEAR + c);
    }
    let apart = 0.5 * found.iter().zip(&chances).map(|(p, exact)| (p - exact).abs()).sum::<f64>();
    println!("distance in total variation: {apart:.3}");
    assert!(apart < 0.05, "the posterior of the year is {apart} from the exact one");
    Ok(())
}

//! Radon in the homes of 85 counties: county levels, partially pooled, and the effect of measuring on the first floor.
//!
//! Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, chapter 12.

use ppl::prelude::*;

#[model]
fn radon(counties: usize, county: &[usize], floor: &[f64], log_radon: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfNormal::new(1.0));
    let slope = sample!("slope", Normal::new(0.0, 2.0));
    let sigma = sample!("sigma", HalfNormal::new(2.0));
    let level = plate!("county", counties, |_c| sample!("level", Normal::new(mu, tau)));
    plate!("home", log_radon.len(), |i| {
        let expected = level.at(county.at(i)).to_real() + slope * floor.at(i);
        observe!("log_radon", Normal::new(expected, sigma), log_radon.at(i));
    });
}

#[guide(radon)]
fn mean_field(counties: usize) {
    sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
    sample!("tau", LogNormal::new(param!("tau_loc", -1.0), param!("tau_scale", 0.1, Positive)));
    sample!("slope", Normal::new(param!("slope_loc", 0.0), param!("slope_scale", 0.1, Positive)));
    sample!("sigma", LogNormal::new(param!("sigma_loc", 0.0), param!("sigma_scale", 0.1, Positive)));
    plate!("county", counties, |_c| {
        sample!("level", Normal::new(param!("level_loc", 0.0), param!("level_scale", 0.1, Positive)));
    });
}

/// The posterior means and deviations by NUTS (NumPyro, the same model not centred, two chains of 3,000 draws after 1,000).
const REFERENCE: [(&str, f64, f64); 4] =
    [("mu", 1.462, 0.053), ("slope", -0.693, 0.071), ("tau", 0.335, 0.046), ("sigma", 0.757, 0.018)];

/// The same of the levels of some counties, with 4 to 116 homes each and one with a single home.
const COUNTIES: [(&str, f64, f64); 7] = [
    ("AITKIN", 1.188, 0.254),
    ("ANOKA", 0.927, 0.100),
    ("HENNEPIN", 1.365, 0.072),
    ("ST LOUIS", 0.891, 0.070),
    ("GOODHUE", 1.814, 0.173),
    ("LAC QUI PARLE", 1.881, 0.304),
    ("MURRAY", 1.635, 0.316),
];

fn read() -> ppl_examples::Read<ppl_examples::Homes> {
    ppl_examples::homes(include_str!("data/radon.csv"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let homes = read()?;
    let counties = homes.names.len();
    let model = radon(counties, &homes.county, &homes.floor, &homes.log_radon);
    let adam = Adam::new(Schedule::cosine(0.02, 6_000));
    let mut svi = Svi::new(model, mean_field(counties), Elbo::default(), adam).seed(1);
    for _ in 0..6_000 {
        svi.step()?;
    }
    let summary = svi.posterior().draws(4_000)?.summary();
    println!("                   mean     sd  reference");
    for (name, mean, sd) in REFERENCE {
        let row = summary.row(name, &[])?;
        println!("{name:<16} {:>6.3} {:>6.3}  {mean:.3} ({sd:.3})", row.mean, row.deviation);
        // A mean-field guide matches the means; it understates the deviations of what the data only tell together.
        assert!((row.mean - mean).abs() < 0.3 * sd, "{name}: {}, expected {mean}", row.mean);
    }
    for (name, mean, sd) in COUNTIES {
        let number = homes.names.iter().position(|n| n == name).ok_or("a county of this name")?;
        let row = summary.row("level", &[number])?;
        println!("{name:<16} {:>6.3} {:>6.3}  {mean:.3} ({sd:.3})", row.mean, row.deviation);
        assert!((row.mean - mean).abs() < 0.3 * sd, "{name}: {}, expected {mean}", row.mean);
    }

    // The same without a guide, in three lines.
    let model = radon(counties, &homes.county, &homes.floor, &homes.log_radon);
    let fitted = fit(model)
        .guide(auto::LowRank::new(8))
        .steps(1_000)
        .draws(2_000)
        .seed(1)
        .run()?
        .labelled("level", homes.names)?;
    let summary = fitted.summary();

    println!("without a guide    mean     sd  reference");
    let levels = COUNTIES.map(|(name, mean, sd)| (format!("level[{name}]"), mean, sd));
    let others = REFERENCE.map(|(name, mean, sd)| (name.to_owned(), mean, sd));
    for (name, mean, sd) in others.into_iter().chain(levels) {
        let row = summary.named(&name)?;
        println!("{name:<16} {:>6.3} {:>6.3}  {mean:.3} ({sd:.3})", row.mean, row.deviation);
        assert!((row.mean - mean).abs() < 0.2 * sd, "{name}: {}, expected {mean}", row.mean);
    }
    summary.warnings().iter().for_each(|warning| println!("{warning}"));
    Ok(())
}

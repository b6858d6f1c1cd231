//! Neal's funnel: where independent normals, and dependent ones too, are far from a density, a summary says so; not centred it is easy.
//!
//! Neal (2003), Slice sampling, section 8: the logarithm `v` of a variance, and nine numbers of that variance.

use ppl::prelude::*;

const NUMBERS: usize = 9;

/// As it is written: the width of `x` depends on `v`, by a factor of 400 within two deviations of `v`.
#[model]
fn centred() {
    let v = sample!("v", Normal::new(0.0, 3.0));
    plate!("number", NUMBERS, |_i| sample!("x", Normal::new(0.0, (0.5 * v).exp())));
}

/// The same density of `v` and `x`, by numbers that do not depend on `v`.
#[model]
fn not_centred() {
    let v = sample!("v", Normal::new(0.0, 3.0));
    plate!("number", NUMBERS, |_i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        deterministic!("x", z * (0.5 * v).exp());
    });
}

/// The exact deviation of `v`.
const DEVIATION: f64 = 3.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let field = fit(centred()).steps(20_000).seed(1).run()?;
    println!("centred, mean field\n{}", field.summary());
    let full = fit(centred()).guide(auto::FullRank).steps(20_000).seed(1).run()?;
    println!("centred, full rank\n{}", full.summary());
    for (trust, summary) in [(field.trust(), field.summary()), (full.trust(), full.summary())] {
        // These are far off, and are said to be.
        assert!(summary.row("v", &[])?.deviation < 0.3 * DEVIATION, "{summary}");
        assert!(trust.k_hat > trust.threshold && !trust.is_reliable(), "{trust:?}");
        assert!(summary.warnings().iter().any(|w| w.contains("not near the posterior")), "{summary}");
    }

    let easy = fit(not_centred()).guide(auto::FullRank).seed(1).run()?;
    println!("not centred, full rank\n{}", easy.summary());
    let (summary, v) = (easy.summary(), easy.summary().row("v", &[])?.clone());
    assert!(summary.warnings().is_empty() && easy.trust().is_reliable(), "{summary}");
    // Of 4,000 draws, with five standard errors: of a mean, and of a deviation.
    assert!(v.mean.abs() < 0.08 * DEVIATION, "{v:?}");
    assert!((v.deviation / DEVIATION - 1.0).abs() < 0.056, "{v:?}");
    // Half of a normal distribution is within 0.6745 deviations, and so is half of each `x` within that of its draw of `v`.
    let draws = easy.draws();
    let (of_v, x) = (draws.get("v")?, draws.get("x")?);
    let within = x.indexed_iter().filter(|(i, x)| x.abs() < 0.674_49 * (0.5 * of_v[[i[0]]]).exp()).count();
    let share = within as f64 / x.len() as f64;
    println!("share of x within the quartiles: {share:.3}, expected 0.5");
    assert!((share - 0.5).abs() < 0.014, "{share}");
    Ok(())
}

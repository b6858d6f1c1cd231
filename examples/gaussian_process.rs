//! A Gaussian process: the trend of the flow of the Nile, from every fourth one of a hundred years.
//!
//! Rasmussen and Williams (2006), Gaussian Processes for Machine Learning: the squared exponential kernel (equation 2.31), the likelihood with the function
//! integrated out (2.30) and the mean of the function (2.25). Cobb (1978), The problem of the Nile, has the data and the drop after 1898.

use ndarray::Array2;
use ppl::prelude::*;
use ppl::table::Table;

/// Flows are a smooth function of the year, with noise on top. Of the function everything is known in closed form, given three numbers.
#[model]
fn process(squared_distances: &Array2<f64>, flow: &[f64]) {
    let mean = sample!("mean", Normal::new(1000.0, 300.0));
    let amplitude = sample!("amplitude", HalfNormal::new(200.0));
    let length = sample!("length", LogNormal::new(20f64.ln(), 0.7));
    let noise = sample!("noise", HalfNormal::new(200.0));

    let distances = Tensor::from(squared_distances);
    let kernel = amplitude * amplitude * (distances * (-0.5 / (length * length))).exp();
    let identity = Tensor::from(&Array2::<f64>::eye(flow.len()));
    let covariance = kernel + noise * noise * identity;
    let means = mean * Tensor::from(&ndarray::Array1::<f64>::ones(flow.len()));
    observe!("flow", MultivariateNormal::new(means, covariance.cholesky()), flow);

    let residuals = Tensor::from(&ndarray::Array1::from(flow.to_vec())) - mean;
    deterministic!("trend", mean + kernel.matmul(covariance.solve(residuals)));
}

/// Posterior means and deviations by quadrature over the three numbers, with the mean integrated out.
const REFERENCE: [(&str, f64, f64); 3] =
    [("amplitude", 200.70, 76.07), ("length", 22.07, 8.99), ("noise", 113.99, 20.04)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text: String = include_str!("data/nile.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let table = Table::from_reader("nile.csv", text.as_bytes())?;
    let every_fourth = |name: &str| -> Result<Vec<f64>, ppl::table::Error> {
        Ok(table.numbers(name)?.into_iter().step_by(4).collect())
    };
    let (years, flow) = (every_fourth("time")?, every_fourth("value")?);
    let squared = Array2::from_shape_fn((years.len(), years.len()), |(i, j)| (years[i] - years[j]).powi(2));

    let fitted =
        fit(process(&squared, &flow)).guide(auto::FullRank).steps(2_000).draws(2_000).seed(1).run()?;
    let fitted = fitted.labelled("trend", years.iter().map(|year| format!("{year}")))?;
    let summary = fitted.summary();
    for name in ["mean", "amplitude", "length", "noise", "trend[1883]", "trend[1899]", "trend[1919]"] {
        let row = summary.named(name)?;
        println!("{name:<12} {:>8.1} ({:.1})", row.mean, row.deviation);
    }
    summary.warnings().iter().for_each(|warning| println!("{warning}"));

    assert!(fitted.trust().is_reliable(), "{:?}", fitted.trust());
    for (name, mean, sd) in REFERENCE {
        let row = summary.row(name, &[])?;
        assert!((row.mean - mean).abs() < 0.15 * sd, "{name}: {}, expected {mean}", row.mean);
        assert!((row.deviation / sd - 1.0).abs() < 0.15, "{name}: {}, expected {sd}", row.deviation);
    }
    let drop = summary.named("trend[1883]")?.mean - summary.named("trend[1919]")?.mean;
    println!("between 1883 and 1919 the trend fell by {drop:.0}");
    assert!(drop > 150.0, "{drop}");
    Ok(())
}

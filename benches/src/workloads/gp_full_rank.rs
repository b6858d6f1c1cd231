//! Linear regression with correlated predictors and a full-rank guide, whose exact posterior and evidence are known.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::report::digits;
use crate::session::{Plan, measure};
use crate::trouble::Trouble;
use ndarray::Array1;
use ppl::results::Summary;
use ppl::{Parameters, Values};
use serde_json::{Map, Value, json};

const PLAN: Plan = Plan { rate: 0.01, draws: 10_000, shares: 1 };

/// The number of predictors.
const WIDTH: usize = 50;

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::WIDTH;
            use ndarray::{Array1, Array2};
            use ppl::prelude::*;

            #[model($element)]
            pub fn regression(x: &Array2<$element>, y: &[$element]) {
                let w = sample!("w", Normal::new(Tensor::zeros(&[WIDTH]), 1.0));
                plate!("N", y.len(), |i| observe!("y", Normal::new(x.at(i).dot(w), 0.5), y.at(i)));
            }

            #[guide(regression, $element)]
            pub fn full_rank() {
                let loc = param!("loc", init::zeros([WIDTH]));
                let factor = param!("factor", init::scaled_identity(WIDTH, 0.1), CovarianceCholesky);
                sample!("w", MultivariateNormal::new(loc, factor));
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let x: Array2<$element> = super::data::floats(arguments, "gp_x")?;
                let y: Array1<$element> = super::data::floats(arguments, "gp_y")?;
                let y = y.to_vec();
                let model = regression(&x, &y);
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(),
                    model,
                    full_rank(),
                    super::against_exact,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the reference point.
fn reference() -> Values {
    let w: Vec<f64> = (0..WIDTH).map(|j| 0.01 * j as f64).collect();
    Values::new().with("w", w)
}

/// Runs the workload.
///
/// # Errors
///
/// If its data cannot be read, or a step fails.
pub fn run(arguments: &Arguments) -> Result<String, Trouble> {
    match arguments.dtype {
        Dtype::F32 => single::run(arguments),
        Dtype::F64 => double::run(arguments),
    }
}

/// Adds how far the guide is from the exact posterior.
fn against_exact(
    arguments: &Arguments,
    summary: &Summary,
    _: &Parameters,
    posterior: &mut Map<String, Value>,
) -> Result<(), Trouble> {
    let mean: Array1<f64> = data::read(arguments, "gp_exact_mean")?;
    let deviation: Array1<f64> = data::read(arguments, "gp_exact_sd")?;
    let evidence: Array1<f64> = data::read(arguments, "gp_exact_logev")?;
    let rows = summary.site("w")?;
    let worst = rows.iter().zip(&mean).map(|(r, m)| (r.mean - m).abs()).fold(0.0, f64::max);
    let ratio = rows.iter().zip(&deviation).map(|(r, d)| r.deviation / d).sum::<f64>() / rows.len() as f64;
    posterior.insert("max_abs_mean_err".to_owned(), json!(digits(worst, 5)));
    posterior.insert("sd_ratio_mean".to_owned(), json!(digits(ratio, 5)));
    posterior.insert("exact_log_evidence".to_owned(), json!(evidence.sum()));
    Ok(())
}

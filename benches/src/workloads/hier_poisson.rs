//! A hierarchical Poisson regression: 20,000 counts in 500 groups, not centred, with a mean-field guide.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.01, draws: 500, shares: 1 };

/// The number of groups.
const GROUPS: usize = 500;

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::GROUPS;
            use ndarray::Array2;
            use ppl::prelude::*;

            #[model($element)]
            pub fn counts(group: &[usize], x: &Array2<$element>, y: &[usize]) {
                let mu = sample!("mu_a", Normal::new(0.0, 1.0));
                let sigma = sample!("sigma_a", HalfNormal::new(1.0));
                let beta = plate!("predictor", x.ncols(), |_k| sample!("beta", Normal::new(0.0, 1.0)));
                let z = plate!("G", GROUPS, |_g| sample!("z", Normal::new(0.0, 1.0)));
                let level: Tensor<$element> = mu + sigma * z;
                plate!("N", y.len(), |i| {
                    let log_rate = level.at(group.at(i)).to_real() + x.at(i).dot(beta);
                    observe!("y", Poisson::log_rate(log_rate), y.at(i));
                });
            }

            #[guide(counts, $element)]
            pub fn mean_field(x: &Array2<$element>) {
                sample!("mu_a", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
                sample!("sigma_a", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
                plate!("predictor", x.ncols(), |_k| {
                    sample!(
                        "beta",
                        Normal::new(param!("beta_loc", 0.0), param!("beta_scale", 0.1, Positive))
                    );
                });
                plate!("G", GROUPS, |_g| {
                    sample!("z", Normal::new(param!("z_loc", 0.0), param!("z_scale", 0.1, Positive)));
                });
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let group = super::data::naturals(arguments, "hp_g")?;
                let x: Array2<$element> = super::data::floats(arguments, "hp_x")?;
                let y = super::data::naturals(arguments, "hp_y")?;
                let model = counts(&group, &x, &y);
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(),
                    model,
                    mean_field(&x),
                    super::nothing_more,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the reference point.
fn reference() -> Values {
    let z: Vec<f64> = (0..GROUPS).map(|g| (g as f64).sin()).collect();
    let beta: Vec<f64> = (1..=4).map(|k| 0.1 * f64::from(k)).collect();
    Values::new().with("mu_a", 0.3).with("sigma_a", 0.7).with("z", z).with("beta", beta)
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

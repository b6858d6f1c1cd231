//! Eight schools (Rubin 1981), not centred, with a mean-field guide.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ndarray::Array1;

const PLAN: Plan = Plan { rate: 0.01, draws: 10_000 };

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use ppl::prelude::*;

            #[model($element)]
            pub fn eight_schools(sigma: &[$element], y: &[$element]) {
                let mu = sample!("mu", Normal::new(0.0, 5.0));
                let tau = sample!("tau", HalfCauchy::new(5.0));
                plate!("J", y.len(), |j| {
                    let eta = sample!("eta", Normal::new(0.0, 1.0));
                    observe!("y", Normal::new(mu + tau * eta, sigma.at(j)), y.at(j));
                });
            }

            #[guide(eight_schools, $element)]
            pub fn mean_field(y: &[$element]) {
                sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 0.1, Positive)));
                sample!("tau", LogNormal::new(param!("tau_loc", 0.0), param!("tau_scale", 0.1, Positive)));
                plate!("J", y.len(), |_j| {
                    sample!("eta", Normal::new(param!("eta_loc", 0.0), param!("eta_scale", 0.1, Positive)));
                });
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let sigma: super::Array1<$element> = super::data::floats(arguments, "es_sigma")?;
                let y: super::Array1<$element> = super::data::floats(arguments, "es_y")?;
                let (sigma, y) = (sigma.to_vec(), y.to_vec());
                let model = eight_schools(&sigma, &y);
                super::measure(arguments, super::PLAN, f64::NAN, model, mean_field(&y), super::nothing_more)
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

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

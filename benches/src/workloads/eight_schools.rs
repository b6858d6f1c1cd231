//! Eight schools (Rubin 1981), not centred, with a mean-field guide.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ndarray::Array1;
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.01, draws: 10_000, shares: 1 };

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
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(),
                    model,
                    mean_field(&y),
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
    let eta: Vec<f64> = (0..8).map(|j| 0.1 * f64::from(j)).collect();
    Values::new().with("mu", 1.0).with("tau", 2.0).with("eta", eta)
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

#[cfg(test)]
mod tests {
    /// The value is NumPyro's.
    #[test]
    fn the_log_joint_is_that_of_the_other_programs() {
        let sigma = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
        let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
        let found = ppl::log_density(super::double::eight_schools(&sigma, &y), &super::reference()).unwrap();
        assert!((found / -43.582487473 - 1.0).abs() < 1e-10, "{found}");
    }
}

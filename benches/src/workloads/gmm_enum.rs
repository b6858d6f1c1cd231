//! A mixture of eight round Gaussians in the plane: 2,000 points, whose components are summed out.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ndarray::Array2;
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.01, draws: 1000, shares: 1 };

/// The number of components.
const COMPONENTS: usize = 8;

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::COMPONENTS;
            use ndarray::Array2;
            use ppl::prelude::*;

            #[model($element)]
            pub fn mixture(x: &Array2<$element>) {
                let w = sample!("w", Dirichlet::new(Tensor::ones(&[COMPONENTS])));
                let mu: Tensor<$element> = plate!("component", COMPONENTS, |_k| {
                    sample!("mu", Normal::new(Tensor::zeros(&[2]), 5.0))
                });
                let sigma: Tensor<$element> =
                    plate!("component", COMPONENTS, |_k| sample!("sigma", LogNormal::new(0.0, 1.0)));
                plate!("data", x.nrows(), |i| {
                    let z = sample!("z", Categorical::new(w), enumerate);
                    observe!("x", Normal::new(mu.at(z), sigma.at(z)), x.at(i));
                });
            }

            #[guide(mixture, $element)]
            pub fn proposal(start: &Array2<f64>) {
                sample!("w", Delta::new(param!("w_logits", init::zeros([COMPONENTS])).softmax(0)));
                plate!("component", COMPONENTS, |_k| {
                    let loc = param!("mu_loc", init::per_element(start));
                    sample!("mu", Normal::new(loc, param!("mu_scale", init::full([2], 0.1), Positive)));
                    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.1, Positive)));
                });
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let x: Array2<$element> = super::data::floats(arguments, "gmm_x")?;
                let start: Array2<f64> = super::data::read(arguments, "gmm_init_mu")?;
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(&start),
                    mixture(&x),
                    proposal(&start),
                    super::nothing_more,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the reference point.
fn reference(start: &Array2<f64>) -> Values {
    let w = vec![1.0 / COMPONENTS as f64; COMPONENTS];
    Values::new().with("w", w).with("mu", start).with("sigma", vec![1.0; COMPONENTS])
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

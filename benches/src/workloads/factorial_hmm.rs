//! A factorial hidden Markov model: two chains of eight states side by side whose levels add up, over 64 steps.

use super::hmm_enum::softmax;
use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ndarray::{Array1, Array2};
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.05, draws: 1, shares: 1 };

/// The first parameters.
#[derive(Clone, Debug)]
struct Start {
    /// Logits of the transitions of each chain.
    w: Array2<f64>,
    x: Array2<f64>,
    /// The levels of each chain's states.
    a: Array1<f64>,
    b: Array1<f64>,
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::Start;
            use ndarray::{Array1, Array2};
            use ppl::prelude::*;

            #[model($element)]
            pub fn sum_of_chains(y: &[$element], prior: &Array2<$element>) {
                let states = prior.nrows();
                let pw: Tensor<$element> =
                    plate!("state", states, |k| sample!("pw", Dirichlet::new(prior.at(k))));
                let px: Tensor<$element> =
                    plate!("state", states, |k| sample!("px", Dirichlet::new(prior.at(k))));
                let a: Tensor<$element> = plate!("state", states, |_k| sample!("a", Normal::new(0.0, 3.0)));
                let b: Tensor<$element> = plate!("state", states, |_k| sample!("b", Normal::new(0.0, 3.0)));
                let sigma = sample!("sigma", LogNormal::new(0.0, 1.0));
                markov!("time", y.len(), (0, 0), |(w, x), t| {
                    let w = sample!("w", Categorical::new(pw.at(w)), enumerate);
                    let x = sample!("x", Categorical::new(px.at(x)), enumerate);
                    observe!("y", Normal::new((a.at(w) + b.at(x)).to_real(), sigma), y.at(t));
                    (w, x)
                });
            }

            #[guide(sum_of_chains, $element)]
            pub fn point(start: &Start) {
                plate!("state", start.a.len(), |_k| {
                    let logits = param!("pw_logits", init::per_element(&start.w));
                    sample!("pw", Delta::new(logits.softmax(0)));
                    let logits = param!("px_logits", init::per_element(&start.x));
                    sample!("px", Delta::new(logits.softmax(0)));
                    sample!("a", Delta::new(param!("a_at", init::per_element(&start.a)).to_real()));
                    sample!("b", Delta::new(param!("b_at", init::per_element(&start.b)).to_real()));
                });
                sample!("sigma", Delta::new(param!("log_sigma", 0.0).exp()));
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let y: Array1<$element> = super::data::floats(arguments, "fhmm_y")?;
                let start = Start::read(arguments)?;
                let states = start.a.len();
                let prior = Array2::from_shape_fn((states, states), |(k, j)| if k == j { 4.1 } else { 1.1 });
                super::measure(
                    arguments,
                    super::PLAN,
                    &start.reference(),
                    sum_of_chains(&y.to_vec(), &prior),
                    point(&start),
                    super::nothing_more,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

impl Start {
    fn read(arguments: &Arguments) -> Result<Start, Trouble> {
        Ok(Start {
            w: data::read(arguments, "fhmm_init_pw")?,
            x: data::read(arguments, "fhmm_init_px")?,
            a: data::read(arguments, "fhmm_init_a")?,
            b: data::read(arguments, "fhmm_init_b")?,
        })
    }

    /// Returns the reference point.
    fn reference(&self) -> Values {
        Values::new()
            .with("pw", softmax(&self.w))
            .with("px", softmax(&self.x))
            .with("a", &self.a)
            .with("b", &self.b)
            .with("sigma", 1.0)
    }
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

//! A hidden Markov model of 16 states and 50 symbols: 32 sequences of 100 steps, whose states are summed out.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ndarray::{Array2, Axis};
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.05, draws: 1, shares: 1 };

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use ndarray::Array2;
            use ppl::prelude::*;

            #[model($element)]
            pub fn chains(symbols: &Array2<usize>, prior: &Array2<$element>, outcomes: usize) {
                let states = prior.nrows();
                let transition: Tensor<$element> =
                    plate!("state", states, |k| { sample!("transition", Dirichlet::new(prior.at(k))) });
                let emission: Tensor<$element> = plate!("state", states, |_k| {
                    sample!("emission", Dirichlet::new(Tensor::full(&[outcomes], 1.1)))
                });
                plate!("sequence", symbols.nrows(), |i| {
                    markov!("time", symbols.ncols(), 0, |prev, t| {
                        let z = sample!("z", Categorical::new(transition.at(prev)), enumerate);
                        observe!("symbol", Categorical::new(emission.at(z)), symbols.at(i).at(t));
                        z
                    });
                });
            }

            #[guide(chains, $element)]
            pub fn point(transition: &Array2<f64>, emission: &Array2<f64>) {
                plate!("state", transition.nrows(), |_k| {
                    let logits = param!("transition_logits", init::per_element(transition));
                    sample!("transition", Delta::new(logits.softmax(0)));
                    let logits = param!("emission_logits", init::per_element(emission));
                    sample!("emission", Delta::new(logits.softmax(0)));
                });
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let symbols = super::symbols(arguments)?;
                let transition: Array2<f64> = super::data::read(arguments, "hmm_init_trans")?;
                let emission: Array2<f64> = super::data::read(arguments, "hmm_init_emis")?;
                let states = transition.nrows();
                let prior = Array2::from_shape_fn((states, states), |(k, j)| if k == j { 6.1 } else { 1.1 });
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(&transition, &emission),
                    chains(&symbols, &prior, emission.ncols()),
                    point(&transition, &emission),
                    super::nothing_more,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the symbols, `[sequences, time]`.
fn symbols(arguments: &Arguments) -> Result<Array2<usize>, Trouble> {
    let stored: Array2<i64> = data::read(arguments, "hmm_x")?;
    Ok(stored.mapv(|v| v as usize))
}

/// Returns the reference point, that of the first parameters.
fn reference(transition: &Array2<f64>, emission: &Array2<f64>) -> Values {
    Values::new().with("transition", softmax(transition)).with("emission", softmax(emission))
}

/// Returns the rows as probabilities.
pub fn softmax(logits: &Array2<f64>) -> Array2<f64> {
    let weights = logits.mapv(f64::exp);
    let totals = weights.sum_axis(Axis(1)).insert_axis(Axis(1));
    weights / totals
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

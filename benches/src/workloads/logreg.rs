//! Logistic regression on 10,000 rows of 50 predictors: whole, in random minibatches, and in consecutive ones.
//!
//! In consecutive minibatches the other programs drop the 16 rows that are left over; `in_order` goes on around the end, so
//! that every row has the same weight.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure, nothing_more};
use crate::trouble::Trouble;
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.01, draws: 500, shares: 1 };

/// Which rows a step visits.
#[derive(Clone, Copy, Debug)]
enum Rows {
    Whole,
    Random,
    InOrder,
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use ndarray::Array2;
            use ppl::prelude::*;

            #[model($element)]
            pub fn whole(x: &Array2<$element>, y: &[bool]) {
                let w = plate!("feature", x.ncols(), |_k| sample!("w", Normal::new(0.0, 1.0)));
                let b = sample!("b", Normal::new(0.0, 1.0));
                plate!("data", x.nrows(), |i| {
                    observe!("y", Bernoulli::logits(x.at(i).dot(w) + b), y.at(i));
                });
            }

            #[guide(whole, $element)]
            pub fn whole_guide(x: &Array2<$element>) {
                plate!("feature", x.ncols(), |_k| {
                    sample!("w", Normal::new(param!("w_loc", 0.0), param!("w_scale", 0.1, Positive)));
                });
                sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
            }

            #[model($element)]
            pub fn random(x: &Array2<$element>, y: &[bool]) {
                let w = plate!("feature", x.ncols(), |_k| sample!("w", Normal::new(0.0, 1.0)));
                let b = sample!("b", Normal::new(0.0, 1.0));
                plate!("data", x.nrows(), subsample(256), |i| {
                    observe!("y", Bernoulli::logits(x.at(i).dot(w) + b), y.at(i));
                });
            }

            #[guide(random, $element)]
            pub fn random_guide(x: &Array2<$element>) {
                plate!("feature", x.ncols(), |_k| {
                    sample!("w", Normal::new(param!("w_loc", 0.0), param!("w_scale", 0.1, Positive)));
                });
                sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
            }

            #[model($element)]
            pub fn ordered(x: &Array2<$element>, y: &[bool]) {
                let w = plate!("feature", x.ncols(), |_k| sample!("w", Normal::new(0.0, 1.0)));
                let b = sample!("b", Normal::new(0.0, 1.0));
                plate!("data", x.nrows(), in_order(256), |i| {
                    observe!("y", Bernoulli::logits(x.at(i).dot(w) + b), y.at(i));
                });
            }

            #[guide(ordered, $element)]
            pub fn ordered_guide(x: &Array2<$element>) {
                plate!("feature", x.ncols(), |_k| {
                    sample!("w", Normal::new(param!("w_loc", 0.0), param!("w_scale", 0.1, Positive)));
                });
                sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
            }

            pub fn run(arguments: &super::Arguments, rows: super::Rows) -> Result<String, super::Trouble> {
                use super::{PLAN, Rows, measure, nothing_more};
                let x: Array2<$element> = super::data::floats(arguments, "lr_x")?;
                let y = super::data::booleans(arguments, "lr_y")?;
                let at = super::reference();
                match rows {
                    Rows::Whole => {
                        measure(arguments, PLAN, &at, whole(&x, &y), whole_guide(&x), nothing_more)
                    }
                    Rows::Random => {
                        measure(arguments, PLAN, &at, random(&x, &y), random_guide(&x), nothing_more)
                    }
                    Rows::InOrder => {
                        measure(arguments, PLAN, &at, ordered(&x, &y), ordered_guide(&x), nothing_more)
                    }
                }
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the reference point.
fn reference() -> Values {
    let w: Vec<f64> = (0..50).map(|j| 0.01 * f64::from(j - 25)).collect();
    Values::new().with("w", w).with("b", 0.1)
}

fn run(arguments: &Arguments, rows: Rows) -> Result<String, Trouble> {
    match arguments.dtype {
        Dtype::F32 => single::run(arguments, rows),
        Dtype::F64 => double::run(arguments, rows),
    }
}

/// Runs the workload on all rows.
///
/// # Errors
///
/// If its data cannot be read, or a step fails.
pub fn run_full(arguments: &Arguments) -> Result<String, Trouble> {
    run(arguments, Rows::Whole)
}

/// Runs the workload on random minibatches.
///
/// # Errors
///
/// As [`run_full`].
pub fn run_random(arguments: &Arguments) -> Result<String, Trouble> {
    run(arguments, Rows::Random)
}

/// Runs the workload on consecutive minibatches.
///
/// # Errors
///
/// As [`run_full`].
pub fn run_in_order(arguments: &Arguments) -> Result<String, Trouble> {
    run(arguments, Rows::InOrder)
}

//! A belief network with 16 hidden bits and 64 visible ones, and an encoder: the score function with a decaying average.
//!
//! `in_order` weighs the 64 rows of a step to stand for all 1,000, where the other programs add them up as they are; Adam
//! is not changed by a constant factor. It visits the 40 rows that those leave over, too.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::session::{Plan, measure_beside, nothing_more};
use crate::trouble::Trouble;
use ndarray::{Array1, Array2};
use ppl::Values;

const PLAN: Plan = Plan { rate: 0.001, draws: 50, shares: 1000 };

/// The hidden bits.
const HIDDEN: usize = 16;

/// The rows of a step.
const BATCH: usize = 64;

/// A network with one layer of hyperbolic tangents between two affine maps: its first parameters.
#[derive(Clone, Debug)]
struct Net {
    w0: Array2<f64>,
    b0: Array1<f64>,
    w1: Array2<f64>,
    b1: Array1<f64>,
}

impl Net {
    fn read(arguments: &Arguments, name: &str) -> Result<Net, Trouble> {
        Ok(Net {
            w0: data::read(arguments, &format!("nvil_{name}_w0"))?,
            b0: data::read(arguments, &format!("nvil_{name}_b0"))?,
            w1: data::read(arguments, &format!("nvil_{name}_w1"))?,
            b1: data::read(arguments, &format!("nvil_{name}_b1"))?,
        })
    }

    fn apply(&self, x: &Array2<f64>) -> Array2<f64> {
        (x.dot(&self.w0) + &self.b0).mapv(f64::tanh).dot(&self.w1) + &self.b1
    }
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::{BATCH, HIDDEN, Net};
            use ndarray::{Array2, s};
            use ppl::prelude::*;

            #[model($element)]
            pub fn network(x: &Array2<bool>, start: &Net) {
                let (w0, b0) = (param!("dec_w0", &start.w0), param!("dec_b0", &start.b0));
                let (w1, b1) = (param!("dec_w1", &start.w1), param!("dec_b1", &start.b1));
                plate!("data", x.nrows(), in_order(BATCH), |i| {
                    let z = sample!("z", Bernoulli::logits(Tensor::zeros(&[HIDDEN])));
                    let inner = (z.to_tensor().matmul(w0) + b0).tanh();
                    observe!("x", Bernoulli::logits(inner.matmul(w1) + b1), x.at(i));
                });
            }

            #[guide(network, $element)]
            pub fn encoder(x: &Array2<$element>, start: &Net) {
                let (w0, b0) = (param!("enc_w0", &start.w0), param!("enc_b0", &start.b0));
                let (w1, b1) = (param!("enc_w1", &start.w1), param!("enc_b1", &start.b1));
                plate!("data", x.nrows(), in_order(BATCH), |i| {
                    let inner = (x.at(i).matmul(w0) + b0).tanh();
                    sample!(
                        "z",
                        Bernoulli::logits(inner.matmul(w1) + b1),
                        Score::baseline(DecayingAverage::new(0.9))
                    );
                });
            }

            /// The proposal of `encoder` with the first parameters, as a program of its own, for its density.
            #[model($element)]
            pub fn proposal(x: &Array2<$element>, start: &Net) {
                let (w0, b0) = (param!("w0", &start.w0), param!("b0", &start.b0));
                let (w1, b1) = (param!("w1", &start.w1), param!("b1", &start.b1));
                plate!("data", x.nrows(), |i| {
                    let inner = (x.at(i).matmul(w0) + b0).tanh();
                    sample!("z", Bernoulli::logits(inner.matmul(w1) + b1));
                });
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let x: Array2<u8> = super::data::read(arguments, "nvil_x")?;
                let (decoder, encoder_start) = (Net::read(arguments, "dec")?, Net::read(arguments, "enc")?);
                let bits = x.mapv(|v| v == 1);
                let numbers = x.mapv($element::from);
                let first = s![..BATCH, ..];
                let log_joint = {
                    let z = super::reference(&encoder_start, &x.slice(first).mapv(f64::from));
                    let (bits, numbers) = (bits.slice(first).to_owned(), numbers.slice(first).to_owned());
                    ppl::log_density(network(&bits, &decoder), &z)?
                        - ppl::log_density(proposal(&numbers, &encoder_start), &z)?
                };
                super::measure_beside(
                    arguments,
                    super::PLAN,
                    log_joint,
                    network(&bits, &decoder),
                    encoder(&numbers, &encoder_start),
                    super::nothing_more,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the hidden bits of the reference point: those that the encoder finds likelier than not.
fn reference(encoder: &Net, x: &Array2<f64>) -> Values {
    Values::new().with("z", encoder.apply(x).mapv(|logit| if logit > 0.0 { 1.0 } else { 0.0 }))
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

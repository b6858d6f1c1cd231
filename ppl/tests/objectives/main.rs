//! Importance-weighted objectives, against sums over all outcomes, quadrature and differences under the same noise.

#[path = "../check/mod.rs"]
mod check;

use check::{close, estimates, log_mean_exp, log_normal, mean_of, over_two_normals, slope};
use ppl::Model;
use ppl::estimator::{Baseline, DisArm, Given, Learned};
use ppl::objective::Objective;
use ppl::prelude::*;
use ppl::support::UnitInterval;

mod coins;
mod differences;
mod evidence;
mod gaussian;
mod mixed;
mod one_bernoulli;
mod parameterisations;
mod plates;
mod summed_locally;

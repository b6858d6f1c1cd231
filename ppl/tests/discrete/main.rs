//! Discrete sites that are tried at every value, against sums that are written out.

#[path = "../nested/mod.rs"]
mod nested;

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

mod categorical_arrays;
mod chains;
mod chains_in_plates;
mod chains_of_a_guide;
mod draws_of_chains;
mod ends_of_chains;
mod first_counts;
mod joint_values;
mod mixtures;
mod nested_plates;
mod one_bernoulli;
mod posteriors;
mod written_out;
mod wrong_arrays;

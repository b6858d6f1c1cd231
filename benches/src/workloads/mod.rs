//! The workloads: one file each, with the model and the guide as a user would write them.
//!
//! A file's `programs!` gives its programs twice, in a module for each number type.

mod coin;
mod eight_schools;
mod factorial_hmm;
mod gmm_enum;
mod gp_full_rank;
mod gradvar;
mod hier_poisson;
mod hmm_enum;
mod logreg;
mod nvil;
#[cfg(test)]
mod tests;

use crate::arguments::Arguments;
use crate::trouble::Trouble;

/// The names of the workloads.
pub const NAMES: [&str; 12] = [
    "eight_schools",
    "coin",
    "logreg_full",
    "logreg_mb",
    "logreg_mb_seq",
    "hier_poisson",
    "gmm_enum",
    "hmm_enum",
    "factorial_hmm",
    "nvil",
    "gp_full_rank",
    "gradvar",
];

/// Runs the workload that the arguments name and returns its report.
///
/// # Errors
///
/// If there is no such workload, its data cannot be read, or a step fails.
pub fn run(arguments: &Arguments) -> Result<String, Trouble> {
    match arguments.workload.as_str() {
        "eight_schools" => eight_schools::run(arguments),
        "coin" => coin::run(arguments),
        "logreg_full" => logreg::run_full(arguments),
        "logreg_mb" => logreg::run_random(arguments),
        "logreg_mb_seq" => logreg::run_in_order(arguments),
        "hier_poisson" => hier_poisson::run(arguments),
        "gmm_enum" => gmm_enum::run(arguments),
        "hmm_enum" => hmm_enum::run(arguments),
        "factorial_hmm" => factorial_hmm::run(arguments),
        "nvil" => nvil::run(arguments),
        "gp_full_rank" => gp_full_rank::run(arguments),
        "gradvar" => gradvar::run(arguments),
        other => Err(Trouble::Workload(other.to_owned())),
    }
}

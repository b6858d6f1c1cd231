//! Engines besides fits of guides: modes, Laplace's approximation and Pathfinder; with the feature `nuts`, the No-U-Turn sampler.

mod approximations;
#[cfg(feature = "nuts")]
mod chains;
#[path = "../check/mod.rs"]
mod check;
mod files;
mod modes;
#[cfg(feature = "nuts")]
mod posteriors;
mod refusals;
#[path = "../twelve/mod.rs"]
mod twelve;

use ppl::ChainSummary;
use twelve::{Named, json};

/// Returns the largest distance of a mean from that of the reference, in Monte Carlo errors of both.
fn farthest(summary: &ChainSummary, reference: &str, names: &[Named]) -> f64 {
    let reference = json(reference);
    let distance = |&(theirs, ours, indices): &Named| {
        let of = |number: &str| reference["summary"][theirs][number].as_f64().unwrap();
        let row = summary.row(ours, indices).unwrap();
        let z = (row.mean - of("mean")) / row.mcse.hypot(of("mcse_mean"));
        assert!(z.is_finite(), "{}: mean {}, error {}", row.name(), row.mean, row.mcse);
        z.abs()
    };
    names.iter().map(distance).fold(0.0, f64::max)
}

//! Exact elimination of discrete sites: sums over a model's, expectations over a guide's.

mod average;
mod chain;
mod factor;
mod plan;
mod report;

pub(crate) use average::Weights;
pub(crate) use plan::Elimination;
pub use report::{EliminationReport, EliminationStep};

//! What can go wrong in a measurement.

use crate::workloads::NAMES;

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// An argument that is not understood.
    #[error("{0}")]
    Argument(String),
    /// A workload that does not exist.
    #[error("unknown workload `{0}`; expected one of {known}", known = NAMES.join(", "))]
    Workload(String),
    /// A data set that is missing or is not what the workload needs.
    #[error("data set `{name}` cannot be read from {path}: {reason}")]
    Data { name: String, path: String, reason: String },
    /// An error of a step.
    #[error("{0}")]
    Inference(#[from] ppl::Error),
    /// A site that a summary asks for and that is not there.
    #[error("{0}")]
    Draws(#[from] ppl::results::DrawsError),
}

//! What a session makes of other data: bounds and evidence, in constant memory.
//!
//! The programs run in a session of their own, which has the same addresses and parameters, so that nothing of the fit changes. Every
//! element of a plate draws from a stream of its own: how the rows are divided into blocks, and the draws into runs, changes no draw.

mod builder;
mod estimate;
mod other_data;
mod refit;

pub use builder::{Asked, Evaluating};
pub(crate) use estimate::evaluate_on;

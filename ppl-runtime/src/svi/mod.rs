//! Stochastic variational inference: single steps, runs that stop by themselves, and their reports.

mod apart;
mod session;
mod sleep;

mod check_gradients;
mod losses;
mod polish;
mod report;
mod run;

pub use check_gradients::{FaultyPart, GradientCheck, GradientElement, GradientFault, GradientReport};
pub use report::Report;
pub use run::RunOptions;
pub(crate) use session::run_both;
pub use session::{Evaluation, SitePart, Svi};

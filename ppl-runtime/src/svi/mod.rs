//! Stochastic variational inference: single steps, runs that stop by themselves, and their reports.

mod apart;
mod contrast;
pub(crate) mod core;
mod epochs;
pub(crate) mod evaluate;
pub(crate) mod freezing;
mod gap;
mod instability;
mod judge;
mod lengths;
mod recent;
mod session;
mod sleep;
mod stages;
pub(crate) mod step;
mod tail;
mod told;
mod verdict;
mod watch;

pub(crate) mod check_gradients;
mod losses;
pub(crate) mod mechanisms;
mod polish;
mod report;
mod run;

pub use check_gradients::{FaultyPart, GradientCheck, GradientElement, GradientFault, GradientReport};
pub use evaluate::Evaluating;
#[cfg(feature = "report")]
pub(crate) use losses::{Smoothed, smooth};
pub use report::Report;
pub(crate) use report::grouped;
pub use run::RunOptions;
pub use session::{Evaluation, SitePart, Svi};
pub(crate) use step::run_both;
pub use verdict::{Instability, Verdict};

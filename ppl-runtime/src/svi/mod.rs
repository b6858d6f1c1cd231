//! Stochastic variational inference: single steps, runs that stop by themselves, and their reports.

mod session;

pub use session::{Evaluation, SitePart, Svi};

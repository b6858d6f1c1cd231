//! Distributions: one file each, with its density, partials, draws and support.

pub mod cauchy;
#[cfg(test)]
pub(crate) mod check;
pub mod exponential;
pub mod family;
pub mod gumbel;
pub mod half_cauchy;
pub mod half_normal;
pub mod laplace;
pub mod log_normal;
pub mod logistic;
pub mod normal;
pub(crate) mod require;
pub mod uniform;

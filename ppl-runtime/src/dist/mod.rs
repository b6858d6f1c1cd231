//! Distributions: one file each, with its density, partials, draws and support.

pub mod bernoulli;
pub mod beta;
pub mod beta_binomial;
pub mod binomial;
pub mod categorical;
pub mod cauchy;
#[cfg(test)]
pub(crate) mod check;
#[cfg(test)]
pub(crate) mod check_rows;
pub(crate) mod counting;
pub mod dirichlet;
mod distribution;
mod double;
pub mod exponential;
pub mod family;
pub(crate) mod form;
pub mod gamma;
mod gamma_draw;
pub mod geometric;
pub mod gumbel;
pub mod half_cauchy;
pub mod half_normal;
pub mod inverse_gamma;
pub mod kl;
pub mod laplace;
pub mod lkj_cholesky;
pub mod log_normal;
pub mod logistic;
pub mod multinomial;
pub mod mvn_cholesky;
pub mod mvn_precision;
pub mod negative_binomial;
pub mod normal;
pub mod ordered_logistic;
pub mod poisson;
pub(crate) mod require;
pub(crate) mod softmax;
pub(crate) mod structured;
pub mod student_t;
pub(crate) mod triangular;
mod types;
pub mod uniform;
pub(crate) mod univariate;
pub mod von_mises;

pub use distribution::{Distribution, Operands, Request, Trouble};
pub use types::*;

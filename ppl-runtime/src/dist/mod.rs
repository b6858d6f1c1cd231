//! Distributions: one file each, with its density, partials, draws and support.

#[cfg(test)]
pub(crate) mod check;
pub mod family;

pub mod beta;
pub mod dirichlet;
mod double;
pub mod gamma;
mod gamma_draw;
pub mod inverse_gamma;
pub mod student_t;
pub mod von_mises;

//! Distributions: one file each, with its density, partials, draws and support.

#[cfg(test)]
pub(crate) mod check;
pub mod family;

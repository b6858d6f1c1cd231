//! Distributions: one file each, with its density, partials, draws and support.

pub mod family;

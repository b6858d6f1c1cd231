//! Numerical kernels on plain numbers and slices: nothing here knows of tapes, sites or axes.

pub mod math;
pub mod special;

//! Numerical kernels on plain numbers and slices: nothing here knows of tapes, sites or axes.

pub(crate) mod array;
pub(crate) mod chain;
pub(crate) mod fused;
pub(crate) mod gemm;
mod held_columns;
mod held_dots;
pub(crate) mod log_product;
pub(crate) mod log_sum;
pub(crate) mod long_sums;
pub(crate) mod lu;
pub mod math;
pub(crate) mod matvec;
pub(crate) mod recurrence;
#[macro_use]
pub(crate) mod simd;
pub(crate) mod softmax;
pub mod special;
pub(crate) mod triangular;
pub(crate) mod vector;

//! The contraction against its obvious twins.

mod cases;
mod kit;
mod paths;
mod random;
mod sums;
mod twin;

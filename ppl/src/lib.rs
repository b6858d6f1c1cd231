//! Probabilistic programs as annotated Rust functions.
pub use ppl_runtime::*;

//! Inference engines over a log-density of one unconstrained vector: maximum a posteriori ([`Map`]), Laplace's approximation ([`Laplace`]),
//! [`Pathfinder`], and with the feature `nuts` the No-U-Turn sampler `Nuts`, by [nuts-rs](https://docs.rs/nuts-rs).
//!
//! An engine sees the density through [`Target`]. Engines that run on threads are given a closure that makes a target for each. All randomness comes
//! from a seed, and no result depends on the number of threads.
//!
//! # Features
//!
//! | feature | what it adds | lines of `cargo tree -e normal --prefix none \| sort -u` | CPU seconds of a clean build |
//! | --- | --- | --- | --- |
//! | none | [`Map`], [`Laplace`], [`Pathfinder`] | 16 | 20 |
//! | `nuts` | `Nuts`, by `nuts-rs` 0.19, which brings `faer` | 77 | 134 |
//!
//! The seconds are user and system time in the dev profile on two cores of an AMD EPYC.

mod ascended;
mod draws;
mod error;
mod hessian;
mod laplace;
mod lbfgs;
mod linalg;
mod line_search;
mod map;
#[cfg(feature = "nuts")]
mod nuts;
mod pathfinder;
mod random;
mod start;
mod target;
mod threads;

pub use ascended::Ascended;
pub use draws::{Draws, resample};
pub use error::SamplerError;
pub use laplace::Laplace;
pub use map::{Map, Mode, Stop};
#[cfg(feature = "nuts")]
pub use nuts::{Chain, ChainProgress, DrawStatistics, Metric, Nuts};
pub use pathfinder::{Path, Pathfinder, Paths};
pub use target::{Target, TargetError};

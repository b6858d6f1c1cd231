//! Distributions: members of families with handles for their parameters, and what is made of them.

pub(crate) mod arrays;
#[cfg(test)]
pub(crate) mod check_tape;
mod custom;
pub(crate) mod delta;
mod distribution;
mod elementwise;
mod expanded;
mod flat;
pub(crate) mod form;
mod jumps;
pub(crate) mod law;
pub(crate) mod member;
mod mixture;
mod no_number;
pub(crate) mod numbers;
mod outcomes;
pub(crate) mod overflow;
mod own_draw;
mod point_trouble;
pub(crate) mod registered;
mod sorted;
pub(crate) mod transformed;
pub(crate) mod transforms;
mod truncated;
mod types;
mod up_to;
mod zero_inflated;

pub use crate::support::{Softplus, Tanh};
pub use custom::Custom;
pub use delta::Delta;
pub use distribution::{
    CanBeDrawn, Distribution, Fault, Improper, Operands, Proper, Request, Trouble, Wanted,
};
pub use elementwise::Elementwise;
pub use expanded::{Expandable, Expanded};
pub use flat::{Flat, HasFlat};
pub use mixture::{Components, Mixture};
pub use outcomes::FiniteOutcomes;
pub use sorted::{HasOrder, OfOneNumber, Sorted};
pub use transformed::Transformed;
pub use transforms::{Affine, Bijector, Exp, Maps, Power, Sigmoid};
pub use truncated::{Truncatable, Truncated};
pub use types::*;
pub(crate) use up_to::UpToLaw;
pub use zero_inflated::{Inflatable, ZeroInflated};

//! The runtime of `ppl`: values, tape, distributions, objectives and optimisers.

pub mod dist;
mod element;
pub mod kernel;
pub mod optim;
pub mod results;
pub mod support;

pub use element::Element;

//! Every engine on targets whose answers are known.

mod failures;
mod kit;
mod laplace;
mod map;
#[cfg(feature = "nuts")]
mod nuts;
mod pathfinder;
mod regression;

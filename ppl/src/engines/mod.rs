//! Engines over any model, besides fits of guides: modes, Laplace's approximation, Pathfinder, and NUTS with the feature `nuts`.

mod chain;
mod density;
mod files;
mod laplace;
mod map;
#[cfg(feature = "nuts")]
mod nuts;
#[cfg(feature = "report")]
mod page;
mod pathfinder;
mod sampled;
mod summary;
mod table;
mod warnings;

pub use chain::SampledChain;
pub use laplace::{LaplaceSettings, laplace};
pub use map::{MapSettings, Mode, map};
#[cfg(feature = "nuts")]
pub use nuts::{NutsSettings, nuts};
pub use pathfinder::{PathfinderSettings, pathfinder};
pub use sampled::Sampled;
pub use summary::{ChainRow, ChainSummary};

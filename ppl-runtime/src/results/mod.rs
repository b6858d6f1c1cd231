//! Results: owned arrays of what a program drew, and what they say.

mod active_units;
mod draws;
mod evidence_bounds;
mod left_out;
mod log_densities;
mod log_likelihoods;
mod marginals;

mod error;
mod frequencies;
mod moments;
#[cfg(feature = "report")]
mod shown;
mod summary;
mod table;

pub use draws::Draws;
pub use error::DrawsError;
pub use evidence_bounds::EvidenceBounds;
pub(crate) use evidence_bounds::PlateBounds;
pub use frequencies::Frequencies;
pub use left_out::LeftOut;
pub(crate) use left_out::worth_saying;
pub use log_densities::LogDensities;
pub use log_likelihoods::LogLikelihoods;
pub use marginals::Marginals;
#[cfg(feature = "report")]
pub use shown::ShownDraws;
pub use summary::{Row, Summary};
pub use table::element_name;
pub(crate) use table::indices_of;

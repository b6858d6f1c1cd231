//! What a session tells of itself: its programs as the runtime sees them, and what went wrong in a step.

mod explain;
mod explained;
mod explanation;
mod gather;
mod names;
mod tables;

mod dot;
mod graph;
#[cfg(feature = "svg")]
mod svg;

mod blame;
mod origin;
mod terms;

pub(crate) use explain::explain;
pub use explained::{
    CostTerm, ExplainedModule, ExplainedParameter, ExplainedPlate, ExplainedSite, ExplainedStatement,
    SiteGradient, SiteRole,
};
pub use explanation::Explanation;

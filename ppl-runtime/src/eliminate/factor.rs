//! A factor: a log-density with the discrete sites that it knows and the plates that it stands in.

use crate::error::Place;
use crate::tape::axes::AxisSet;
use crate::tape::node::NodeId;

/// One factor of the joint density.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor {
    pub(super) node: NodeId,
    /// The axes of the sites to be summed out that it depends on.
    pub(super) sites: AxisSet,
    /// The plates around the statement that it comes from; its elements along one that it lacks are alike.
    pub(super) plates: AxisSet,
    /// The factor by which a handler scales its logarithm.
    pub(super) scale: f64,
    pub(super) place: Place,
}

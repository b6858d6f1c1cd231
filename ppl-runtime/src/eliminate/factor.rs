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
    /// By how much more it counts in what a step minimises than in the bound.
    pub(super) weight: f64,
    /// The first of the observed sites that are in it.
    pub(super) observed: Option<u32>,
    /// Whether a site that the guide proposes is in it.
    pub(super) is_proposed: bool,
    pub(super) place: Place,
}

impl Factor {
    /// Returns the product of two factors, without its node, or nothing if their logarithms do not count alike.
    pub(super) fn joined_with(&self, other: &Factor) -> Option<Factor> {
        let alike = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs();
        let joint = Factor {
            sites: self.sites.union(other.sites),
            observed: self.observed.or(other.observed),
            is_proposed: self.is_proposed | other.is_proposed,
            ..*self
        };
        (alike(self.scale, other.scale) && alike(self.weight, other.weight)).then_some(joint)
    }
}

//! Probes of states that follow each other: factors of zero along both, whose adjoints are their joint posterior.

use super::record::node_of;
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Subject;
use crate::program::pass::Probes;
use crate::program::run::Run;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::NodeId;
use crate::value::Discrete;

/// A site that a chain's state is made of, and the same component before the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// The site after the step.
    pub(crate) site: u32,
    pub(crate) probe: NodeId,
    pub(crate) before: Axis,
    pub(crate) after: Axis,
    /// Which rows are there, in a step of a chain that has ended in some and runs step by step.
    pub(crate) running: Option<NodeId>,
}

impl<E: Element> Run<E> {
    /// Probes each component of the state before and after the steps of a chain that is run once, along axes; the plate of the steps is open.
    pub(super) fn probe_pairs(&mut self, before: &[Discrete], after: &[Discrete], place: Place) {
        if self.pass.probes() != Some(Probes::Pairs) {
            return;
        }
        for (&was, &is) in before.iter().zip(after) {
            let [was, is] = [was, is].map(|component| {
                let node = node_of::<E>(component);
                self.trace.enumerations.iter().find(|e| e.outcomes == node).copied()
            });
            let (Some(was), Some(is)) = (was, is) else { continue };
            // What the state only remembers is drawn in another step.
            if before.iter().all(|&component| node_of::<E>(component) != is.outcomes) {
                self.probe_pair(is.site, [was.axis, is.axis], place);
            }
        }
    }

    /// Probes a site of a chain that runs step by step together with the site of the step before, if there is one.
    pub(crate) fn probe_with_last(&mut self, site: u32, axis: Axis, place: Place) {
        let addresses = &self.session.addresses;
        let Some((whole, step)) = &addresses.entry(Subject::Site, site).series else { return };
        let is_last = |other: u32| {
            let series = addresses.entry(Subject::Site, other).series.as_ref();
            series.is_some_and(|(name, t)| name == whole && t + 1 == *step)
        };
        let known = self.trace.enumerations.iter().filter(|e| e.site != u32::MAX && e.log_weight.is_none());
        let last = known.map(|e| (e.site, e.axis)).find(|&(other, _)| is_last(other));
        if let Some((_, before)) = last {
            self.probe_pair(site, [before, axis], place);
        }
    }

    fn probe_pair(&mut self, site: u32, [before, after]: [Axis; 2], place: Place) {
        let axes = self.scope.axes.union(AxisSet::of(before)).union(AxisSet::of(after));
        if let Some(probe) = self.probe(site, axes, place) {
            let running = self.scope.running;
            self.trace.pairs.push(Pair { site, probe, before, after, running });
        }
    }
}

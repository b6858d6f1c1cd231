//! How much of a site's probability a sum over its first counts leaves out.

use super::address::Subject;
use super::run::Run;
use super::session::Session;
use crate::dist::law::Law;
use crate::element::Element;
use crate::results::LeftOut;
use crate::tape::axes::Axis;
use crate::tape::node::NodeId;

/// The largest share of a site's probability above the last count that is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above {
    site: u32,
    up_to: usize,
    mass: f64,
}

impl<E: Element> Run<E> {
    /// Notes what a sum over the first counts of a site leaves out, given their log-probabilities along `axis`. Steps do not look.
    pub(super) fn note_left_out(&mut self, site: u32, dist: &Law<'_, E>, logs: NodeId, axis: Axis) {
        let Law::UpTo(first) = dist else { return };
        self.session.sums_first_counts = true;
        if self.pass.differentiates {
            return;
        }
        let mass = self.mass_beside(logs, axis);
        let up_to = first.last();
        match self.session.left_out.iter_mut().find(|above| above.site == site) {
            Some(above) => *above = Above { site, up_to, mass: above.mass.max(mass) },
            None => self.session.left_out.push(Above { site, up_to, mass }),
        }
    }

    /// Returns what the probabilities along an axis lack of one, where that is most.
    fn mass_beside(&self, logs: NodeId, axis: Axis) -> f64 {
        let axes = self.tape.node(logs).axes;
        let inner: usize = axes.inside(axis).iter().map(|a| self.tape.sizes[a.0 as usize] as usize).product();
        let outcomes = self.tape.sizes[axis.0 as usize] as usize;
        let mut most = 0.0_f64;
        for block in self.tape.value(logs).chunks_exact((outcomes * inner).max(1)) {
            for k in 0..inner {
                let tried: f64 = block[k..].iter().step_by(inner).map(|log| log.as_f64().exp()).sum();
                most = most.max(1.0 - tried);
            }
        }
        // What rounding leaves is no probability.
        if most > 64.0 * E::epsilon().as_f64() { most } else { 0.0 }
    }
}

impl<E> Session<E> {
    /// Returns what was left out since that was last forgotten.
    pub(crate) fn left_out(&self) -> Vec<LeftOut> {
        let shown = |&Above { site, up_to, mass }: &Above| {
            let site = self.addresses.text(Subject::Site, site).to_owned();
            LeftOut { site, up_to, mass }
        };
        self.left_out.iter().map(shown).collect()
    }
}

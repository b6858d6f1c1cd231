//! Which mechanisms for speed the last run has used, so that a benchmark notices where one is no longer taken.

use super::core::Core;
use crate::element::Element;
use crate::engine::Engine;
use crate::program::model::Model;
use crate::svi::Svi;

/// How often the last run of a session has used what makes runs fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mechanisms {
    /// Statements that were those of the run before, and so not taken again.
    pub followed: usize,
    /// Operations that are loops.
    pub loops: usize,
    /// Other operations.
    pub walked: usize,
    /// Totals that computed a product of data for themselves, block by block.
    pub waiting: usize,
    /// Sums whose partials are computed again and not kept.
    pub recomputed: usize,
    /// Chains that were contracted at once.
    pub chains: usize,
}

/// Returns which mechanisms the last run of a session has used.
pub fn mechanisms<M: Model, G, O, P>(svi: &Svi<M, G, O, P>) -> Mechanisms {
    M::Element::mechanisms(svi.core.get_ref())
}

/// Counts what the last run of a session has used.
pub(crate) fn count<E: Element>(core: &Core<E>) -> Mechanisms {
    let run = &core.run;
    let tape = &run.tape;
    Mechanisms {
        followed: run.session.retrace.followed(),
        loops: tape.loops.len(),
        walked: tape.operations() - tape.loops.len(),
        waiting: tape.deferral.totals(),
        recomputed: tape.recomputed.len(),
        chains: tape.chains.len(),
    }
}

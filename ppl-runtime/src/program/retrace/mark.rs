//! Where a recording stood, to cut it back to there.

use crate::element::Element;
use crate::program::run::Run;

/// The lengths of what a run has recorded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    nodes: u32,
    shared: u32,
    lists: u32,
    sums: u32,
    loops: u32,
    top: usize,
    adjoint_top: usize,
    order: u32,
    terms: u32,
    used: u32,
    cursor: u32,
}

impl Mark {
    /// Returns the number of addresses that the program had met.
    pub(super) fn cursor(&self) -> usize {
        self.cursor as usize
    }
}

impl<E: Element> Run<E> {
    /// Returns where the recording stands.
    #[inline]
    pub(super) fn standing(&self) -> Mark {
        let Run { tape, trace, session, .. } = self;
        let (params, addresses) = (&session.params, &session.addresses);
        Mark {
            nodes: tape.nodes.len() as u32,
            shared: tape.shared.len() as u32,
            lists: tape.lists.len() as u32,
            sums: tape.sums.len() as u32,
            loops: tape.loops.len() as u32,
            top: tape.top,
            adjoint_top: tape.adjoint_top,
            order: trace.order.len() as u32,
            terms: trace.terms.len() as u32,
            used: params.used.len() as u32,
            cursor: addresses.cursor() as u32,
        }
    }

    /// Cuts the recording back to a mark; only operations that can be computed again may lie behind it.
    pub(super) fn return_to(&mut self, mark: Mark) {
        let Run { tape, trace, session, .. } = self;
        let (params, addresses) = (&mut session.params, &mut session.addresses);
        tape.nodes.truncate(mark.nodes as usize);
        tape.forget_known_from(mark.nodes as usize);
        tape.shared.truncate(mark.shared as usize);
        tape.lists.truncate(mark.lists as usize);
        tape.sums.truncate(mark.sums as usize);
        tape.loops.truncate(mark.loops as usize);
        tape.only_loops = false;
        (tape.top, tape.adjoint_top) = (mark.top, mark.adjoint_top);
        trace.order.truncate(mark.order as usize);
        trace.terms.truncate(mark.terms as usize);
        params.used.truncate(mark.used as usize);
        addresses.go_to(mark.cursor as usize);
    }
}

//! Which node made an element that others only see under other labels.

use super::Tape;
use super::node::{NodeId, Store};
use crate::element::Element;

impl<E: Element> Tape<E> {
    /// Returns the node that wrote an element of `id`, and the element's place there: of a view, that of its source.
    pub(crate) fn producer(&self, id: NodeId, element: usize) -> (NodeId, usize) {
        let wanted = self.place_of(id, element);
        for k in 0..id.0 {
            let node = NodeId(k);
            let ((shared, first), (wanted_shared, at)) = (self.place_of(node, 0), wanted);
            if shared == wanted_shared && (first..first + self.node(node).len as usize).contains(&at) {
                return (node, at - first);
            }
        }
        (id, element)
    }

    /// Returns whether an element lies in shared memory, and its position in the arena or among the machine's elements.
    fn place_of(&self, id: NodeId, element: usize) -> (bool, usize) {
        match self.node(id).store {
            Store::Arena(offset) => (false, offset as usize + element),
            Store::Shared(k) => {
                let start = self.shared[k as usize].start as usize / size_of::<E>();
                (true, start + element)
            }
        }
    }
}

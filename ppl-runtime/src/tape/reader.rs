//! What an operation reads of a tape, and the memory that a tape refers to without a copy.

use super::axes::{AxisSet, AxisSizes};
use super::node::{Arg, Node, NodeId, Store};
use crate::element::Element;

/// Memory that a tape refers to without a copy.
#[derive(Debug)]
pub(crate) struct SharedSlice<E> {
    pub(super) start: *const E,
    pub(super) len: usize,
}

impl<E> Clone for SharedSlice<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for SharedSlice<E> {}

/// The part of a tape that an operation reads while it writes its result.
pub(crate) struct Reader<'a, E> {
    pub(super) values: &'a [E],
    pub(super) shared: &'a [SharedSlice<E>],
    pub(super) nodes: &'a [Node<E>],
    pub(crate) sizes: &'a AxisSizes,
}

impl<'a, E: Element> Reader<'a, E> {
    #[inline(always)]
    pub(crate) fn new(
        values: &'a [E],
        shared: &'a [SharedSlice<E>],
        nodes: &'a [Node<E>],
        sizes: &'a AxisSizes,
    ) -> Self {
        Reader { values, shared, nodes, sizes }
    }

    #[inline(always)]
    pub(crate) fn node(&self, id: NodeId) -> &'a [E] {
        let node = &self.nodes[id.0 as usize];
        read(self.values, self.shared, node.store, node.len)
    }

    #[inline(always)]
    pub(crate) fn axes_of(&self, id: NodeId) -> AxisSet {
        self.nodes[id.0 as usize].axes
    }

    #[inline(always)]
    pub(crate) fn arg<'b>(&self, arg: &'b Arg<E>) -> &'b [E]
    where
        'a: 'b,
    {
        if arg.id.is_some() { self.node(arg.id) } else { std::slice::from_ref(&arg.value) }
    }

    /// Returns stored partials, which lie in the arena.
    #[inline(always)]
    pub(crate) fn stored(&self, offset: u32, len: usize) -> &'a [E] {
        &self.values[offset as usize..offset as usize + len]
    }
}

#[inline(always)]
pub(super) fn read<'a, E>(values: &'a [E], shared: &'a [SharedSlice<E>], store: Store, len: u32) -> &'a [E] {
    match store {
        Store::Arena(offset) => &values[offset as usize..][..len as usize],
        Store::Shared(k) => {
            let slice = shared[k as usize];
            // SAFETY: `shared_leaf` asks its caller to keep the memory alive and unchanged until the tape is cleared,
            // which empties this table; views only ever narrow a slice.
            unsafe { std::slice::from_raw_parts(slice.start, slice.len) }
        }
    }
}

//! The memory that loops work on.

use super::LoopOperand;
use crate::element::Element;
use crate::tape::{SharedSlice, read};

/// The memory of a tape.
pub(crate) struct LoopMemory<'a, E> {
    pub(crate) values: &'a mut [E],
    pub(crate) adjoints: &'a mut [E],
    pub(super) shared: &'a [SharedSlice<E>],
}

/// The part of it that an operation reads while it writes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, E> {
    values: &'a [E],
    shared: &'a [SharedSlice<E>],
}

impl<'a, E: Element> Source<'a, E> {
    /// Returns the elements of an operand.
    #[inline(always)]
    pub(crate) fn of(&self, operand: &LoopOperand) -> &'a [E] {
        read(self.values, self.shared, operand.store, operand.len)
    }

    /// Returns `len` elements of the arena.
    #[inline(always)]
    pub(crate) fn stored(&self, at: u32, len: u32) -> &'a [E] {
        &self.values[at as usize..][..len as usize]
    }
}

impl<E: Element> LoopMemory<'_, E> {
    /// Returns the first element of an operand.
    #[inline(always)]
    pub(crate) fn first(&self, operand: &LoopOperand) -> E {
        Source { values: self.values, shared: self.shared }.of(operand)[0]
    }

    /// Returns what an operation reads, and the arena from its result on.
    #[inline(always)]
    pub(crate) fn forwards(&mut self, out: u32) -> (Source<'_, E>, &mut [E]) {
        let (old, fresh) = self.values.split_at_mut(out as usize);
        (Source { values: old, shared: self.shared }, fresh)
    }

    /// Returns what an operation reads, the adjoint of its result, and the adjoints before that, where its operands' lie.
    #[inline(always)]
    pub(crate) fn backwards(&mut self, adjoint: u32, len: u32) -> (Source<'_, E>, &[E], &mut [E]) {
        let (low, high) = self.adjoints.split_at_mut(adjoint as usize);
        (Source { values: self.values, shared: self.shared }, &high[..len as usize], low)
    }
}

/// Returns the adjoint of an operand among those before the result's.
#[inline(always)]
pub(crate) fn adjoint_of<'a, E>(low: &'a mut [E], operand: &LoopOperand) -> &'a mut [E] {
    &mut low[operand.adjoint as usize..][..operand.len as usize]
}

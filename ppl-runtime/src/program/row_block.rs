//! Blocks of rows: parts of a plate that a run visits alone, one after the other.

use super::batch::Selection;
use super::run::Run;
use crate::element::Element;
use crate::random::VisitedRows;

/// Consecutive rows of a plate, which count as themselves and stand for no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowBlock {
    pub(crate) plate: u32,
    pub(crate) from: usize,
    /// How many they are, if the plate has so many from there on.
    pub(crate) rows: usize,
}

impl RowBlock {
    /// Returns which rows of a plate of this size it has: all, if the plate ends before it.
    pub(super) fn selection(self, size: usize) -> Selection {
        match self.rows.min(size.saturating_sub(self.from)) {
            m if m == 0 || m == size => Selection::Whole,
            m => Selection::Block(self.from, m),
        }
    }
}

impl<E: Element> Run<E> {
    /// Returns the rows that this run visits of the plate of a block, if they are a part of it.
    pub(super) fn visited_rows(&self, block: RowBlock) -> Option<VisitedRows> {
        let plate = self.session.plates.plates.get(block.plate as usize)?;
        let is_part = plate.stamp == self.tape.recording && plate.is_part();
        let (axis, from) = (plate.axis.0, block.from as u32);
        is_part.then_some(VisitedRows {
            axis,
            from,
            visited: plate.visited() as u32,
            size: plate.size as u32,
        })
    }
}

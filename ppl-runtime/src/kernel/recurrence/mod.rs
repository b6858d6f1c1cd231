//! The gates of recurrent cells: what one step of many rows computes beside its products, and what is pulled back through it.

mod gru;
mod lstm;
mod steps;

pub(crate) use steps::{StepBack, StepOn};

use crate::element::Numeric;

/// Which cell it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A gated recurrent unit.
    Gru,
    /// A long short-term memory.
    Lstm,
}

/// The gates of a cell whose state has `size` numbers. Rows of several arrays have these one after the other.
pub(crate) trait Gates {
    /// How many columns the weights have for each number of the state.
    const COLUMNS: usize;

    /// How many numbers of a step are kept for each number of the state.
    const KEPT: usize;

    /// How many arrays a state has: the second is the cell's memory, which no weights see.
    const STATES: usize;

    /// Takes a state one step on, from what the weights make of an input and of the state.
    fn step_on<E: Numeric>(size: usize, weighted: [&[E]; 2], kept: &mut [E], h: &mut [E], c: &mut [E]);

    /// Pulls the derivatives by a state back through a step: into those by what the weights made of the input and of the state before, and those by
    /// that state which no weights have seen. `before` is the state before.
    fn step_back<E: Numeric>(
        size: usize,
        kept: &[E],
        before: [&[E]; 2],
        seeds: [&mut [E]; 2],
        by_weighted: [&mut [E]; 2],
    );
}

macro_rules! of_gates {
    ($kind:expr, $gates:ident => $value:expr) => {
        match $kind {
            CellKind::Gru => {
                type $gates = $crate::kernel::recurrence::gru::GruGates;
                $value
            }
            CellKind::Lstm => {
                type $gates = $crate::kernel::recurrence::lstm::LstmGates;
                $value
            }
        }
    };
}
use of_gates;

impl CellKind {
    /// Returns how many columns the weights have for each number of the state.
    pub(crate) fn columns(self) -> usize {
        of_gates!(self, G => G::COLUMNS)
    }

    /// Returns how many numbers of a step are kept for each number of the state.
    pub(crate) fn kept(self) -> usize {
        of_gates!(self, G => G::KEPT)
    }

    /// Returns how many arrays a state has.
    pub(crate) fn states(self) -> usize {
        of_gates!(self, G => G::STATES)
    }

    /// Returns where the memory after a step lies in what is kept of it.
    pub(crate) fn memory_in_kept(self, size: usize) -> std::ops::Range<usize> {
        match self {
            CellKind::Gru => 0..0,
            CellKind::Lstm => 5 * size..6 * size,
        }
    }
}

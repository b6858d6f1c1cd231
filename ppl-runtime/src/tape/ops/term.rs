//! Terms of a sum: functions of a few numbers with hand-written partials, and the loops that are compiled for each of them.

use super::long_rows::AddUp;
use super::recomputed::{self, AddSeeded};
use super::summand_loop::OneTerm;
use super::summand_row;
use crate::element::{Element, Numeric};
use crate::family::{Need, PARAMETERS};
use crate::kernel::array::from_fn;
use crate::tape::loops::{LoopOperand, Rules};

/// The operands that one term can have.
pub(crate) const OPERANDS: usize = PARAMETERS + 1;

/// A function of at most [`OPERANDS`] numbers that is summed over a domain.
pub(crate) trait NumberTerm {
    /// How many operands it has.
    const ARITY: usize;
    /// Whether its loop gains from wide vectors.
    const VECTORISES: bool;

    /// Returns the value and those partials that `need` names (bit `k` of the need stands for operand `k`).
    fn term<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]);

    /// The operands (bit `k` stands for operand `k`) that [`constants`](NumberTerm::constants) is made of, or none.
    const CONSTANT_IN: u8 = 0;

    /// Whether there are such constants. A condition on a constant alone keeps what it rules out from being compiled.
    const HAS_CONSTANTS: bool = Self::CONSTANT_IN != 0;

    /// Whether partials that would be kept for each element are computed again in the reverse sweep instead.
    const RECOMPUTES: bool = false;

    /// Returns what of the term depends on the operands of `CONSTANT_IN` alone.
    #[inline(always)]
    fn constants<E: Numeric>(args: [E; OPERANDS]) -> [E; 2] {
        let _ = args;
        [E::zero(); 2]
    }

    /// Returns what [`term`](NumberTerm::term) does, given the [`constants`](NumberTerm::constants) of these operands.
    #[inline(always)]
    fn term_given<E: Numeric>(args: [E; OPERANDS], constants: [E; 2], need: Need) -> (E, [E; OPERANDS]) {
        let _ = constants;
        Self::term(args, need)
    }

    /// Whether [`shortcut`](NumberTerm::shortcut) is worth asking for.
    const HAS_SHORTCUT: bool = false;

    /// Returns whether the shortcut is as exact as the term at this point.
    #[inline(always)]
    fn shortcut_fits<E: Numeric>(args: [E; OPERANDS]) -> bool {
        let _ = args;
        false
    }

    /// Returns what [`term`](NumberTerm::term) does, at less cost, where [`shortcut_fits`](NumberTerm::shortcut_fits).
    #[inline(always)]
    fn shortcut<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::term(args, need)
    }
}

/// A term for a tape: what it is made of, and its loops.
///
/// Everything else that a sum of terms needs is compiled once, and not for each term.
pub(crate) struct TermLoops<E> {
    /// How many operands it has.
    pub(crate) arity: usize,
    pub(crate) add_up: AddUp<E>,
    /// Adds seeds times the partials by one operand, for a term whose partials are cheaper to compute again than to keep.
    pub(crate) add_seeded: Option<AddSeeded<E>>,
    /// Both rules of a single term.
    pub(super) one: Rules<E>,
}

impl<E: Element> TermLoops<E> {
    /// Returns the loops of a term.
    pub(crate) const fn of<T: NumberTerm>() -> &'static TermLoops<E> {
        &<T as Compiled<E>>::LOOPS
    }
}

/// A term whose loops are compiled.
trait Compiled<E> {
    const LOOPS: TermLoops<E>;
}

impl<E: Element, T: NumberTerm> Compiled<E> for T {
    const LOOPS: TermLoops<E> = TermLoops {
        arity: T::ARITY,
        add_up: AddUp { row: summand_row::add_up::<E, T>, vectorises: T::VECTORISES },
        add_seeded: if T::RECOMPUTES { Some(recomputed::add_seeded::<E, T>) } else { None },
        one: Rules::narrow::<OneTerm<T>>(),
    };
}

/// Returns the partials that operands need.
#[inline(always)]
pub(crate) fn need_of(operands: &[LoopOperand; OPERANDS]) -> Need {
    need(from_fn(false, |k| operands[k].has_gradient()))
}

#[inline(always)]
pub(crate) fn need(needed: [bool; OPERANDS]) -> Need {
    Need::of(needed[0], [needed[1], needed[2], needed[3], needed[4]])
}

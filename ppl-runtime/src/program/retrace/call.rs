//! A statement as it is compared with that of the last run.

use super::mark::Mark;
use crate::element::Element;
use crate::program::address::Name;
use crate::program::trace::Entry;
use crate::support::AnyBijection;
use crate::tape::node::Arg;
use crate::tape::ops::{Binary, Unary};
use crate::value::Value;
use std::panic::Location;

/// The most operands of a statement that is compared.
const OPERANDS: usize = 5;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Parameter(AnyBijection),
    /// A site: with the address of its family.
    Propose(usize),
    Meet(usize),
    Observe(usize),
    /// Opens a plate of this size, all of whose elements are visited.
    Open(usize),
    /// Closes the plate with this number.
    Close(u32),
    Unary(Unary),
    /// The bits of the factor and of the constant.
    Affine(u64, u64),
    Binary(Binary),
    /// The address and the length of an argument's data, and the plate or the index that selects from them.
    Data(usize, usize, Result<u32, usize>),
}

impl What {
    /// Returns whether it changes the entry of a latent site.
    pub(super) fn is_of_site(self) -> bool {
        matches!(self, What::Propose(_) | What::Meet(_))
    }
}

/// A statement of the run in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'a, E> {
    pub(crate) what: What,
    pub(crate) name: Option<Name>,
    /// Where it stands: there it is always of the same types.
    pub(crate) place: &'static Location<'static>,
    pub(crate) operands: [&'a [Value<E>]; 2],
}

impl<'a, E: Element> Statement<'a, E> {
    /// Returns a statement without a name.
    #[inline(always)]
    pub(crate) fn new(what: What, place: &'static Location<'static>, operands: &'a [Value<E>]) -> Self {
        Statement { what, name: None, place, operands: [operands, &[]] }
    }

    /// Returns the statement with a name.
    #[inline(always)]
    pub(crate) fn named(self, name: Name) -> Self {
        Statement { name: Some(name), ..self }
    }

    /// Returns the statement with more operands.
    #[inline(always)]
    pub(crate) fn with(mut self, more: &'a [Value<E>]) -> Self {
        self.operands[1] = more;
        self
    }

    fn values(&self) -> impl Iterator<Item = &'a Value<E>> {
        self.operands[0].iter().chain(self.operands[1])
    }
}

/// A statement of the last run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<E: 'static> {
    pub(super) what: What,
    name: Option<Name>,
    place: &'static Location<'static>,
    operands: [Arg<E>; OPERANDS],
    /// The node that it gave, or the number of a plate.
    pub(super) result: u32,
    /// Where the recording stood before it.
    pub(super) mark: Mark,
    /// The latent site that it is of, with its entry afterwards.
    pub(super) site: Option<(u32, Entry<E>)>,
}

impl<E: Element> Call<E> {
    pub(super) fn new(
        statement: Statement<'_, E>,
        mark: Mark,
        result: u32,
        site: Option<(u32, Entry<E>)>,
    ) -> Call<E> {
        let Statement { what, name, place, .. } = statement;
        let mut operands = [Arg::constant(E::zero()); OPERANDS];
        for (operand, value) in operands.iter_mut().zip(statement.values()) {
            *operand = value.arg();
        }
        Call { what, name, place, operands, result, mark, site }
    }

    /// Returns whether a statement is the same, on operands of the run with this generation.
    #[inline(always)]
    pub(super) fn is(&self, statement: &Statement<'_, E>, generation: u32) -> bool {
        let same_name = match (&self.name, &statement.name) {
            (Some(a), Some(b)) => a.is(b),
            (None, None) => true,
            _ => false,
        };
        let mut same = std::ptr::eq(self.place, statement.place) && same_name && self.what == statement.what;
        for (operand, value) in self.operands.iter().zip(statement.values()) {
            let arg = value.arg();
            same &= operand.id == arg.id
                && match arg.id.is_some() {
                    true => value.generation() == generation,
                    false => operand.value.as_f64().to_bits() == arg.value.as_f64().to_bits(),
                };
        }
        same
    }
}

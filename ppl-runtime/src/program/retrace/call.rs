//! A statement as it is compared with that of the last run.

use super::mark::Mark;
use crate::element::Element;
use crate::program::address::Name;
use crate::program::trace::{Entry, Part};
use crate::support::AnyBijection;
use crate::tape::node::NodeId;
use crate::tape::ops::{Binary, Unary};
use crate::value::Value;
use std::panic::Location;

/// The operands of a statement that is compared: what it observes, and the others.
const OPERANDS: usize = 5;

/// The kinds of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Parameter,
    Propose,
    Meet,
    Observe,
    Stated,
    Open,
    Close,
    Enter,
    Leave,
    Unary,
    Affine,
    Binary,
    Data,
}

/// What a statement does: its kind, and what it is compared by besides its operands, as bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct What {
    kind: Kind,
    words: [u64; 3],
}

impl PartialEq for What {
    #[inline(always)]
    fn eq(&self, other: &What) -> bool {
        let ([a, b, c], [d, e, f]) = (self.words, other.words);
        self.kind as u8 == other.kind as u8 && a == d && b == e && c == f
    }
}

impl What {
    #[inline(always)]
    const fn new(kind: Kind, words: [u64; 3]) -> What {
        What { kind, words }
    }

    /// A parameter, and the shape that the type of its first value says: its rank is enough to tell one number from all else.
    #[inline(always)]
    pub(crate) fn parameter(bijection: AnyBijection, shape: Option<&[usize]>) -> What {
        let [number, low, high] = bijection.bits();
        let rank = shape.map_or(0, |shape| shape.len() as u64 + 1);
        What::new(Kind::Parameter, [number | rank << 8, low, high])
    }

    /// A latent site of the model, or one of the guide, whose distribution is of the family at this address.
    #[inline(always)]
    pub(crate) fn latent(is_of_model: bool, family: usize) -> What {
        What::new(if is_of_model { Kind::Meet } else { Kind::Propose }, [family as u64, 0, 0])
    }

    /// An observed site.
    #[inline(always)]
    pub(crate) fn observe(family: usize) -> What {
        What::new(Kind::Observe, [family as u64, 0, 0])
    }

    /// A factor or a penalty.
    #[inline(always)]
    pub(crate) fn stated(part: Part) -> What {
        What::new(Kind::Stated, [part as u64, 0, 0])
    }

    /// The opening of a plate of this size, all of whose elements are visited.
    #[inline(always)]
    pub(crate) fn open(size: usize) -> What {
        What::new(Kind::Open, [size as u64, 0, 0])
    }

    /// The closing of the plate with this number.
    #[inline(always)]
    pub(crate) fn close(plate: u32) -> What {
        What::new(Kind::Close, [u64::from(plate), 0, 0])
    }

    /// The beginning of a module of one of the programs, whose name is the session's or the program's.
    #[inline(always)]
    pub(crate) fn enter(in_guide: bool, of_session: bool) -> What {
        What::new(Kind::Enter, [u64::from(in_guide), u64::from(of_session), 0])
    }

    /// The end of a module.
    pub(crate) const LEAVE: What = What::new(Kind::Leave, [0; 3]);

    /// A function of one number.
    #[inline(always)]
    pub(crate) fn unary(function: Unary) -> What {
        What::new(Kind::Unary, [function as u64, 0, 0])
    }

    /// A product with a factor plus a constant.
    #[inline(always)]
    pub(crate) fn affine(factor: f64, constant: f64) -> What {
        What::new(Kind::Affine, [factor.to_bits(), constant.to_bits(), 0])
    }

    /// A function of two numbers.
    #[inline(always)]
    pub(crate) fn binary(function: Binary) -> What {
        What::new(Kind::Binary, [function as u64, 0, 0])
    }

    /// An argument's data at this address and of this length, selected from by a plate or by an index.
    #[inline(always)]
    pub(crate) fn data(start: usize, len: usize, by: Result<u32, usize>) -> What {
        let by = match by {
            Ok(plate) => u64::from(plate) << 1,
            Err(index) => (index as u64) << 1 | 1,
        };
        What::new(Kind::Data, [start as u64, len as u64, by])
    }

    /// Returns whether it changes the entry of a latent site.
    pub(super) fn is_of_site(self) -> bool {
        matches!(self.kind, Kind::Propose | Kind::Meet)
    }

    /// Returns whether it opens a plate.
    pub(super) fn opens_plate(self) -> bool {
        self.kind == Kind::Open
    }

    /// Returns whether it makes a module in the guide, or in the model, if it makes one.
    pub(super) fn makes_module(self) -> Option<bool> {
        (self.kind == Kind::Enter).then_some(self.words[0] == 1)
    }

    /// Returns whether it draws a site of the guide.
    pub(super) fn proposes(self) -> bool {
        self.kind == Kind::Propose
    }
}

/// A statement of the run in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'a, E> {
    pub(crate) what: What,
    /// The bits of its name, or zeros.
    name: [u64; 3],
    /// Where it stands: there it is always of the same types.
    pub(crate) place: &'static Location<'static>,
    pub(crate) operands: &'a [Value<E>],
    /// One more operand: what is observed.
    pub(crate) observed: Option<Value<E>>,
}

impl<'a, E: Element> Statement<'a, E> {
    /// Returns a statement without a name.
    #[inline(always)]
    pub(crate) fn new(what: What, place: &'static Location<'static>, operands: &'a [Value<E>]) -> Self {
        Statement { what, name: [0; 3], place, operands, observed: None }
    }

    /// Returns the statement with a name.
    #[inline(always)]
    pub(crate) fn named(self, name: Name) -> Self {
        Statement { name: name.bits(), ..self }
    }

    /// Returns the statement with a value that is observed.
    #[inline(always)]
    pub(crate) fn of(self, observed: Value<E>) -> Self {
        Statement { observed: Some(observed), ..self }
    }
}

/// A statement of the last run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<E: 'static> {
    pub(super) what: What,
    name: [u64; 3],
    place: &'static Location<'static>,
    operands: [Operand; OPERANDS],
    /// The node that it gave, or the number of a plate or of a module.
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
        let mut operands = [Operand::of(&Value::constant(E::zero())); OPERANDS];
        for (operand, value) in operands[1..].iter_mut().zip(statement.operands) {
            *operand = Operand::of(value);
        }
        if let Some(observed) = &statement.observed {
            operands[0] = Operand::of(observed);
        }
        Call { what, name, place, operands, result, mark, site }
    }

    /// Returns whether a statement is the same, on operands of the run with this generation.
    #[inline(always)]
    pub(super) fn is(&self, statement: &Statement<'_, E>, generation: u32) -> bool {
        let ([a, b, c], [d, e, f]) = (self.name, statement.name);
        let same_name = a == d && b == e && c == f;
        if !(std::ptr::eq(self.place, statement.place) && same_name && self.what == statement.what) {
            return false;
        }
        for (operand, value) in self.operands[1..].iter().zip(statement.operands) {
            if !operand.is(value, generation) {
                return false;
            }
        }
        statement.observed.as_ref().is_none_or(|observed| self.operands[0].is(observed, generation))
    }
}

/// An operand of a statement of the last run.
#[derive(Clone, Copy, Debug)]
struct Operand {
    id: NodeId,
    /// All bits of a node, whose handles are of the run in progress; none of a constant, which belongs to no run.
    in_run: u32,
    /// The bits of a constant; a node has no constant.
    bits: u64,
}

impl Operand {
    #[inline(always)]
    fn of<E: Element>(value: &Value<E>) -> Operand {
        let arg = value.arg();
        let in_run = if arg.id.is_some() { u32::MAX } else { 0 };
        Operand { id: arg.id, in_run, bits: arg.value.as_f64().to_bits() }
    }

    /// Returns whether a handle of the run with this generation is this operand: the same node, or the same bits.
    #[inline(always)]
    fn is<E: Element>(&self, value: &Value<E>, generation: u32) -> bool {
        let arg = value.arg();
        let of_run = value.generation() == (generation & self.in_run);
        self.id == arg.id && of_run && self.bits == arg.value.as_f64().to_bits()
    }
}

//! Weights and free bits: terms that count more or less in what a step minimises than in the bound.

use super::free_bits::Floor;
use super::run::Run;
use super::slot::{self, AnyElement};
use crate::element::Element;
use crate::error::Error;

/// A weight, or free bits: a number, or a [`Schedule`](crate::optim::Schedule) by the number of steps taken.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{Schedule, Weight};
///
/// assert_eq!(0.5_f64.after(10), 0.5);
/// assert_eq!(Schedule::constant(1.0).after_warmup(10).after(4), 0.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a number nor a `Schedule`",
    label = "a weight, or free bits, is a number or a `Schedule`",
    note = "it has no gradient: it is no `Real`, but an `f64` such as an argument of the program"
)]
pub trait Weight {
    /// Returns the weight after this number of steps.
    fn after(&self, steps: u64) -> f64;

    /// Returns what it is a floor of, as free bits.
    #[doc(hidden)]
    fn floor_of(&self) -> FloorOf {
        FloorOf::default()
    }
}

/// What free bits are a floor of: the divergence of each row, unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct FloorOf {
    pub(crate) each_dimension: bool,
    pub(crate) mean: bool,
}

impl Weight for f64 {
    fn after(&self, _: u64) -> f64 {
        *self
    }
}

impl<W: Weight> Weight for &W {
    fn after(&self, steps: u64) -> f64 {
        (**self).after(steps)
    }

    fn floor_of(&self) -> FloorOf {
        (**self).floor_of()
    }
}

/// Takes a statement whose term is weighed.
#[doc(hidden)]
pub fn weighed<W: Weight, R>(weight: W, statement: impl FnOnce() -> R) -> R {
    tempered(Tempering::Weight, &weight, statement)
}

/// Takes a statement whose divergence has a floor.
#[doc(hidden)]
pub fn floored<W: Weight, R>(free_bits: W, statement: impl FnOnce() -> R) -> R {
    tempered(Tempering::FreeBits, &free_bits, statement)
}

/// What an option says of a statement's terms.
#[derive(Clone, Copy, Debug)]
enum Tempering {
    /// By how much more they count.
    Weight,
    /// What their divergence counts for at least.
    FreeBits,
}

fn tempered<R>(what: Tempering, by: &dyn Weight, statement: impl FnOnce() -> R) -> R {
    let entered = enter(what, by);
    let result = statement();
    if entered {
        leave(what);
    }
    result
}

#[inline(never)]
fn enter(what: Tempering, by: &dyn Weight) -> bool {
    slot::with_any(Enter(what, by)).is_some()
}

#[inline(never)]
fn leave(what: Tempering) {
    slot::with_any(Leave(what));
}

struct Enter<'a>(Tempering, &'a dyn Weight);

impl AnyElement for Enter<'_> {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        let Enter(what, by) = self;
        let number = by.after(run.session.steps);
        if !(number.is_finite() && number >= 0.0) {
            let option = match what {
                Tempering::Weight => "a `weight`",
                Tempering::FreeBits => "`free_bits`",
            };
            let what = format!("{option} must be finite and not negative, got {number}");
            run.tape.fail(Error::Setup { what });
        }
        match what {
            Tempering::Weight => run.scope.weight = number,
            Tempering::FreeBits => run.scope.free_bits = Some(Floor { least: number, of: by.floor_of() }),
        }
    }
}

struct Leave(Tempering);

impl AnyElement for Leave {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        match self.0 {
            Tempering::Weight => run.scope.weight = 1.0,
            Tempering::FreeBits => run.scope.free_bits = None,
        }
    }
}

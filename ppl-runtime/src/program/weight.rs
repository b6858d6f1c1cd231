//! Weights: terms that count more or less in what a step minimises than in the bound.

use super::run::Run;
use super::slot::{self, AnyElement};
use crate::element::Element;
use crate::error::Error;

/// By how much more the term of a statement counts in what a step minimises than in the bound: a number, or a
/// [`Schedule`](crate::optim::Schedule) by the number of steps taken.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{optim::Schedule, program::weight::Weight};
///
/// assert_eq!(0.5.after(10), 0.5);
/// assert_eq!(Schedule::constant(1.0).after_warmup(10).after(4), 0.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no weight",
    label = "a weight is a number or a `Schedule`",
    note = "a weight has no gradient: it is no `Real`, but an `f64` such as an argument of the program"
)]
pub trait Weight {
    /// Returns the weight after this number of steps.
    fn after(&self, steps: u64) -> f64;
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
}

/// Takes a statement whose term is weighed.
#[doc(hidden)]
pub fn weighed<W: Weight, R>(weight: W, statement: impl FnOnce() -> R) -> R {
    let entered = enter(&weight);
    let result = statement();
    if entered {
        leave();
    }
    result
}

#[inline(never)]
fn enter(weight: &dyn Weight) -> bool {
    slot::with_any(Enter(weight)).is_some()
}

#[inline(never)]
fn leave() {
    slot::with_any(Leave);
}

struct Enter<'a>(&'a dyn Weight);

impl AnyElement for Enter<'_> {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        let weight = self.0.after(run.session.steps);
        if !(weight.is_finite() && weight >= 0.0) {
            let what = format!("a `weight` must be finite and not negative, got {weight}");
            run.tape.fail(Error::Setup { what });
        }
        run.scope.weight = weight;
    }
}

struct Leave;

impl AnyElement for Leave {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        run.scope.weight = 1.0;
    }
}

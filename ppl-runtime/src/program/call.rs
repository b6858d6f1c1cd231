//! Calls: a program inside another, under a prefix.

use super::address::{Name, Path};
use super::model::{Guide, Model};
use super::run::Run;
use super::slot;
use crate::element::Element;

fn under<E: Element, R>(name: Name, body: impl FnOnce() -> R) -> R {
    let outside = E::enter_call(name);
    let result = body();
    if let Some(outside) = outside {
        E::leave_call(outside);
    }
    result
}

/// Puts a prefix before the names that come; returns the prefix outside.
pub(crate) fn enter<E: Element>(name: Name) -> Option<Path> {
    slot::with(|run: &mut Run<E>| run.session.addresses.enter(name))
}

/// Goes back to the prefix outside.
pub(crate) fn leave<E: Element>(outside: Path) {
    slot::with(|run: &mut Run<E>| run.session.addresses.path = outside);
}

/// Runs a model inside a model: the body of `call!` there.
#[doc(hidden)]
pub fn call<M: Model>(name: Name, model: M) -> M::Output {
    under::<M::Element, _>(name, || model.run())
}

/// Runs a guide inside a guide: the body of `call!` there.
#[doc(hidden)]
pub fn call_guide<G: Guide>(name: Name, guide: G) -> G::Output {
    under::<G::Element, _>(name, || guide.run())
}

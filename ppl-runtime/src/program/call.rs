//! Calls: a program inside another, under a prefix.

use super::address::{Name, Path};
use super::model::{Guide, Model};
use super::run::Run;
use super::scope;
use crate::element::Element;

fn under<E: Element, R>(name: Name, body: impl FnOnce() -> R) -> R {
    let outside: Option<Path> = scope::with(|run: &mut Run<E>| run.addresses.enter(name));
    let result = body();
    if let Some(path) = outside {
        scope::with(|run: &mut Run<E>| run.addresses.path = path);
    }
    result
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

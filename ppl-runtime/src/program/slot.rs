//! The one thread-local slot: the run in progress, which a guard installs and removes.

use super::retrace::Statement;
use super::run::Run;
use crate::element::Element;
use crate::tape::node::NodeId;
use crate::value::Value;
use std::cell::Cell;
use std::ptr::null_mut;

thread_local! {
    /// The run in progress, which is valid while its element is there.
    static RUN: Cell<*mut ()> = const { Cell::new(null_mut()) };
    /// Its element, by the `SLOT` of the type; 0 where there is no run, or an operation has it.
    static ELEMENT: Cell<u8> = const { Cell::new(0) };
    static GENERATION: Cell<u32> = const { Cell::new(0) };
}

/// Returns a generation that no run on this thread had before (generation 0 is no run's).
pub(crate) fn next_generation() -> u32 {
    GENERATION.with(|g| {
        let next = g.get().wrapping_add(1).max(1);
        g.set(next);
        next
    })
}

/// Puts the slot back as it was, on every way out of a run.
struct Uninstall {
    run: *mut (),
    element: u8,
}

impl Drop for Uninstall {
    fn drop(&mut self) {
        RUN.set(self.run);
        ELEMENT.set(self.element);
    }
}

/// Puts the run's element back, on every way out of an operation.
struct GiveBack(u8);

impl Drop for GiveBack {
    #[inline(always)]
    fn drop(&mut self) {
        ELEMENT.set(self.0);
    }
}

/// Runs `program` with `run` as the run in progress.
pub(crate) fn install<E: Element, R>(run: &mut Run<E>, program: impl FnOnce() -> R) -> R {
    let run = (run as *mut Run<E>).cast();
    let _uninstall = Uninstall { run: RUN.replace(run), element: ELEMENT.replace(E::SLOT) };
    program()
}

/// Calls `operation` with the run in progress, or returns `None` if there is none of this element.
///
/// The operation is no statement that runs compare with that of the run before.
#[inline(always)]
pub(crate) fn with<E: Element, R>(operation: impl FnOnce(&mut Run<E>) -> R) -> Option<R> {
    with_compared(|run: &mut Run<E>| {
        run.interrupt();
        operation(run)
    })
}

/// Calls `operation` with the run in progress, or returns `None` if there is none of this element. The operation compares
/// itself with that of the run before, or does not change the recording.
///
/// While the operation has the run, the slot has no element, so that no second reference to it can be made.
#[inline(always)]
pub(crate) fn with_compared<E: Element, R>(operation: impl FnOnce(&mut Run<E>) -> R) -> Option<R> {
    if ELEMENT.get() != E::SLOT {
        return None;
    }
    ELEMENT.set(0);
    let _give_back = GiveBack(E::SLOT);
    // SAFETY: `install` put the pointer there, its exclusive borrow lasts until the slot is put back, the element types
    // are sealed and differ in their `SLOT`, and the slot has no element while this reference lives.
    let run = unsafe { &mut *RUN.get().cast::<Run<E>>() };
    Some(operation(run))
}

/// Returns the node of a statement, if the run in progress follows the one before and the statement is the same.
///
/// Nothing else is done where it is not: what records the statement then stands apart, so that a statement that is followed
/// pays for none of it.
#[inline(always)]
pub(crate) fn followed<E: Element>(statement: &Statement<'_, E>) -> Option<Value<E>> {
    if ELEMENT.get() != E::SLOT {
        return None;
    }
    // SAFETY: as in `with_compared`; the slot keeps its element, because a comparison of numbers asks for no run.
    let run = unsafe { &mut *RUN.get().cast::<Run<E>>() };
    let result = run.followed(statement)?;
    Some(Value::of_node(NodeId(result), &run.tape))
}

/// An operation on a run whose element is not known where it is called.
pub(crate) trait AnyElement {
    type Output;

    fn call<E: Element>(self, run: &mut Run<E>) -> Self::Output;
}

/// Calls `operation` with the run in progress, whatever its element, as [`with`] does.
pub(crate) fn with_any<O: AnyElement>(operation: O) -> Option<O::Output> {
    match ELEMENT.get() {
        #[cfg(feature = "f32")]
        4 => with::<f32, _>(|run| operation.call(run)),
        8 => with::<f64, _>(|run| operation.call(run)),
        _ => None,
    }
}

/// Calls `operation` with the run in progress, whatever its element, as [`with_compared`] does.
pub(crate) fn with_any_compared<O: AnyElement>(operation: O) -> Option<O::Output> {
    match ELEMENT.get() {
        #[cfg(feature = "f32")]
        4 => with_compared::<f32, _>(|run| operation.call(run)),
        8 => with_compared::<f64, _>(|run| operation.call(run)),
        _ => None,
    }
}

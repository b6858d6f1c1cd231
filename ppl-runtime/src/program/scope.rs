//! The one thread-local slot: the run in progress, which a guard installs and removes.

use super::run::Run;
use crate::element::Element;
use std::cell::Cell;
use std::ptr::null_mut;

/// A run, with its element by the `SLOT` of its type (0: none).
#[derive(Clone, Copy)]
struct Slot {
    run: *mut (),
    element: u8,
}

const EMPTY: Slot = Slot { run: null_mut(), element: 0 };

thread_local! {
    static CURRENT: Cell<Slot> = const { Cell::new(EMPTY) };
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
struct Restore(Slot);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.with(|c| c.set(self.0));
    }
}

/// Runs `program` with `run` as the run in progress.
pub(crate) fn install<E: Element, R>(run: &mut Run<E>, program: impl FnOnce() -> R) -> R {
    let slot = Slot { run: (run as *mut Run<E>).cast(), element: E::SLOT };
    let _restore = Restore(CURRENT.with(|c| c.replace(slot)));
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
/// While the operation has the run, the slot is empty, so that no second reference to it can be made.
#[inline(always)]
pub(crate) fn with_compared<E: Element, R>(operation: impl FnOnce(&mut Run<E>) -> R) -> Option<R> {
    CURRENT.with(|current| {
        let slot = current.get();
        if slot.element != E::SLOT {
            return None;
        }
        current.set(EMPTY);
        let _restore = Restore(slot);
        // SAFETY: `install` put the pointer there, its exclusive borrow lasts until the slot is restored, the element
        // types are sealed and differ in their `SLOT`, and the slot is empty while this reference lives.
        let run = unsafe { &mut *slot.run.cast::<Run<E>>() };
        Some(operation(run))
    })
}

/// An operation on a run whose element is not known where it is called.
pub(crate) trait AnyElement {
    type Output;

    fn call<E: Element>(self, run: &mut Run<E>) -> Self::Output;
}

/// Calls `operation` with the run in progress, whatever its element, as [`with`] does.
pub(crate) fn with_any<O: AnyElement>(operation: O) -> Option<O::Output> {
    match CURRENT.with(|c| c.get()).element {
        4 => with::<f32, _>(|run| operation.call(run)),
        8 => with::<f64, _>(|run| operation.call(run)),
        _ => None,
    }
}

/// Calls `operation` with the run in progress, whatever its element, as [`with_compared`] does.
pub(crate) fn with_any_compared<O: AnyElement>(operation: O) -> Option<O::Output> {
    match CURRENT.with(|c| c.get()).element {
        4 => with_compared::<f32, _>(|run| operation.call(run)),
        8 => with_compared::<f64, _>(|run| operation.call(run)),
        _ => None,
    }
}

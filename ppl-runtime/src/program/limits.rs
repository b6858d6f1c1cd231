//! RunLimits of programs that branch: a loop or a recursion over concrete sites need not end.
//!
//! A program is a plain function, so that what it does cannot be ended from outside but by unwinding its stack, with a payload
//! that is known here alone and passes no panic hook. Where panics abort there is no unwinding: from the limit on each
//! concrete site has an arbitrary value, and a program that goes on whatever these are does not end.

use super::address::Subject;
use super::run::Run;
use crate::element::Element;
use crate::error::Place;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The most concrete sites that a program may meet in a run, if a session says nothing else.
const SITES: usize = 100_000;

/// The most bytes of the stack that a program's calls may have filled at a concrete site, if a session says nothing else.
const STACK: usize = 512 * 1024;

/// How many letters of a long name a message has, at its beginning and at its end.
const LETTERS: usize = 60;

/// How far a program may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    pub(crate) sites: usize,
    pub(crate) stack: usize,
}

impl Default for RunLimits {
    fn default() -> Self {
        RunLimits { sites: SITES, stack: STACK }
    }
}

/// What is thrown to stop a program.
struct Stopped;

/// Returns where the stack ends now.
#[inline(never)]
pub(super) fn stack_end() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

/// Calls a program; returns nothing if it was stopped.
pub(super) fn unless_stopped<R>(program: impl FnOnce() -> R) -> Option<R> {
    // What a stopped program has left open is put back when the next run begins, as after any other panic.
    match catch_unwind(AssertUnwindSafe(program)) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<Stopped>() => None,
        Err(payload) => resume_unwind(payload),
    }
}

impl<E: Element> Run<E> {
    /// Counts a concrete site, and stops the program if it has gone too far. Returns whether the program should have been stopped
    /// and could not be.
    pub(super) fn count_concrete(&mut self, site: u32, place: Place) -> bool {
        self.trace.concrete_sites += 1;
        let (count, limits) = (self.trace.concrete_sites, self.session.limits);
        if self.particles() > 1 && count * self.particles() > limits.sites && cfg!(panic = "unwind") {
            // A run that particles share is thrown away, since each is to have a run of its own. It may not take the memory of
            // all of them before.
            self.stop();
            return false;
        }
        let detail = if count > limits.sites {
            format!(
                "the program has met {count} concrete sites, more than it may; end its loop or recursion, or raise the limit \
                 with `max_sites`"
            )
        } else if stack_end().abs_diff(self.scope.stack_end) > limits.stack {
            format!(
                "the program's calls fill more than {} bytes of the stack after {count} concrete sites; end its recursion, or \
                 raise the limit with `max_stack` where the stack is larger",
                limits.stack
            )
        } else {
            return false;
        };
        self.fail_abridged(site, place, detail);
        self.stop();
        true
    }

    /// Unwinds the program in progress, where that is possible.
    fn stop(&mut self) {
        self.trace.stopped = true;
        // A panic within the destructors of another one would abort the process.
        if cfg!(panic = "unwind") && !std::thread::panicking() {
            resume_unwind(Box::new(Stopped));
        }
    }

    /// Reports a mistake at a site, whose name may be as long as a recursion is deep.
    #[cold]
    fn fail_abridged(&mut self, site: u32, place: Place, detail: String) {
        let site = abridged(self.session.addresses.text(Subject::Site, site));
        self.tape.fail(crate::error::Error::Site { place, site, detail });
    }
}

/// Returns a name without its middle, if it is long.
fn abridged(name: &str) -> String {
    if name.len() <= 3 * LETTERS {
        return name.to_owned();
    }
    // Between the calls, if there is a place near by; names may have letters of several bytes.
    let boundary = |at: usize| (0..=at).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    let (head, tail) = (boundary(LETTERS), boundary(name.len() - LETTERS));
    let head = name[..head].rfind('/').map_or(head, |at| at + 1);
    let tail = name[tail..].find('/').map_or(tail, |at| tail + at);
    format!("{}..{}", &name[..head], &name[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_loses_calls_from_its_middle() {
        assert_eq!(abridged("left/right/splits"), "left/right/splits");
        let name = "left/".repeat(30) + &"right/".repeat(20) + "splits";
        let expected = "left/".repeat(12) + ".." + &"/right".repeat(8) + "/splits";
        assert_eq!(abridged(&name), expected);
        assert_eq!(abridged(&"ü".repeat(300)), "ü".repeat(30) + ".." + &"ü".repeat(30));
    }

    #[test]
    fn other_panics_pass() {
        assert_eq!(unless_stopped(|| 3), Some(3));
        assert_eq!(unless_stopped(|| resume_unwind(Box::new(Stopped))), None::<u32>);
        let other = catch_unwind(|| unless_stopped(|| resume_unwind(Box::new(7_u32))));
        assert_eq!(other.unwrap_err().downcast_ref(), Some(&7_u32));
    }
}

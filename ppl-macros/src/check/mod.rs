//! The rules of a program that need more than one statement, or its place, to be seen.

mod closures;
mod discrete;
mod kinds;
mod loops;
mod modules;
mod names;

use crate::ir::Program;
use crate::report::Report;

/// Reports every rule that the program breaks.
pub(crate) fn check(program: &mut Program, report: &mut Report) {
    names::check(program, report);
    loops::check(program, report);
    closures::check(program, report);
    kinds::check(program, report);
    discrete::check(program, report);
    modules::check(program, report);
}

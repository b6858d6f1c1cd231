//! What a loop repeats has an index, so that each repetition has its own address.

use super::names::stands_for_one;
use crate::ir::{Frame, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &Program, report: &mut Report) {
    for statement in &program.statements {
        // A parameter, a plate or a chain met again is the same one.
        if !stands_for_one(program.kind, statement.keyword) || !statement.place.within(Frame::Loop) {
            continue;
        }
        if let Some(address) = &statement.address
            && address.index.is_none()
            && !statement.place.within(Frame::Closure)
        {
            report.add(messages::no_index_in_loop(&address.name(), statement.keyword, address.span()));
        }
    }
}

//! A site stands where its program decides how often it runs: a closure may run any number of times.

use crate::ir::{Frame, Keyword, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &Program, report: &mut Report) {
    for statement in &program.statements {
        let Some(address) = &statement.address else { continue };
        if statement.keyword == Keyword::Param {
            continue;
        }
        if statement.place.within(Frame::Closure) {
            report.add(messages::site_in_closure(&address.name(), statement.keyword, address.span()));
        } else if statement.place.within(Frame::Initial) {
            report.add(messages::site_in_initial_value(&address.name(), address.span()));
        }
    }
}

//! A site stands where its program decides how often it runs: a closure may run any number of times.

use crate::ir::{Frame, Keyword, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &mut Program, report: &mut Report) {
    for statement in &mut program.statements {
        let Some(address) = &statement.address else { continue };
        if statement.keyword == Keyword::Param {
            continue;
        }
        if statement.place.within(Frame::Closure) {
            report.add(messages::site_in_closure(&address.name(), statement.keyword, address.span()));
        } else if statement.place.within(Frame::Initial) {
            let mistake = messages::site_in_initial_value(&address.name(), address.span());
            // A draw is no initial value either: what has a mistake is not also asked for its type.
            statement.form = None;
            statement.mistake.get_or_insert_with(|| mistake.clone());
            report.add(mistake);
        }
    }
}

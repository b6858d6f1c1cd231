//! A site stands where its program decides how often it runs: a closure may run any number of times. A module may stand there: one that
//! is made twice is noticed when the program runs.

use crate::ir::{Frame, Keyword, Kind, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &mut Program, report: &mut Report) {
    for statement in &mut program.statements {
        let Some(address) = &statement.address else { continue };
        let refused_anyway = program.kind == Kind::Module && statement.keyword != Keyword::Module;
        if statement.keyword == Keyword::Param || refused_anyway {
            continue;
        }
        let may_repeat = statement.keyword == Keyword::Module;
        if statement.place.within(Frame::Closure) && !may_repeat {
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

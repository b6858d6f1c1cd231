//! What a module is made of, and where it is made: outside of what repeats, all of which shares its parameters.

use crate::ir::{Frame, Keyword, Kind, Place, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &mut Program, report: &mut Report) {
    for statement in &mut program.statements {
        if statement.keyword == Keyword::Module {
            if let (Some(address), Some(around)) = (&statement.address, repetition(&statement.place)) {
                report.add(messages::module_in_repetition(&address.name(), around, address.span()));
            }
        } else if program.kind == Kind::Module && statement.keyword != Keyword::Param {
            let mistake = messages::statement_in_module(statement.keyword, statement.span);
            // It stands there in place of the statement, which nothing else is asked of.
            statement.form = None;
            statement.mistake = Some(mistake.clone());
            report.add(mistake);
        }
    }
}

/// Returns the plate or chain whose body the place is in, the innermost one.
fn repetition(place: &Place) -> Option<Keyword> {
    place.0.iter().rev().find_map(|frame| match frame {
        Frame::Plate => Some(Keyword::Plate),
        Frame::Markov => Some(Keyword::Markov),
        _ => None,
    })
}

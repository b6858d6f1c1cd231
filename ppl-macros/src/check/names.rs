//! A name belongs to one site, or to one site per branch. Parameters of a program, plates and chains may be met again:
//! they are the same.

use crate::ir::{Form, Keyword, Kind, Program, Statement};
use crate::{messages, report::Report};

pub(super) fn check(program: &Program, report: &mut Report) {
    let sites: Vec<(&Statement, String)> = program
        .statements
        .iter()
        .filter(|statement| stands_for_one(program.kind, statement.keyword))
        .filter_map(|statement| Some((statement, statement.address.as_ref()?.name())))
        .collect();
    for (position, (second, name)) in sites.iter().enumerate() {
        let earlier = sites[..position].iter();
        if let Some(Form::Call(call)) = &second.form
            && let Some(here) = &second.address
            && earlier.clone().any(|(first, other)| {
                other == name
                    && first.place.excludes(&second.place)
                    && matches!(&first.form, Some(Form::Call(other)) if other.callee != call.callee)
            })
        {
            // The guide answers a prefix by one guide, which cannot be checked against two models.
            report.add(messages::two_programs_called(name, here.span()));
            continue;
        }
        let clash =
            earlier.rev().find(|(first, other)| other == name && !first.place.excludes(&second.place));
        if let Some((first, _)) = clash
            && let (Some(here), Some(there)) = (&second.address, &first.address)
        {
            report.add(messages::repeated_name(
                name,
                [first.keyword, second.keyword],
                program.kind,
                there.span(),
                here.span(),
            ));
        }
    }
}

/// Returns whether a name of such a statement stands for one thing, and is no name of another.
pub(super) fn stands_for_one(kind: Kind, keyword: Keyword) -> bool {
    match kind {
        // Anything else is refused there whatever its name.
        Kind::Module => matches!(keyword, Keyword::Param | Keyword::Module),
        Kind::Model | Kind::Guide => !matches!(keyword, Keyword::Param | Keyword::Plate | Keyword::Markov),
    }
}

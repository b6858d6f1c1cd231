use super::options::{self, Argument, MASK};
use crate::ir::{Form, Keyword, Plate, Rows};
use crate::{messages, report::Report};
use syn::{Expr, Ident};

const OPTIONS: [&str; 4] = ["subsample(m)", "in_order(m)", "of(n)", MASK];

pub(super) fn plate(mut arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    let Some(Argument::Expr(body)) = arguments.pop() else { return None };
    let body = repeated(Keyword::Plate, body, report)?;
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(size)) = arguments.next() else { return None };
    let (mut rows, mut mask) = (Rows::Whole, None);
    for argument in arguments {
        let Argument::Expr(option) = argument else { return None };
        if let Some(word) = options::bare_word(&option)
            && word == options::spelling(MASK)
        {
            mask = Some(options::valued(mask.is_some(), MASK, &word, option, report)?);
            continue;
        }
        let read = report.take(rows_option(option))?;
        if let Rows::Whole = rows {
            rows = read.1;
        } else {
            report.add(messages::option_twice("the choice of rows", read.0));
        }
    }
    body.sound.then_some(Form::Plate(Plate { size, rows, mask, body: body.closure }))
}

fn rows_option(option: Expr) -> syn::Result<(Ident, Rows)> {
    let Some(word) = options::bare_word(&option) else {
        return Err(messages::too_many_arguments(Keyword::Plate, option));
    };
    let name = word.to_string();
    let Some(rows) = choice_of_rows(&name) else {
        let nearest = options::nearest(&name, &OPTIONS);
        return Err(messages::unknown_option(&name, &OPTIONS, None, nearest, word));
    };
    match option {
        Expr::Call(mut call) if call.args.len() == 1 => {
            let Some(number) = call.args.pop() else {
                return Err(messages::rows_without_number(&name, word));
            };
            Ok((word, rows(number)))
        }
        _ => Err(messages::rows_without_number(&name, word)),
    }
}

/// Returns what an option of this name makes of its number.
fn choice_of_rows(name: &str) -> Option<fn(Expr) -> Rows> {
    match name {
        "subsample" => Some(Rows::Subsample),
        "in_order" => Some(Rows::InOrder),
        "of" => Some(Rows::Of),
        _ => None,
    }
}

/// The body of a statement that the library runs.
pub(super) struct Repeated {
    pub(super) closure: Expr,
    /// Whether it is a closure as the statement asks for.
    pub(super) sound: bool,
}

/// Reads the last argument of `plate!` or `markov!`.
pub(super) fn repeated(keyword: Keyword, body: Expr, report: &mut Report) -> Option<Repeated> {
    let Expr::Closure(closure) = &body else {
        report.add(messages::body_no_closure(keyword, body));
        return None;
    };
    let (found, wanted) = (closure.inputs.len(), if keyword == Keyword::Markov { 2 } else { 1 });
    let mut sound = true;
    if found != wanted {
        match found {
            0 => report.add(messages::body_parameters(keyword, found, &closure.body)),
            _ => report.add(messages::body_parameters(keyword, found, &closure.inputs)),
        }
        sound = false;
    }
    if let Some(word) = &closure.asyncness {
        report.add(messages::body_async(keyword, word));
        sound = false;
    }
    Some(Repeated { closure: body, sound })
}

use super::options::{self, Argument};
use super::plate::repeated;
use crate::ir::{Form, Keyword, Markov};
use crate::report::Report;

const LENGTHS: &str = "lengths(n)";

/// Reads `markov!` without what only its body, once lowered, tells.
pub(super) fn markov(mut arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    let Some(Argument::Expr(body)) = arguments.pop() else { return None };
    let body = repeated(Keyword::Markov, body, report)?;
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(steps)) = arguments.next() else { return None };
    let Some(Argument::Expr(init)) = arguments.next() else { return None };
    let [lengths] = options::values([LENGTHS], Keyword::Markov, arguments, report);
    body.sound.then_some(Form::Markov(Markov { steps, init, lengths, body: body.closure, summed_out: false }))
}

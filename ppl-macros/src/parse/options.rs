//! The words that a statement takes after its arguments.

use crate::ir::{Keyword, Kind, Scope, Support};
use crate::{messages, report::Report};
use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprCall, Token, Type, parenthesized, token};

/// One argument of a statement: an expression, or an option that holds a type.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    Expr(Expr),
    On(Ident, Option<Type>),
}

impl Argument {
    /// Reads an argument in a place where `on(Type)` may stand.
    pub(super) fn with_options(input: ParseStream) -> syn::Result<Argument> {
        let ahead = input.fork();
        if ahead.parse::<Ident>().is_ok_and(|word| word == "on") && ahead.peek(token::Paren) {
            let word = input.parse()?;
            let inside;
            parenthesized!(inside in input);
            if inside.is_empty() {
                return Ok(Argument::On(word, None));
            }
            let support = inside.parse()?;
            inside.parse::<Option<Token![,]>>()?;
            if !inside.is_empty() {
                return Err(messages::on_without_support(inside.span()));
            }
            return Ok(Argument::On(word, Some(support)));
        }
        input.parse().map(Argument::Expr)
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Argument> {
        input.parse().map(Argument::Expr)
    }
}

/// What was read of a site's options.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) support: Option<Support>,
    pub(super) estimator: Option<Expr>,
    pub(super) auxiliary: Option<Ident>,
    /// Whether `on` was written, even where its support could not be read.
    pub(super) support_stated: bool,
}

const SAMPLE: [&str; 2] = ["auxiliary", "on(Support)"];

/// Reads the options of `sample!`. An expression that is no option is a gradient estimator.
///
/// A bare word that the program does not bind cannot be an estimator's variable.
pub(super) fn sample(arguments: Vec<Argument>, scope: &Scope, report: &mut Report) -> Options {
    let mut options = Options::default();
    for argument in arguments {
        match argument {
            Argument::On(word, support) => {
                if options.support_stated {
                    report.add(messages::option_twice("on", &word));
                } else if support.is_none() {
                    report.add(messages::on_without_support(word.span()));
                }
                options.support_stated = true;
                options.support = options.support.or(support.map(Support::Stated));
            }
            Argument::Expr(expr) => match bare_word(&expr) {
                Some(word) if word == "auxiliary" && matches!(expr, Expr::Path(_)) => {
                    if options.auxiliary.is_some() {
                        report.add(messages::option_twice("auxiliary", &word));
                    }
                    options.auxiliary = Some(word);
                }
                Some(word) if is_unknown_option(&word, &expr, scope) => {
                    let name = word.to_string();
                    let (known, otherwise): (&[&str], _) = match scope.kind {
                        Kind::Model => (&["on(Support)"], None),
                        Kind::Guide => (&SAMPLE, Some("a gradient estimator")),
                    };
                    let nearest = nearest(&name, known);
                    report.add(messages::unknown_option(&name, known, otherwise, nearest, &word));
                }
                _ if options.estimator.is_some() => {
                    report.add(messages::option_twice("a gradient estimator", &expr));
                }
                _ => options.estimator = Some(expr),
            },
        }
    }
    options
}

/// Reads the options of `call!`.
pub(super) fn call(arguments: Vec<Argument>, report: &mut Report) -> Option<Ident> {
    let mut auxiliary = None;
    for argument in arguments {
        let Argument::Expr(expr) = argument else { continue };
        match bare_word(&expr) {
            Some(word) if word == "auxiliary" && matches!(expr, Expr::Path(_)) => {
                if auxiliary.is_some() {
                    report.add(messages::option_twice("auxiliary", &word));
                }
                auxiliary = Some(word);
            }
            Some(word) => {
                let name = word.to_string();
                let known = ["auxiliary"];
                report.add(messages::unknown_option(&name, &known, None, nearest(&name, &known), &word));
            }
            None => report.add(messages::too_many_arguments(Keyword::Call, &expr)),
        }
    }
    auxiliary
}

/// Returns the word of `word` or `word(..)`.
pub(super) fn bare_word(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
        Expr::Call(ExprCall { func, .. }) => match &**func {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
            _ => None,
        },
        _ => None,
    }
}

/// In a model nothing but an option may stand there. In a guide, a function of the user's may return an estimator, so
/// only a near miss of an option is refused; rustc knows the names of functions, and of constants and unit structs.
fn is_unknown_option(word: &Ident, expr: &Expr, scope: &Scope) -> bool {
    let name = word.to_string();
    if name.starts_with(char::is_uppercase) || scope.binds(&name) {
        return false;
    }
    scope.kind == Kind::Model || matches!(expr, Expr::Path(_)) || nearest(&name, &SAMPLE).is_some()
}

/// Returns the option that `name` is a likely misspelling of.
pub(super) fn nearest<'known>(name: &str, known: &[&'known str]) -> Option<&'known str> {
    known
        .iter()
        .map(|option| (distance(name, option.split('(').next().unwrap_or(option)), *option))
        .filter(|(distance, option)| {
            *distance <= option.split('(').next().map_or(0, |word| word.len().div_ceil(3))
        })
        .min()
        .map(|(_, option)| option)
}

/// Returns the number of letters to insert, delete or replace that leads from one word to the other (Levenshtein, 1966).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn the_nearest_option_is_suggested_only_when_it_is_near() {
        assert_eq!(nearest("auxilary", &SAMPLE), Some("auxiliary"));
        assert_eq!(nearest("om", &SAMPLE), Some("on(Support)"));
        assert_eq!(nearest("enumerate", &SAMPLE), None);
    }
}

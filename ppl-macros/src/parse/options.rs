//! The words that a statement takes after its arguments.

use super::statement::ungrouped;
use crate::ir::{Given, Keyword, Kind, Scope, Support, Weight};
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
    pub(super) enumerate: Option<Ident>,
    pub(super) up_to: Option<Weight>,
    pub(super) concrete: Option<Ident>,
    pub(super) given: Option<Given>,
    pub(super) mask: Option<Expr>,
    pub(super) weight: Option<Weight>,
    pub(super) free_bits: Option<Weight>,
    /// Whether `on` was written, even where its support could not be read.
    pub(super) support_stated: bool,
}

/// The options of a model's `sample!`.
const MODEL: [&str; 8] =
    ["on(Support)", "enumerate", UP_TO, "concrete", "given(label)", MASK, WEIGHT, FREE_BITS];

/// The options of a guide's `sample!`.
const GUIDE: [&str; 7] = ["auxiliary", "on(Support)", "enumerate", UP_TO, "concrete", "given(label)", MASK];

const UP_TO: &str = "up_to(last)";
pub(super) const MASK: &str = "mask(keep)";
pub(super) const WEIGHT: &str = "weight(w)";
pub(super) const FREE_BITS: &str = "free_bits(nats)";
pub(super) const EVALUATION: &str = "evaluation(value)";

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
            Argument::Expr(expr) => options.read(expr, scope, report),
        }
    }
    options
}

impl Options {
    fn read(&mut self, expr: Expr, scope: &Scope, report: &mut Report) {
        let expr = ungrouped(expr);
        let Some(word) = bare_word(&expr) else {
            return match said_of_free_bits(&expr) {
                Some(said) if self.free_bits.is_none() => self.free_bits = Some(said),
                Some(said) => report.add(messages::option_twice("free_bits", &said.word)),
                None => self.set_estimator(expr, report),
            };
        };
        let name = word.to_string();
        match name.as_str() {
            "auxiliary" => flag(&mut self.auxiliary, word, &expr, report),
            "enumerate" => flag(&mut self.enumerate, word, &expr, report),
            "up_to" => {
                if let Some(value) = valued(self.up_to.is_some(), UP_TO, &word, expr, report) {
                    self.up_to = Some(Weight { word, value });
                }
            }
            "concrete" => flag(&mut self.concrete, word, &expr, report),
            "given" => {
                if let Some(value) = valued(self.given.is_some(), "given(label)", &word, expr, report) {
                    self.given = Some(Given { word, value });
                }
            }
            "mask" => {
                let mask = valued(self.mask.is_some(), MASK, &word, expr, report);
                self.mask = mask.or(self.mask.take());
            }
            // In a guide too, where it is refused in words of its own.
            "weight" if matches!(expr, Expr::Call(_)) || scope.kind == Kind::Model => {
                if let Some(value) = valued(self.weight.is_some(), WEIGHT, &word, expr, report) {
                    self.weight = Some(Weight { word, value });
                }
            }
            "free_bits" if matches!(expr, Expr::Call(_)) || scope.kind == Kind::Model => {
                if let Some(value) = valued(self.free_bits.is_some(), FREE_BITS, &word, expr, report) {
                    self.free_bits = Some(Weight { word, value });
                }
            }
            _ if is_unknown_option(&name, &expr, scope) => {
                let (known, otherwise): (&[&str], _) = match scope.kind {
                    Kind::Model => (&MODEL, None),
                    Kind::Guide | Kind::Module => (&GUIDE, Some("a gradient estimator")),
                };
                report.add(messages::unknown_option(&name, known, otherwise, nearest(&name, known), &word));
            }
            _ => self.set_estimator(expr, report),
        }
    }

    fn set_estimator(&mut self, expr: Expr, report: &mut Report) {
        match self.estimator {
            Some(_) => report.add(messages::option_twice("a gradient estimator", &expr)),
            None => self.estimator = Some(expr),
        }
    }
}

/// Reads the options of `call!`.
pub(super) fn call(arguments: Vec<Argument>, report: &mut Report) -> Option<Ident> {
    let mut auxiliary = None;
    for argument in arguments {
        let Argument::Expr(expr) = argument else { continue };
        let expr = ungrouped(expr);
        match bare_word(&expr) {
            Some(word) if word == "auxiliary" => flag(&mut auxiliary, word, &expr, report),
            Some(word) => unknown(&word, &["auxiliary"], report),
            None => report.add(messages::too_many_arguments(Keyword::Call, &expr)),
        }
    }
    auxiliary
}

/// Reads the options of a statement that each take a value and are written as `usages`.
pub(super) fn values<const N: usize>(
    usages: [&str; N],
    keyword: Keyword,
    arguments: impl Iterator<Item = Argument>,
    report: &mut Report,
) -> [Option<Expr>; N] {
    let mut values = [const { None }; N];
    for argument in arguments {
        let Argument::Expr(expr) = argument else { continue };
        let expr = ungrouped(expr);
        let Some(word) = bare_word(&expr) else {
            report.add(messages::too_many_arguments(keyword, &expr));
            continue;
        };
        match usages.iter().position(|usage| word == spelling(usage)) {
            Some(k) => {
                let next = valued(values[k].is_some(), usages[k], &word, expr, report);
                values[k] = next.or(values[k].take());
            }
            None => unknown(&word, &usages, report),
        }
    }
    values
}

/// Reports an option that the statement does not have.
pub(super) fn unknown(word: &Ident, known: &[&str], report: &mut Report) {
    let name = word.to_string();
    report.add(messages::unknown_option(&name, known, None, nearest(&name, known), word));
}

/// Reads an option that is a word alone.
fn flag(read: &mut Option<Ident>, word: Ident, expr: &Expr, report: &mut Report) {
    let name = word.to_string();
    if !matches!(expr, Expr::Path(_)) {
        report.add(messages::flag_with_arguments(&name, expr));
    } else if read.is_some() {
        report.add(messages::option_twice(&name, &word));
    }
    *read = Some(word);
}

/// Reads the value of an option that is written as `usage`.
pub(super) fn valued(
    twice: bool,
    usage: &str,
    word: &Ident,
    expr: Expr,
    report: &mut Report,
) -> Option<Expr> {
    if twice {
        report.add(messages::option_twice(spelling(usage), word));
        return None;
    }
    match expr {
        Expr::Call(mut call) if call.args.len() == 1 => call.args.pop(),
        _ => {
            report.add(messages::option_without_value(usage, word));
            None
        }
    }
}

/// Returns what `free_bits(nats).per_dimension()` says, if the expression begins so.
fn said_of_free_bits(expr: &Expr) -> Option<Weight> {
    let mut value = expr.clone();
    let mut innermost = &mut value;
    while let Expr::MethodCall(call) = innermost {
        innermost = &mut *call.receiver;
    }
    let word = bare_word(innermost).filter(|word| word == "free_bits")?;
    let Expr::Call(call) = innermost else { return None };
    let span = word.span();
    *call.func = syn::parse_quote_spanned!(span=> ::ppl::optim::FreeBits::new);
    Some(Weight { word, value })
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
fn is_unknown_option(name: &str, expr: &Expr, scope: &Scope) -> bool {
    if name.starts_with(char::is_uppercase) || scope.binds(name) {
        return false;
    }
    scope.kind == Kind::Model || matches!(expr, Expr::Path(_)) || nearest(name, &GUIDE).is_some()
}

/// Returns the option that `name` is a likely misspelling of.
pub(super) fn nearest<'known>(name: &str, known: &[&'known str]) -> Option<&'known str> {
    known
        .iter()
        .map(|option| (distance(name, spelling(option)), *option))
        // A word of four letters is two away from too many others.
        .filter(|(distance, option)| *distance <= (spelling(option).len() / 3).max(1))
        .min()
        .map(|(_, option)| option)
}

/// Returns the word of an option that is written as `usage`.
pub(super) fn spelling(usage: &str) -> &str {
    usage.split('(').next().unwrap_or(usage)
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
        assert_eq!(nearest("auxilary", &GUIDE), Some("auxiliary"));
        assert_eq!(nearest("om", &GUIDE), Some("on(Support)"));
        assert_eq!(nearest("enumrate", &MODEL), Some("enumerate"));
        assert_eq!(nearest("make", &GUIDE), None);
    }
}

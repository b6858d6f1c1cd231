//! Every text that the macros print, one function each.
//!
//! Lower case, no full stop, code in backticks; the thing first, then the rule; the repair, if there is one, after a
//! semicolon.

use crate::ir::{Keyword, Kind};
use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

// The attribute and the function.

pub(crate) fn unknown_attribute_argument(kind: Kind, at: impl ToTokens) -> Error {
    let expected = match kind {
        Kind::Model => "`#[model]` takes nothing or an element type: `#[model(f32)]`",
        Kind::Guide => "`#[guide]` takes nothing, a model and an element type: `#[guide(model, f32)]`",
        Kind::Module => {
            "`#[module]` takes nothing, an element type or a type parameter of the function: `#[module(f32)]`"
        }
    };
    Error::new_spanned(at, format!("not expected here; {expected}"))
}

pub(crate) fn not_compiled(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "programs of `f32` need the feature `f32` of the package `ppl-lang`; add `features = [\"f32\"]` where \
         `Cargo.toml` says `default-features = false`",
    )
}

pub(crate) fn not_a_function(kind: Kind, at: Span) -> Error {
    Error::new(at, format!("`#[{}]` belongs on a free function with a body", kind.attribute()))
}

pub(crate) fn method(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "a program cannot be a method; make it a free function and pass the value as an argument",
    )
}

pub(crate) fn qualifier(word: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("a program cannot be `{word}`; remove `{word}`"))
}

pub(crate) fn variadic(at: impl ToTokens) -> Error {
    Error::new_spanned(at, "a program cannot be variadic; take a slice")
}

pub(crate) fn mutable_argument(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "a program's argument cannot be `mut`, the program runs many times on the same arguments; bind a copy inside \
         the body",
    )
}

pub(crate) fn unnamed_output(at: impl ToTokens) -> Error {
    Error::new_spanned(at, "a program cannot return `impl Trait`; name the type that it returns")
}

pub(crate) fn reserved_name(at: Span) -> Error {
    Error::new(at, "this name is one of the library's own; use another")
}

// The arguments of a statement.

pub(crate) fn too_few_arguments(keyword: Keyword, at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        format!("`{}!` has too few arguments; write `{}`", keyword.name(), keyword.usage()),
    )
}

pub(crate) fn no_arguments(keyword: Keyword, at: Span) -> Error {
    Error::new(at, format!("`{}!` has no arguments; write `{}`", keyword.name(), keyword.usage()))
}

pub(crate) fn too_many_arguments(keyword: Keyword, at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        format!("`{}!` takes no further argument; write `{}`", keyword.name(), keyword.usage()),
    )
}

pub(crate) fn not_an_expression(keyword: Keyword, at: Span) -> Error {
    let (name, usage) = (keyword.name(), keyword.usage());
    Error::new(at, format!("an argument of `{name}!` is not an expression; write `{usage}`"))
}

pub(crate) fn name_not_literal(keyword: Keyword, at: impl ToTokens) -> Error {
    let name = keyword.name();
    Error::new_spanned(
        at,
        format!(
            "the first argument of `{name}!` is its name, a string literal: `\"z\"`, or `\"z\"[i]` with an index"
        ),
    )
}

pub(crate) fn name_not_identifier(name: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        format!(
            "the name {name:?} is not an identifier; use letters, digits and `_`, and start with no digit"
        ),
    )
}

pub(crate) fn name_is_keyword(name: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("the name `{name}` is a word of Rust; choose another, such as `{name}_`"))
}

pub(crate) fn unreadable_support(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "the support of this distribution cannot be read off the expression; state it: `on(Positive)`",
    )
}

pub(crate) fn on_without_support(at: Span) -> Error {
    Error::new(at, "`on` takes one support: `on(Positive)`")
}

/// `otherwise` says what else than an option may stand there.
pub(crate) fn unknown_option(
    name: &str,
    known: &[&str],
    otherwise: Option<&str>,
    nearest: Option<&str>,
    at: impl ToTokens,
) -> Error {
    let mut expected: Vec<String> = known.iter().map(|option| format!("`{option}`")).collect();
    expected.extend(otherwise.map(str::to_owned));
    let last = expected.pop().unwrap_or_default();
    let expected = match expected.is_empty() {
        true => last,
        false => format!("{} or {last}", expected.join(", ")),
    };
    let mut text = format!("unknown option `{name}`, expected {expected}");
    if let Some(nearest) = nearest {
        text += &format!("; did you mean `{nearest}`?");
    }
    Error::new_spanned(at, text)
}

pub(crate) fn option_twice(name: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("`{name}` given twice"))
}

pub(crate) fn flag_with_arguments(name: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("`{name}` takes no argument; write `{name}`"))
}

pub(crate) fn option_without_value(usage: &str, at: impl ToTokens) -> Error {
    let name = usage.split('(').next().unwrap_or(usage);
    Error::new_spanned(at, format!("`{name}` takes one value: `{usage}`"))
}

pub(crate) fn rows_without_number(name: &str, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("`{name}` takes the number of rows: `{name}(256)`"))
}

pub(crate) fn body_no_closure(keyword: Keyword, at: impl ToTokens) -> Error {
    let (name, parameters) = (keyword.name(), body(keyword).1);
    Error::new_spanned(at, format!("the last argument of `{name}!` is its body, a closure of {parameters}"))
}

pub(crate) fn body_parameters(keyword: Keyword, found: usize, at: impl ToTokens) -> Error {
    let (of, parameters) = body(keyword);
    let count = if keyword == Keyword::Markov { "two parameters" } else { "one parameter" };
    let parameters = parameters.replacen("the index", "its index", 1);
    Error::new_spanned(at, format!("the body of {of} takes {count}, {parameters}, got {found}"))
}

pub(crate) fn body_async(keyword: Keyword, at: impl ToTokens) -> Error {
    let of = body(keyword).0;
    Error::new_spanned(at, format!("the body of {of} cannot be `async`; remove `async`"))
}

/// Returns whose body it is, and of what it is a closure.
fn body(keyword: Keyword) -> (&'static str, &'static str) {
    match keyword {
        Keyword::Markov => ("a chain", "the state before and the time: `|prev, t| ..`"),
        _ => ("a plate", "the index: `|i| ..`"),
    }
}

pub(crate) fn call_of_no_path(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "the second argument of `call!` is the call of a program by its path: `call!(\"prefix\", program(..))`",
    )
}

// The rules of a body.

pub(crate) fn two_programs_called(name: &str, at: Span) -> Error {
    Error::new(
        at,
        format!("prefix `{name}` calls another program in another branch; give this call its own prefix"),
    )
}

pub(crate) fn repeated_name(
    name: &str,
    [first, second]: [Keyword; 2],
    kind: Kind,
    there: Span,
    at: Span,
) -> Error {
    let (what, kind) = (second.named(), kind.attribute());
    if first.named() != what {
        let of = first.named();
        let line = line(there).map_or_else(String::new, |line| format!(" in line {line}"));
        return Error::new(
            at,
            format!("`{name}` is the name of a {of}{line} of this {kind}; give this {what} its own name"),
        );
    }
    let first = line(there).map_or_else(String::new, |line| format!(", first in line {line}"));
    Error::new(
        at,
        format!("{what} `{name}` stands twice in this {kind}{first}; give the second its own name"),
    )
}

/// Returns the line of a place, which only a compiler knows: an error has one place, and says the other in words.
fn line(at: Span) -> Option<usize> {
    proc_macro::is_available().then(|| at.unwrap().line())
}

pub(crate) fn no_index_in_loop(name: &str, keyword: Keyword, at: Span) -> Error {
    let keyword = keyword.name();
    Error::new(
        at,
        format!("`{name}` stands in a loop without an index; add one: `{keyword}!(\"{name}\"[i], ..)`"),
    )
}

pub(crate) fn site_in_closure(name: &str, keyword: Keyword, at: Span) -> Error {
    let keyword = keyword.name();
    Error::new(
        at,
        format!(
            "`{name}` stands in a closure that is not a plate's body; use a plate, or a `for` loop with an index: \
             `{keyword}!(\"{name}\"[i], ..)`"
        ),
    )
}

pub(crate) fn site_in_initial_value(name: &str, at: Span) -> Error {
    Error::new(
        at,
        format!("`{name}` stands in the initial value of a parameter, which is used once; bind it before"),
    )
}

pub(crate) fn statement_in_module(keyword: Keyword, at: Span) -> Error {
    let keyword = keyword.name();
    Error::new(
        at,
        format!(
            "`{keyword}!` stands in a module, which has parameters and other modules alone; write it in the program that uses the module"
        ),
    )
}

pub(crate) fn module_in_repetition(name: &str, around: Keyword, at: Span) -> Error {
    let around = body(around).0;
    Error::new(
        at,
        format!(
            "module `{name}` is made in the body of {around}, although all repetitions share its parameters; make it before, and use it there"
        ),
    )
}

pub(crate) fn observe_in_guide(name: &str, at: Span) -> Error {
    Error::new(at, format!("`{name}` is observed in a guide; only a model has observations"))
}

pub(crate) fn factor_in_guide(name: &str, at: Span) -> Error {
    Error::new(
        at,
        format!("`{name}` is a factor in a guide; only a model has factors: they weigh its joint density"),
    )
}

pub(crate) fn tempered_in_guide(option: &str, at: Span) -> Error {
    Error::new(at, format!("`{option}` is said once, at the model's site; it is of the guide's term too"))
}

pub(crate) fn free_bits_and_enumerate(at: Span) -> Error {
    Error::new(at, "a site that is summed out has no divergence; remove `free_bits`")
}

pub(crate) fn estimator_in_model(at: impl ToTokens) -> Error {
    Error::new_spanned(at, "a model's site has no gradient estimator; give it to the site of the guide")
}

pub(crate) fn given_and_auxiliary(at: Span) -> Error {
    Error::new(
        at,
        "an auxiliary site answers none of the model's, so that nothing observes its labels; remove `given`",
    )
}

pub(crate) fn given_and_concrete(at: Span) -> Error {
    Error::new(
        at,
        "`given` is for the elements of a batch; a plain value that is known needs no site: remove `concrete`, or use `observe!`",
    )
}

pub(crate) fn estimator_and_enumerate(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "an enumerated site needs no estimator, its expectation is computed over every value; remove it",
    )
}

pub(crate) fn up_to_without_enumerate(at: Span) -> Error {
    Error::new(at, "`up_to` says how far `enumerate` tries a list without an end; add `enumerate`")
}

pub(crate) fn pathwise_and_concrete(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "a `concrete` site has no pathwise gradient, since the program may branch on its value; use `Score`",
    )
}

pub(crate) fn concrete_in_plate(at: Span) -> Error {
    Error::new(
        at,
        "a `concrete` site cannot stand in a plate, whose body is run once for all elements; remove `concrete`, or \
         use a `for` loop with an index",
    )
}

pub(crate) fn concrete_in_chain(at: Span) -> Error {
    Error::new(
        at,
        "a `concrete` site cannot stand in a chain, whose steps may run as a batch; remove `concrete`, or use a \
         `for` loop with an index",
    )
}

pub(crate) fn summed_out_in_one_branch(name: &str, at: Span) -> Error {
    Error::new(
        at,
        format!(
            "site `{name}` is summed out in one branch and latent in another; write `enumerate` in each, or in none"
        ),
    )
}

pub(crate) fn auxiliary_in_model(at: Span) -> Error {
    Error::new(at, "`auxiliary` belongs to a guide's sites; a model has none")
}

//! From a checked program to Rust: a function that returns the program as a value, a Rust module that names its sites, and the
//! impls that tie them together. A `#[module]` function has no sites, and becomes the function alone.
//!
//! Generated paths are absolute. What a bound is owed by carries the span of the user's own token, so that rustc points
//! at it; a statement's call carries the span of its macro's name, so that a run's errors have the user's line.

mod bounds;
mod fallback;
mod guide;
mod program;
mod sites;
mod statement;

use crate::check::check;
use crate::ir::{Kind, Program};
use crate::lower::lower;
use crate::report::Report;
use crate::{parse, placeholder};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

/// Expands `#[model(arguments)]`, `#[guide(arguments)]` or `#[module(arguments)]` on an item.
pub(crate) fn attribute(kind: Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    match read(kind, arguments, item.clone()) {
        (Some(program), None) => expand(&program),
        (Some(program), Some(error)) => fallback::expand(&program, error),
        (None, error) => {
            // An item of another sort stays, so that what names it finds it.
            let item = syn::parse2::<Item>(item).ok();
            let error = error.map(syn::Error::into_compile_error);
            quote!(#error #item)
        }
    }
}

/// Parses, lowers and checks: returns the program, if the item is a function, and all its mistakes as one error.
pub(crate) fn read(
    kind: Kind,
    arguments: TokenStream,
    item: TokenStream,
) -> (Option<Program>, Option<syn::Error>) {
    let mut report = Report::default();
    let mut program = parse::program(kind, arguments, item, &mut report);
    if let Some(program) = &mut program {
        lower(program, &mut report);
        check(program, &mut report);
    }
    (program, report.finish())
}

fn expand(program: &Program) -> TokenStream {
    let function = program::function(program, body(program));
    if program.kind == Kind::Module {
        return function;
    }
    let module = sites::module(program);
    let impls = match program.kind {
        Kind::Model => {
            let sites = sites::impls(program);
            let bounds = bounds::impls(program);
            quote!(#sites #bounds)
        }
        Kind::Guide => {
            let answers = guide::answers(program);
            let checks = bounds::checks(program);
            quote!(#answers #checks)
        }
        Kind::Module => TokenStream::new(),
    };
    quote!(#function #module #impls)
}

/// Returns the statements of the body, expanded.
fn body(program: &Program) -> TokenStream {
    let stmts = &program.body.stmts;
    expanded(program, quote!(#(#stmts)*))
}

/// Returns the user's tokens with the statements in them expanded, or their mistakes in their place.
fn expanded(program: &Program, tokens: impl ToTokens) -> TokenStream {
    placeholder::replace(tokens.into_token_stream(), &|number| {
        let found = program.statements.get(number)?;
        statement::expand(program, found).or_else(|| found.mistake.as_ref().map(fallback::expression))
    })
}

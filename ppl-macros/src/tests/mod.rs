//! The whole crate without rustc: what is reported, what is expanded, and what stays where something is wrong.

mod discrete;
mod expansions;
mod fallbacks;
mod literals;
mod mistakes;
mod modules;
mod places;

use crate::expand;
use crate::ir::{Kind, Program};
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the mistakes that are reported for this function, in order.
fn mistakes(kind: Kind, item: TokenStream) -> Vec<String> {
    let (_, error) = expand::read(kind, TokenStream::new(), item);
    error.into_iter().flatten().map(|error| error.to_string()).collect()
}

/// Returns the mistakes of a model with this body.
fn in_model(body: TokenStream) -> Vec<String> {
    mistakes(Kind::Model, quote!(fn program() { #body }))
}

/// Returns the mistakes of a guide with this body.
fn in_guide(body: TokenStream) -> Vec<String> {
    mistakes(Kind::Guide, quote!(fn program() { #body }))
}

/// Returns the program, in which nothing may be wrong.
fn sound(kind: Kind, item: TokenStream) -> Program {
    let (program, error) = expand::read(kind, TokenStream::new(), item);
    assert!(error.is_none(), "{error:?}");
    program.expect("a function is a program")
}

/// Asserts that exactly one mistake is reported, whose text contains `text`.
#[track_caller]
fn one(found: Vec<String>, text: &str) {
    assert!(
        found.len() == 1 && found[0].contains(text),
        "expected one mistake with {text:?}, got {found:#?}"
    );
}

#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "{found:#?}");
}

/// Returns what the function becomes, as text.
fn expansion(kind: Kind, item: TokenStream) -> String {
    text(expand::attribute(kind, TokenStream::new(), item))
}

#[track_caller]
fn assert_contains(expansion: &str, tokens: TokenStream) {
    let tokens = text(tokens);
    assert!(expansion.contains(&tokens), "{tokens}\nis not in\n{expansion}");
}

/// Returns the tokens as text, without the commas that rustfmt may put before a closing bracket.
fn text(tokens: TokenStream) -> String {
    let text = tokens.to_string().replace(['\n', ' '], "");
    [")", "]", "}", ">", "{"].iter().fold(text, |text, close| text.replace(&format!(",{close}"), close))
}

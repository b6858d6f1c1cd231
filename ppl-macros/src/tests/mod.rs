//! The whole crate without rustc: what is reported, what is expanded, and what stays where something is wrong.

mod expansions;
mod fallbacks;
mod mistakes;
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

/// Returns the tokens as text, without the commas that rustfmt may put before a closing bracket.
fn text(tokens: TokenStream) -> String {
    let text = tokens.to_string().replace(['\n', ' '], "");
    [")", "]", "}", ">", "{"].iter().fold(text, |text, close| text.replace(&format!(",{close}"), close))
}

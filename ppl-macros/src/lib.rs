//! The attribute macros of ppl.

mod check;
mod expand;
mod ir;
mod library;
mod literals;
mod lower;
mod messages;
mod parse;
mod placeholder;
mod report;
#[cfg(test)]
mod tests;

use ir::Kind;
use proc_macro::TokenStream;

/// Turns a function into a model: a generative program with latent sites and observations.
///
/// `#[model]` computes in `f64`, `#[model(f32)]` in single precision. The function returns a value that implements
/// `ppl::Model`. In its body `sample!`, `observe!`, `factor!`, `penalty!`, `deterministic!`, `noise!`, `param!`, `plate!`, `markov!` and `call!` are the statements of the language;
/// everything else is Rust.
#[proc_macro_attribute]
pub fn model(arguments: TokenStream, item: TokenStream) -> TokenStream {
    library::renamed(expand::attribute(Kind::Model, arguments.into(), item.into())).into()
}

/// Turns a function into a guide: a program that proposes the latent sites of a model.
///
/// `#[guide(model)]` is checked against the model when it is compiled: every latent site is proposed, within its support.
/// `#[guide]` is checked when it runs. An element type may follow: `#[guide(model, f32)]`. The function returns a value
/// that implements `ppl::Guide`.
#[proc_macro_attribute]
pub fn guide(arguments: TokenStream, item: TokenStream) -> TokenStream {
    library::renamed(expand::attribute(Kind::Guide, arguments.into(), item.into())).into()
}

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
/// `ppl::Model`. In its body `sample!`, `observe!`, `factor!`, `penalty!`, `deterministic!`, `noise!`, `param!`, `plate!`, `markov!`, `call!` and `module!` are the statements of the language;
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

/// Turns a function into one that makes a module: parameters, and other modules, that a model and its guide share by their names.
///
/// `#[module]` is of `f64`, `#[module(f32)]` of single precision, and `#[module(E)]` of whatever number type the function is called for, where `E` is a
/// type parameter of its own. In its body stand `param!` and `module!`, and ordinary Rust; what it returns is a plain struct
/// of handles, with ordinary methods. A program makes it by a statement, `module!("decoder", dense(3, 2))`, after which its parameters are called
/// `decoder/w` and so on. `module!("/decoder", ..)` makes the session's module of that name from wherever it stands.
///
/// The parameters of a module are shared over everything that repeats: it is made outside of plates and chains, and used within. Where a name is made
/// in the model and in the guide it is one module, and one that is made by another function or with other shapes is an error that names both.
#[proc_macro_attribute]
pub fn module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    library::renamed(expand::attribute(Kind::Module, arguments.into(), item.into())).into()
}

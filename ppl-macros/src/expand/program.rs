use crate::ir::{Element, Kind, Program};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{AttrStyle, Attribute, FnArg, Pat, ReturnType};

/// Returns the user's function, which now returns the program, or the module, as a value with this body.
///
/// There is no `use<..>`: these tokens are of this crate's edition, in which an opaque type captures every lifetime and
/// type in scope, those too that the signature elides and no macro can see (`x: ArrayView1<f64>`).
pub(super) fn function(program: &Program, body: TokenStream) -> TokenStream {
    let (inner, outer): (Vec<&Attribute>, Vec<&Attribute>) =
        program.attributes.iter().partition(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let visibility = &program.visibility;
    let name = &program.signature.ident;
    let generics = &program.signature.generics;
    let bounds = &generics.where_clause;
    let arguments = &program.signature.inputs;
    let element = element(program);
    let output = output(program);
    // A module is made at once and reads no data, so that nothing of its arguments is remembered.
    let remembered = if program.kind == Kind::Module { Vec::new() } else { plain_arguments(program) };
    let (returned, constructor) = match program.kind {
        Kind::Model => (
            quote!(::ppl::Model<Sites = #name::Sites, Element = #element, Output = #output>),
            quote!(::ppl::__private::model::<#name::Sites, #element, #output, _>),
        ),
        Kind::Guide => (
            quote!(::ppl::Guide<Sites = #name::Sites, Element = #element, Output = #output>),
            quote!(::ppl::__private::guide::<#name::Sites, #element, #output, _>),
        ),
        Kind::Module => (
            quote!(::ppl::Module<Element = #element, Output = #output>),
            quote!(::ppl::__private::module_of::<#element, #output, _>),
        ),
    };
    let function = (program.kind == Kind::Module).then(|| module_function(name));
    quote! {
        #(#outer)*
        #visibility fn #name #generics (#arguments) -> impl #returned
        #bounds
        {
            #(#inner)*
            #constructor(#function move || -> #output {
                #(::ppl::__private::remember!(#remembered);)*
                #body
            })
        }
    }
}

/// Returns what tells a `#[module]` function from others, as an argument.
fn module_function(name: &Ident) -> TokenStream {
    let text = name.to_string();
    quote! {
        ::ppl::__private::ModuleFunction {
            name: ::core::concat!(::core::module_path!(), "::", #text),
            file: ::core::file!(),
            line: ::core::line!(),
        },
    }
}

/// Returns the type that the program computes in.
pub(super) fn element(program: &Program) -> TokenStream {
    match &program.element {
        Element::Parameter(name) => quote!(#name),
        Element::F32 => quote!(::core::primitive::f32),
        Element::F64 => quote!(::core::primitive::f64),
    }
}

/// Returns the attributes that decide whether the function exists, which what stands beside it shares.
pub(super) fn conditions(program: &Program) -> TokenStream {
    let conditions = program.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    quote!(#(#conditions)*)
}

fn output(program: &Program) -> TokenStream {
    match &program.signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => quote!(#output),
    }
}

fn plain_arguments(program: &Program) -> Vec<&Ident> {
    program.signature.inputs.iter().filter_map(plain_argument).collect()
}

fn plain_argument(argument: &FnArg) -> Option<&Ident> {
    let FnArg::Typed(typed) = argument else { return None };
    match &*typed.pat {
        Pat::Ident(pattern) if pattern.subpat.is_none() => Some(&pattern.ident),
        _ => None,
    }
}
